"""`xiaoshui pay check`: what is wrong is told in one sentence, what is right too."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from billing_client.pay.self_check import Finding, findings
from billing_client.pay.settings import PaymentSettings
from billing_client.pay.simulator.key_store import new_key, write_private
from billing_client.pay.wechat.credentials import credentials_from
from billing_client.pay.wechat.signature import SignatureRefused, decrypt, encrypt
from billing_client.pay.wechat_sandbox.keys import self_signed

SETTINGS = PaymentSettings(providers=("wechat",), public_url="https://water.example")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A merchant's folder as the guide says: key, certificate, APIv3 key, platform certificate."""
    merchant = new_key(tmp_path / "apiclient_key.pem")
    certificate = self_signed(merchant, "Merchant")
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "apiclient_cert.pem").write_bytes(pem)
    write_private(tmp_path / "apiv3_key.txt", b"a" * 32)
    (tmp_path / "platform").mkdir()
    platform = self_signed(new_key(tmp_path / "unused.pem"), "Tenpay.com Root CA")
    path = tmp_path / "platform" / f"{platform.serial_number:X}.pem"
    path.write_bytes(platform.public_bytes(serialization.Encoding.PEM))
    return {
        "WECHAT_PAY_KEY_DIR": str(tmp_path),
        "WECHAT_PAY_MCHID": "1900000001",
        "WECHAT_PAY_APPID": "wx0000000000000001",
        "WECHAT_PAY_MERCHANT_SERIAL": f"{certificate.serial_number:X}",
    }


async def _found(
    environment: dict[str, str], settings: PaymentSettings = SETTINGS
) -> list[Finding]:
    return await findings(settings, environment, online=False)


async def test_all_is_well(environment: dict[str, str]) -> None:
    assert await _found(environment) == [Finding("wechat", True, "配置和密钥齐全。")]


async def _the_problem(environment: dict[str, str]) -> str:
    (found,) = await _found(environment)
    assert not found.fine
    return found.sentence


async def test_each_thing_that_may_be_wrong(environment: dict[str, str]) -> None:
    folder = Path(environment["WECHAT_PAY_KEY_DIR"])
    (folder / "apiclient_key.pem").chmod(0o644)
    assert "chmod 600" in await _the_problem(environment)
    (folder / "apiclient_key.pem").chmod(0o600)

    write_private(folder / "apiv3_key.txt", b"short")
    assert "APIv3" in await _the_problem(environment)
    write_private(folder / "apiv3_key.txt", b"a" * 32)

    right = environment["WECHAT_PAY_MERCHANT_SERIAL"]
    environment["WECHAT_PAY_MERCHANT_SERIAL"] = "ABCDEF"
    assert right in await _the_problem(environment)
    environment["WECHAT_PAY_MERCHANT_SERIAL"] = right

    new_key(folder / "apiclient_key.pem")
    assert "不是一对" in await _the_problem(environment)
    for path in (folder / "platform").iterdir():
        path.unlink()
    assert "微信支付公钥" in await _the_problem(environment)
    del environment["WECHAT_PAY_MCHID"]
    assert "WECHAT_PAY_MCHID" in await _the_problem(environment)


async def test_a_certificate_under_a_wrong_name_is_told(environment: dict[str, str]) -> None:
    folder = Path(environment["WECHAT_PAY_KEY_DIR"]) / "platform"
    next(folder.iterdir()).rename(folder / "ABC.pem")
    assert "文件名" in await _the_problem(environment)


async def test_notices_need_a_public_address(environment: dict[str, str]) -> None:
    local = PaymentSettings(providers=("wechat",), public_url="http://127.0.0.1:8080")
    (found,) = await _found(environment, local)
    assert "PUBLIC_URL" in found.sentence


async def test_the_sandbox_and_unknown_names_are_told() -> None:
    sandbox = PaymentSettings(providers=("wechat_sandbox",))
    (found,) = await _found({"XIAOSHUI_ENV": "production"}, sandbox)
    assert "沙箱" in found.sentence
    (found,) = await _found({}, PaymentSettings(providers=("paypal",)))
    assert "paypal" in found.sentence
    (found,) = await _found({}, PaymentSettings(providers=("alipay",)))
    assert "ALIPAY_KEY_DIR" in found.sentence
    (found,) = await _found({}, PaymentSettings(providers=("counter_cash",)))
    assert found.fine


async def test_mandates_need_their_key_in_production(tmp_path: Path) -> None:
    bank = PaymentSettings(providers=("bank_file",))
    production = {"XIAOSHUI_ENV": "production", "DATA_DIR": str(tmp_path)}
    (found,) = await _found(production, bank)
    assert "BANK_ACCOUNT_KEY" in found.sentence
    (found,) = await _found(production | {"BANK_ACCOUNT_KEY": "00" * 32}, bank)
    assert found.fine


def test_while_the_apiv3_key_changes_both_open(environment: dict[str, str]) -> None:
    folder = Path(environment["WECHAT_PAY_KEY_DIR"])
    sealed = encrypt(b"b" * 32, b'{"a": 1}', "transaction")
    with pytest.raises(SignatureRefused):
        decrypt(credentials_from(environment).apiv3_keys, sealed)
    write_private(folder / "apiv3_key_other.txt", b"b" * 32)
    assert decrypt(credentials_from(environment).apiv3_keys, sealed) == {"a": 1}


def test_keys_may_come_from_the_environment_and_are_never_shown(
    environment: dict[str, str],
) -> None:
    folder = Path(environment["WECHAT_PAY_KEY_DIR"])
    pem = (folder / "apiclient_key.pem").read_text()
    for name in ("apiclient_key.pem", "apiv3_key.txt"):
        (folder / name).unlink()
    given = environment | {
        "WECHAT_PAY_PRIVATE_KEY": pem.replace("\n", "\\n"),
        "WECHAT_PAY_APIV3_KEY": "c" * 32,
    }
    credentials = credentials_from(given)
    assert credentials.apiv3_keys == (b"c" * 32,)
    assert "c" * 32 not in repr(credentials)
