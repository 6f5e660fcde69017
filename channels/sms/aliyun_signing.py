"""Aliyun's signature ACS3-HMAC-SHA256. Pure.

help.aliyun.com, V3版本请求体&签名机制: the method, path, sorted query, named headers and the
hash of the body, hashed once more and signed with the secret of the key.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted, percent-encoded by RFC 3986; also what must stand in the address."""
    return "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))


def authorization(
    key_id: str, secret: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    """The Authorization header of a POST to / with no body.

    ``headers`` by lower-case names, all of them signed, x-acs-content-sha256 among them.
    """
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            "POST",
            "/",
            canonical_query(query),
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            names,
            headers["x-acs-content-sha256"],
        )
    )
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signed = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signed}"


def _quoted(value: str) -> str:
    return quote(value, safe="-_.~")
