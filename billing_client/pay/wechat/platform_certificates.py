"""Platform certificates (平台证书模式): fetched by command, kept beside the old ones.

They live five years and new ones come before the old end. Nothing is ever fetched because a
message asks for it: a key that vouches for a message must not come with it.
"""

from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from billing_client.pay.key_files import KeyRefused
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.wechat.credentials import WeChatCredentials, merchant_side
from billing_client.pay.wechat.signature import SignatureRefused, unseal, verify_answer
from billing_client.pay.wechat.transport import OFFICIAL_URL, WeChatTransport

TARGET = "/v3/certificates"


async def fetch(environment: Mapping[str, str], base_url: str = OFFICIAL_URL) -> list[Path]:
    """Store what WeChat Pay hands out as ``platform/<serial>.pem``; the files."""
    folder = Path(environment["WECHAT_PAY_KEY_DIR"]) / "platform"
    transport = WeChatTransport(merchant_side(environment), base_url)
    try:
        found = await download(transport, merchant_side(environment))
    finally:
        await transport.aclose()
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = []
    for serial, certificate in found.items():
        path = folder / f"{serial}.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        kept.append(path)
    return kept


async def download(
    transport: WeChatTransport, credentials: WeChatCredentials
) -> dict[str, x509.Certificate]:
    """By serial. Only who holds our APIv3 key can have sealed them, and one of them signed."""
    answer = await transport.send("GET", TARGET)
    try:
        found = {
            format(certificate.serial_number, "X"): certificate
            for certificate in (
                x509.load_pem_x509_certificate(
                    unseal(credentials.apiv3_keys, described["encrypt_certificate"])
                )
                for described in answer.json()["data"]
            )
        }
        keys = {serial: _key(certificate) for serial, certificate in found.items()}
        verify_answer({**credentials.platform_keys, **keys}, answer.headers, answer.content)
    except (SignatureRefused, KeyError, ValueError) as error:
        raise OutcomeUnknown(f"certificates not verified: {error}") from error
    return found


def _key(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise KeyRefused("平台证书里不是 RSA 公钥。")
    return key
