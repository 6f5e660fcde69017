"""RSASSA-PKCS1-v1_5 with SHA-256, base64: what WeChat Pay and Alipay (RSA2) both sign with."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey


class SignatureRefused(Exception):
    """The message is not what its signature says, or too old, or signed by nobody known."""


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, message: bytes) -> None:
    """Raises ``SignatureRefused`` unless the signature is the key's over these very bytes."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise SignatureRefused("bad signature") from error
