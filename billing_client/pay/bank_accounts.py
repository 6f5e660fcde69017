"""Bank account numbers are sealed before they are stored (AES-256-GCM); people see the last four.

The key comes from ``BANK_ACCOUNT_KEY`` or the file ``bank_account.key``: 64 hex digits. A second
one (``…_OTHER``) opens what was sealed before a change of keys.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing_client.pay import key_files
from billing_client.pay.key_files import KeyRefused

NONCE_BYTES = 12
KEY_BYTES = 32


class AccountVault:
    """Seals and opens; ``belongs_to`` binds a number to its contract."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise KeyRefused("BANK_ACCOUNT_KEY 应是 64 位十六进制数（openssl rand -hex 32）。")
        self._keys = keys

    def seal(self, number: str, belongs_to: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._keys[0]).encrypt(nonce, number.encode(), belongs_to.encode())

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Raises ``KeyRefused`` when no key opens it."""
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for key in self._keys:
            try:
                return AESGCM(key).decrypt(nonce, content, belongs_to.encode()).decode()
            except InvalidTag:
                continue
        raise KeyRefused("银行账号打不开：BANK_ACCOUNT_KEY 不是登记时的密钥。")


def vault_from(environment: Mapping[str, str]) -> AccountVault:
    """Raises ``KeyRefused`` with a sentence for the operator."""
    folder = Path(environment.get("DATA_DIR", ".data"))
    slots = [("BANK_ACCOUNT_KEY", folder / "bank_account.key")]
    second = "BANK_ACCOUNT_KEY_OTHER", folder / "bank_account_other.key"
    if environment.get(second[0]) or second[1].is_file():
        slots.append(second)
    return AccountVault(tuple(_key(environment, *slot) for slot in slots))


def _key(environment: Mapping[str, str], variable: str, path: Path) -> bytes:
    content = key_files.secret(environment, variable, path)
    try:
        return bytes.fromhex(content.decode())
    except ValueError as error:
        raise KeyRefused(f"{variable} 应是 64 位十六进制数（openssl rand -hex 32）。") from error
