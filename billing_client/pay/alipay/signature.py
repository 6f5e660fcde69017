"""What Alipay signs and how it is found: opendocs 签名规则, seen in python-alipay-sdk too.

A request is signed over all non-empty parameters but ``sign``, sorted, raw. An answer is signed
over its inner object exactly as received. A notice is signed like a request, but without
``sign_type``.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from billing_client.pay.rsa import SignatureRefused, verify

IN_REQUESTS = frozenset({"sign"})
IN_NOTICES = frozenset({"sign", "sign_type"})


def signed_text(parameters: Mapping[str, str], without: frozenset[str]) -> bytes:
    """``a=1&b=2``, sorted, without empty values."""
    kept = sorted((k, v) for k, v in parameters.items() if k not in without and v != "")
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def verify_any(keys: Iterable[RSAPublicKey], signature: str, message: bytes) -> None:
    """By one of the keys: there are two while Alipay's key is changed."""
    for key in keys:
        try:
            verify(key, signature, message)
        except SignatureRefused:
            continue
        return
    raise SignatureRefused("bad signature")


def inner_object(text: str, name: str) -> tuple[dict[str, Any], str]:
    """The object under ``name`` and its very text. Raises ``KeyError``, ``ValueError``."""
    label = f'"{name}"'
    start = text.find(label)
    if start < 0:
        raise KeyError(name)
    start = text.index(":", start + len(label)) + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    content, end = json.JSONDecoder().raw_decode(text, start)
    if not isinstance(content, dict):
        raise ValueError(f"{name} is not an object")
    return content, text[start:end]


def verify_answer(keys: Iterable[RSAPublicKey], text: str, name: str) -> dict[str, Any]:
    """The inner object of an answer whose signature holds. Raises ``SignatureRefused``."""
    try:
        content, signed = inner_object(text, name)
        signature = str(json.loads(text)["sign"])
    except (KeyError, ValueError, TypeError) as error:
        raise SignatureRefused(f"unreadable answer: {error!r}") from error
    verify_any(keys, signature, signed.encode())
    return content
