"""What a merchant holds to talk to WeChat Pay: read from files, never from the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

APIV3_KEY_BYTES = 32  # exactly; the key is used as the AES key as it is


@dataclass(frozen=True)
class WeChatCredentials:
    """``platform_keys``: serial or ``PUB_KEY_ID_…`` (upper case) to key.

    Keep both while WeChat changes from certificate to public key: notices are then
    signed by either, at random (pay.weixin.qq.com/docs/partner/products/
    platform-certificate/update-pub-key.html). The first one is asked for in requests.
    """

    mchid: str
    appid: str
    plan_id: int
    merchant_serial: str
    merchant_key: RSAPrivateKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    platform_keys: Mapping[str, RSAPublicKey] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.apiv3_key) != APIV3_KEY_BYTES:
            raise ValueError(f"the APIv3 key must have {APIV3_KEY_BYTES} bytes")
        if not self.platform_keys:
            raise ValueError("no key of WeChat Pay to verify its answers with")

    @property
    def preferred_serial(self) -> str:
        return next(iter(self.platform_keys))


def read_private_key(path: Path) -> RSAPrivateKey:
    """An unencrypted PEM (``apiclient_key.pem``)."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{path.name} holds no RSA key")
    return key


def read_public_key(path: Path) -> RSAPublicKey:
    """A PEM public key, or the key of a PEM certificate."""
    content = path.read_bytes()
    if b"BEGIN CERTIFICATE" in content:
        key = x509.load_pem_x509_certificate(content).public_key()
    else:
        key = serialization.load_pem_public_key(content)
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"{path.name} holds no RSA key")
    return key


def credentials_from(environment: Mapping[str, str]) -> WeChatCredentials:
    """Read ``WECHAT_PAY_*``; a missing one raises ``KeyError`` with its name."""
    folder = Path(environment["WECHAT_PAY_KEY_DIR"])
    return WeChatCredentials(
        mchid=environment["WECHAT_PAY_MCHID"],
        appid=environment["WECHAT_PAY_APPID"],
        plan_id=int(environment["WECHAT_PAY_PLAN_ID"]),
        merchant_serial=environment["WECHAT_PAY_MERCHANT_SERIAL"],
        merchant_key=read_private_key(folder / "apiclient_key.pem"),
        apiv3_key=(folder / "apiv3_key.txt").read_bytes().strip(),
        platform_keys={path.stem.upper(): read_public_key(path) for path in _platform(folder)},
    )


def _platform(folder: Path) -> list[Path]:
    """``platform/<serial>.pem``, public keys before certificates."""
    found = sorted((folder / "platform").glob("*.pem"))
    return sorted(found, key=lambda path: not path.stem.startswith("PUB_KEY_ID_"))
