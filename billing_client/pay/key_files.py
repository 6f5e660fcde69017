"""Keys come from files that only their owner can read, or from the environment."""

import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyRefused(ValueError):
    """A key that is missing, open to others, or no key; a sentence for the operator."""


def secret(environment: Mapping[str, str], variable: str, path: Path) -> bytes:
    """The secret in the variable, else in the file, without white space around it."""
    if value := environment.get(variable, "").strip():
        return value.replace("\\n", "\n").encode()
    if not path.is_file():
        raise KeyRefused(f"没有密钥：请设置环境变量 {variable}，或放入文件 {path}。")
    if path.stat().st_mode & OTHERS:
        raise KeyRefused(f"密钥文件 {path} 其他人可读，请执行 chmod 600 {path}。")
    return path.read_bytes().strip()


def private_key(content: bytes, name: str) -> RSAPrivateKey:
    """An unencrypted PEM, PKCS#8 or PKCS#1; ``name`` is told when it is none."""
    try:
        key = serialization.load_pem_private_key(content, None)
    except (TypeError, ValueError) as error:
        raise KeyRefused(f"{name} 不是未加密的 PEM 私钥。") from error
    if not isinstance(key, RSAPrivateKey):
        raise KeyRefused(f"{name} 不是 RSA 私钥。")
    return key


def certificate(path: Path) -> x509.Certificate | None:
    """The certificate of a PEM file; None when it holds something else."""
    content = path.read_bytes()
    return x509.load_pem_x509_certificate(content) if b"BEGIN CERTIFICATE" in content else None


def public_key(path: Path) -> RSAPublicKey:
    """A PEM public key, or the key of a PEM certificate."""
    try:
        found = certificate(path)
        key = found.public_key() if found else serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyRefused(f"{path} 不是 PEM 公钥或证书。") from error
    if not isinstance(key, RSAPublicKey):
        raise KeyRefused(f"{path} 不是 RSA 公钥。")
    return key
