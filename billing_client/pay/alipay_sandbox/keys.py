"""The keys of the simulated Alipay, both sides', shared by all processes."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from billing_client.pay import key_files
from billing_client.pay.alipay.credentials import AlipayCredentials
from billing_client.pay.simulator.key_store import made_once, new_key

FOLDER = "sandbox_keys_alipay"
APP_ID = "2021000000000001"
SELLER_ID = "2088000000000001"
SIGN_SCENE = "INDUSTRY|PUBLIC_UTILITIES"


@dataclass(frozen=True)
class AlipaySandboxKeys:
    """``stranger`` signs what nobody should believe."""

    alipay: RSAPrivateKey = field(repr=False)
    app: RSAPrivateKey = field(repr=False)
    stranger: RSAPrivateKey = field(repr=False)

    def merchant_credentials(self) -> AlipayCredentials:
        """What the merchant's side of the simulator holds."""
        return AlipayCredentials(
            app_id=APP_ID,
            seller_id=SELLER_ID,
            app_key=self.app,
            alipay_keys=(self.alipay.public_key(),),
            sign_scene=SIGN_SCENE,
        )


OWNERS = ("alipay", "app", "stranger")


def load_or_create(data_dir: Path) -> AlipaySandboxKeys:
    folder = made_once(data_dir / FOLDER, _create)
    keys = (
        key_files.private_key((folder / f"{owner}_key.pem").read_bytes(), owner) for owner in OWNERS
    )
    return AlipaySandboxKeys(*keys)


def _create(folder: Path) -> None:
    for owner in OWNERS:
        new_key(folder / f"{owner}_key.pem")
