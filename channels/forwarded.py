"""Who calls, behind a proxy: X-Forwarded-For counts only as far as our own proxies wrote it.

Anybody can send the header, so it is read from the right, over the addresses of proxies
that the operator names; the first that is none of them is the caller.
"""

import ipaddress
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from channels.settings import BadChannelSetting, Environment, read

HEADER = "X-Forwarded-For"
MOST_HOPS = 20

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def proxies_from(environment: Environment) -> tuple[Network, ...]:
    """``TRUSTED_PROXIES``: addresses or networks, by blanks. Raises ``BadChannelSetting``."""
    written = read(environment, "TRUSTED_PROXIES").replace(",", " ").split()
    try:
        return tuple(ipaddress.ip_network(one) for one in written)
    except ValueError:
        raise BadChannelSetting("TRUSTED_PROXIES 应为反向代理的 IP 或网段，空格分隔。") from None


def caller(peer: str | None, header: str, proxies: Sequence[Network]) -> str | None:
    """The address of whoever called the outermost of our proxies."""
    address = peer
    for hop in reversed(header.split(",")[-MOST_HOPS:]):
        if not _is_one(address, proxies) or not _is_address(hop.strip()):
            break
        address = hop.strip()
    return address


def middleware(proxies: Sequence[Network]) -> Middleware:
    @web.middleware
    async def known_caller(request: web.Request, handler: Handler) -> web.StreamResponse:
        """``request.remote`` is the caller's for all that come after."""
        header = ",".join(request.headers.getall(HEADER, ()))
        address = caller(request.remote, header, proxies)
        return await handler(request.clone(remote=address) if address else request)

    return known_caller


def _is_one(address: str | None, proxies: Sequence[Network]) -> bool:
    if address is None or not _is_address(address):
        return False
    return any(ipaddress.ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
