"""What a merchant holds to talk to WeChat Pay: read from files, never from the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from billing_client.pay import key_files
from billing_client.pay.key_files import KeyRefused

APIV3_KEY_BYTES = 32  # exactly; the key is used as the AES key as it is
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"


@dataclass(frozen=True)
class WeChatCredentials:
    """``platform_keys``: serial or ``PUB_KEY_ID_…`` (upper case) to key.

    Keep both while WeChat changes from certificate to public key: notices are then
    signed by either, at random (pay.weixin.qq.com/docs/partner/products/
    platform-certificate/update-pub-key.html). The first one is asked for in requests.

    ``apiv3_keys`` has two slots: while the key is changed at the merchant platform, notices come
    encrypted with the old one or the new one.
    """

    mchid: str
    appid: str
    plan_id: int | None  # None: no 委托代扣
    merchant_serial: str
    merchant_key: RSAPrivateKey = field(repr=False)
    apiv3_keys: tuple[bytes, ...] = field(repr=False)
    platform_keys: Mapping[str, RSAPublicKey] = field(repr=False)

    def __post_init__(self) -> None:
        if any(len(key) != APIV3_KEY_BYTES for key in self.apiv3_keys) or not self.apiv3_keys:
            raise KeyRefused(f"APIv3 密钥必须正好 {APIV3_KEY_BYTES} 个字符，请到商户平台核对。")

    @property
    def preferred_serial(self) -> str | None:
        """None while no key of WeChat Pay is known: then nothing it says can be verified."""
        return next(iter(self.platform_keys), None)


def credentials_from(environment: Mapping[str, str]) -> WeChatCredentials:
    """Read ``WECHAT_PAY_*``. Raises ``KeyRefused`` with a sentence for the operator."""
    credentials = merchant_side(environment)
    if not credentials.platform_keys:
        raise KeyRefused(
            "没有微信支付公钥：请从商户平台下载，放入密钥目录的 platform/，文件名为其编号；"
            "平台证书模式请执行 xiaoshui pay certificates。"
        )
    return credentials


def merchant_side(environment: Mapping[str, str]) -> WeChatCredentials:
    """The same, and it may lack the keys of WeChat Pay's side."""
    folder = Path(_named(environment, "WECHAT_PAY_KEY_DIR"))
    merchant = key_files.secret(environment, "WECHAT_PAY_PRIVATE_KEY", folder / "apiclient_key.pem")
    plan_id = environment.get("WECHAT_PAY_PLAN_ID")
    return WeChatCredentials(
        mchid=_named(environment, "WECHAT_PAY_MCHID"),
        appid=_named(environment, "WECHAT_PAY_APPID"),
        plan_id=int(plan_id) if plan_id else None,
        merchant_serial=_named(environment, "WECHAT_PAY_MERCHANT_SERIAL").upper(),
        merchant_key=key_files.private_key(merchant, "商户私钥 apiclient_key.pem"),
        apiv3_keys=_apiv3_keys(environment, folder),
        platform_keys={path.stem.upper(): key_files.public_key(path) for path in _platform(folder)},
    )


def _named(environment: Mapping[str, str], variable: str) -> str:
    if not environment.get(variable):
        raise KeyRefused(f"没有设置 {variable}。")
    return environment[variable]


def _apiv3_keys(environment: Mapping[str, str], folder: Path) -> tuple[bytes, ...]:
    """``apiv3_key.txt``, and beside it the one that comes next or was before."""
    first = key_files.secret(environment, "WECHAT_PAY_APIV3_KEY", folder / "apiv3_key.txt")
    second = "WECHAT_PAY_APIV3_KEY_OTHER", folder / "apiv3_key_other.txt"
    if environment.get(second[0]) or second[1].is_file():
        return first, key_files.secret(environment, *second)
    return (first,)


def _platform(folder: Path) -> list[Path]:
    """``platform/<serial>.pem``: public keys, then certificates in force, the newest first."""
    return sorted((folder / "platform").glob("*.pem"), key=_preference)


def _preference(path: Path) -> tuple[bool, float, str]:
    found = key_files.certificate(path)
    if found is None:
        return False, 0, path.name
    begins = found.not_valid_before_utc
    in_force = begins <= datetime.now(UTC) <= found.not_valid_after_utc
    return True, -begins.timestamp() if in_force else 0, path.name
