"""What a merchant holds to talk to Alipay: read from files, never from the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from billing_client.pay import key_files
from billing_client.pay.key_files import KeyRefused


@dataclass(frozen=True)
class AlipayCredentials:
    """``alipay_keys`` has two slots: while Alipay's key is changed, either may sign.

    ``sign_scene`` is what Alipay gave for contracts (``INDUSTRY|…``), None without them.
    ``cycle_single_yuan`` set means 周期扣款 with this limit of one deduction; else 商家扣款.
    """

    app_id: str
    seller_id: str
    app_key: RSAPrivateKey = field(repr=False)
    alipay_keys: tuple[RSAPublicKey, ...] = field(repr=False)
    sign_scene: str | None = None
    cycle_single_yuan: int | None = None

    def __post_init__(self) -> None:
        if not self.alipay_keys:
            raise KeyRefused("没有支付宝公钥：请放入密钥目录，文件名 alipay_public_key.pem。")


def credentials_from(environment: Mapping[str, str]) -> AlipayCredentials:
    """Read ``ALIPAY_*``. Raises ``KeyRefused`` with a sentence for the operator."""
    folder = Path(_named(environment, "ALIPAY_KEY_DIR"))
    own = key_files.secret(environment, "ALIPAY_PRIVATE_KEY", folder / "app_private_key.pem")
    slots = folder / "alipay_public_key.pem", folder / "alipay_public_key_other.pem"
    limit = environment.get("ALIPAY_CYCLE_SINGLE_YUAN")
    return AlipayCredentials(
        app_id=_named(environment, "ALIPAY_APP_ID"),
        seller_id=_named(environment, "ALIPAY_SELLER_ID"),
        app_key=key_files.private_key(own, "应用私钥 app_private_key.pem"),
        alipay_keys=tuple(key_files.public_key(path) for path in slots if path.is_file()),
        sign_scene=environment.get("ALIPAY_SIGN_SCENE") or None,
        cycle_single_yuan=int(limit) if limit else None,
    )


def _named(environment: Mapping[str, str], variable: str) -> str:
    if not environment.get(variable):
        raise KeyRefused(f"没有设置 {variable}。")
    return environment[variable]
