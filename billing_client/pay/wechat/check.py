"""What may be wrong with a merchant's keys for WeChat Pay, beyond their being there."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from billing_client.pay import key_files
from billing_client.pay.settings import PaymentSettings
from billing_client.pay.wechat.credentials import PUBLIC_KEY_PREFIX, credentials_from

WARN_BEFORE = timedelta(days=30)


def check(settings: PaymentSettings, environment: Mapping[str, str]) -> list[str]:
    """Sentences for the operator; the credentials themselves were read before."""
    folder = Path(environment["WECHAT_PAY_KEY_DIR"])
    credentials = credentials_from(environment)
    problems = list(_merchant_certificate(folder, environment))
    for serial in credentials.platform_keys:
        if not serial.startswith(PUBLIC_KEY_PREFIX):
            problems += _platform_certificate(folder, serial)
    return problems


def _merchant_certificate(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """With ``apiclient_cert.pem`` beside the key, both are compared."""
    path = folder / "apiclient_cert.pem"
    found = key_files.certificate(path) if path.is_file() else None
    if found is None:
        return
    credentials = credentials_from(environment)
    serial = format(found.serial_number, "X")
    if serial != credentials.merchant_serial:
        yield f"WECHAT_PAY_MERCHANT_SERIAL 与 apiclient_cert.pem 不一致，证书的序列号是 {serial}。"
    if found.public_key() != credentials.merchant_key.public_key():
        yield "apiclient_key.pem 与 apiclient_cert.pem 不是一对。"
    yield from _end("商户证书 apiclient_cert.pem", found.not_valid_after_utc)


def _platform_certificate(folder: Path, serial: str) -> Iterator[str]:
    for path in (folder / "platform").glob("*.pem"):
        found = key_files.certificate(path) if path.stem.upper() == serial else None
        if found is None:
            continue
        if format(found.serial_number, "X") != serial:
            yield f"{path.name} 的文件名不是证书序列号 {found.serial_number:X}。"
        yield from _end(f"平台证书 {path.name}", found.not_valid_after_utc)


def _end(what: str, ends: datetime) -> Iterator[str]:
    left = ends - datetime.now(UTC)
    if left < timedelta():
        yield f"{what} 已于 {ends:%Y-%m-%d} 过期。"
    elif left < WARN_BEFORE:
        yield f"{what} 将于 {ends:%Y-%m-%d} 过期，请尽快更换。"
