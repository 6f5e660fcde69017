"""Which addresses of a provider we open: those on its own hosts, and no others.

A provider's answer may name an address to fetch (a bill, a page). Taking any would let a forged
or mistaken answer make our machine call its neighbours.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit


class AddressRefused(Exception):
    """An address that is not on the provider's list."""


def origin(url: str) -> str:
    """Scheme, host and port: ``https://api.mch.weixin.qq.com``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def allowed(url: str, origins: Iterable[str]) -> str:
    """``url`` itself. Raises ``AddressRefused`` unless its origin is one of ``origins``."""
    parts = urlsplit(url)
    if parts.username or parts.password or origin(url) not in {place.lower() for place in origins}:
        raise AddressRefused(origin(url))
    return url
