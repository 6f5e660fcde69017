"""The keys of the simulated WeChat Pay, both sides', shared by all processes."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from billing_client.pay import key_files
from billing_client.pay.simulator.key_store import made_once, new_key, write_private
from billing_client.pay.wechat.credentials import WeChatCredentials

FOLDER = "sandbox_keys"
MCHID = "1900000001"
APPID = "wx0000000000000001"
PLAN_ID = 12535
PUBLIC_KEY_ID = f"PUB_KEY_ID_01{MCHID}2026010100000000000001"
CERTIFICATE_LIFE = timedelta(days=1825)  # WeChat's platform certificates live five years


@dataclass(frozen=True)
class SandboxKeys:
    """Both sides' keys: the platform's, which signs answers, and the merchant's."""

    platform_key: RSAPrivateKey = field(repr=False)
    platform_certificate: x509.Certificate
    merchant_key: RSAPrivateKey = field(repr=False)
    merchant_certificate: x509.Certificate
    apiv3_key: bytes = field(repr=False)

    @property
    def platform_serial(self) -> str:
        return format(self.platform_certificate.serial_number, "X")

    @property
    def merchant_serial(self) -> str:
        return format(self.merchant_certificate.serial_number, "X")

    def merchant_credentials(self) -> WeChatCredentials:
        """What the merchant's side of the sandbox holds."""
        public = self.platform_key.public_key()
        return WeChatCredentials(
            mchid=MCHID,
            appid=APPID,
            plan_id=PLAN_ID,
            merchant_serial=self.merchant_serial,
            merchant_key=self.merchant_key,
            apiv3_keys=(self.apiv3_key,),
            platform_keys={PUBLIC_KEY_ID: public, self.platform_serial: public},
        )


def load_or_create(data_dir: Path) -> SandboxKeys:
    """The keys in ``data_dir/sandbox_keys``; many processes may ask at once, one makes them."""
    return _load(made_once(data_dir / FOLDER, _create))


def _create(folder: Path) -> None:
    for owner, common_name in (
        ("platform", "Tenpay.com Root CA (SANDBOX)"),
        ("merchant", "Merchant (SANDBOX)"),
    ):
        key = new_key(folder / f"{owner}_key.pem")
        certificate = self_signed(key, common_name)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        write_private(folder / f"{owner}_cert.pem", pem)
    write_private(folder / "apiv3_key.txt", secrets.token_hex(16).encode())


def self_signed(key: RSAPrivateKey, common_name: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )


def _load(folder: Path) -> SandboxKeys:
    def certificate(owner: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((folder / f"{owner}_cert.pem").read_bytes())

    def private_key(owner: str) -> RSAPrivateKey:
        return key_files.private_key((folder / f"{owner}_key.pem").read_bytes(), owner)

    return SandboxKeys(
        platform_key=private_key("platform"),
        platform_certificate=certificate("platform"),
        merchant_key=private_key("merchant"),
        merchant_certificate=certificate("merchant"),
        apiv3_key=(folder / "apiv3_key.txt").read_bytes(),
    )
