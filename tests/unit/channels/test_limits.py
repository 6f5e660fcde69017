"""Token buckets and visitor tokens, by a clock of our own."""

import time

import pytest

from billing_client.http import rate
from billing_client.http.rate import Buckets, Rate
from channels.web.visitors import BadToken, Visitors


def test_five_at_once_then_one_a_second() -> None:
    now = [0.0]
    buckets = Buckets(Rate(5, 1), clock=lambda: now[0])
    assert [buckets.wait_for("a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert buckets.wait_for("b") == 0
    now[0] = 0.5
    assert buckets.wait_for("a") == 0.5
    now[0] = 1.0
    assert [buckets.wait_for("a") for _ in range(2)] == [0, 1]


def test_buckets_do_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "MOST_BUCKETS", 3)
    buckets = Buckets(Rate(1, 1))
    for key in "abcdef":
        buckets.wait_for(key)
    assert list(buckets._levels) == ["d", "e", "f"]


def test_a_token_is_its_visitors_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    visitors = Visitors(b"secret")
    token = visitors.issue("someone")
    assert visitors.verify(token) == "someone"
    assert visitors.verify(visitors.issue()) != visitors.verify(visitors.issue())
    with pytest.raises(BadToken):
        Visitors(b"other").verify(token)
    later = time.time() + 31 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(BadToken):
        visitors.verify(token)


def test_the_format_is_the_published_one() -> None:
    """The example of the embedding convention: b64url(json).hex(hmac_sha256)."""
    visitors = Visitors(b"site-secret")
    body = "eyJzdWIiOiJjdXN0LTEwMDEiLCJleHAiOjE4MDAwMDAwMDB9"
    signature = "91eea54410903755bab65a7b7cb0031c0d75ed74711db6dba536b3dbe8f13b31"
    assert visitors.verify(f"{body}.{signature}") == "cust-1001"
