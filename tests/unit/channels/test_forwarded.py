"""Only what our own proxies wrote is believed."""

import ipaddress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.forwarded import caller, middleware, proxies_from
from channels.settings import BadChannelSetting

PROXIES = proxies_from({"TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1"})


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "1.2.3.4", "203.0.113.5"),  # no proxy of ours: anybody can write it
        ("10.0.0.7", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.7", "1.2.3.4, 203.0.113.5", "203.0.113.5"),  # the first is the caller's claim
        ("10.0.0.7", "1.2.3.4, 203.0.113.5, 10.0.0.8", "203.0.113.5"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "unknown", "10.0.0.7"),
        ("10.0.0.7", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.7", "10.0.0.1,10.0.0.2", "10.0.0.1"),
        (None, "1.2.3.4", None),
    ],
)
def test_caller(peer: str | None, header: str, address: str | None) -> None:
    assert caller(peer, header, PROXIES) == address


def test_networks_are_checked() -> None:
    assert proxies_from({}) == ()
    assert ipaddress.ip_network("127.0.0.1/32") in PROXIES
    with pytest.raises(BadChannelSetting):
        proxies_from({"TRUSTED_PROXIES": "proxy.local"})


@pytest.mark.parametrize(("proxies", "seen"), [((), "127.0.0.1"), (PROXIES, "203.0.113.5")])
async def test_handlers_see_the_caller(proxies: tuple, seen: str) -> None:
    async def who(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.remote} {await request.text()}")

    application = web.Application(middlewares=[middleware(proxies)])
    application.router.add_post("/", who)
    async with TestClient(TestServer(application)) as client:
        headers = {"X-Forwarded-For": "203.0.113.5"}
        answer = await client.post("/", data="body", headers=headers)
        assert await answer.text() == f"{seen} body"
