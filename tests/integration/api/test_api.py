"""What the API does beside asking billing: keys, scopes, pace, sizes, repetition, pages, words."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest
from openapi_spec_validator import validate

from billing_client.remote.remote import RemoteBillingClient
from billing_client.remote.settings import RemoteSettings
from billing_client.remote.transport import BillingUnreachable, Transport
from billing_client.wire import caller_header
from tests.integration.api.conftest import ACCOUNT, STRANGER, WANG, House

LEAK: dict[str, Any] = {"kind": "leak", "place": "人民路5号", "severity": "burst"}


def headers(key: str, caller: object = WANG, **more: str) -> dict[str, str]:
    named = caller_header.write(caller)  # pyright: ignore[reportArgumentType]
    return {"Authorization": f"Bearer {key}", caller_header.HEADER: named, **more}


async def send(
    house: House, verb: str, path: str, /, key: str | None = None, caller: object = WANG, **how: Any
) -> httpx.Response:
    sent = headers(house.key if key is None else key, caller, **how.pop("headers", {}))
    return await house.http.request(verb, f"{house.url}/api/v1{path}", headers=sent, **how)


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


async def test_the_document_is_openapi_3_1_and_needs_no_key(house: House) -> None:
    document = (await house.http.get(f"{house.url}/api/v1/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert "/accounts/{account_no}/bills" in document["paths"]


async def test_keys(house: House, database_url: str) -> None:
    for wrong in ("nonsense", house.key[:-1] + "x", "xs_000000000000_" + "a" * 43):
        assert problem(await send(house, "GET", "/now", key=wrong)) == (401, "unauthorised")
    narrow = await house.make_key("public:read")
    assert (await send(house, "GET", "/now", key=narrow)).status_code == 200
    refused = await send(house, "GET", f"/accounts/{ACCOUNT}/bills", key=narrow)
    assert problem(refused) == (403, "scope_missing")
    assert refused.json()["facts"] == {"scope": "bills:read"}
    with psycopg.connect(database_url) as connection:
        stored = str(connection.execute("SELECT * FROM billing.api_key").fetchall())
        connection.execute("UPDATE billing.api_key SET revoked_at = now(), revoked_by = 'test'")
    assert narrow.rsplit("_", 1)[1] not in stored
    assert problem(await send(house, "GET", "/now", key=narrow)) == (401, "unauthorised")


async def test_a_key_speaks_for_its_own_channels_and_for_staff_only_when_it_may(
    house: House,
) -> None:
    own = await house.make_key("identity", channels=["app"])
    assert problem(await send(house, "GET", "/identity", key=own)) == (403, "channel_not_allowed")
    named = "channel=app&user=1"
    path = f"{house.url}/api/v1/identity"
    sent = {"Authorization": f"Bearer {own}", caller_header.HEADER: named}
    assert (await house.http.get(path, headers=sent)).status_code == 200
    sent[caller_header.HEADER] = named + "&staff=%E5%91%A8%E6%95%8F"
    assert problem(await house.http.get(path, headers=sent)) == (403, "scope_missing")
    for bad in ("", "channel=app", "channel=app&user=1&user=2", "channel=app&user=1&level=2",
                "channel=app&user=%FF", "channel=app&user=a%00b", "channel=app&user="):  # fmt: skip
        sent[caller_header.HEADER] = bad
        assert problem(await house.http.get(path, headers=sent)) == (400, "bad_caller")


async def test_a_key_that_is_too_fast_waits(house: House) -> None:
    slow = await house.make_key("public:read", requests_per_minute=12)  # two at once
    answers = [await send(house, "GET", "/now", key=slow) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 5
    assert (await send(house, "GET", "/now")).status_code == 200


async def test_problems_speak_the_readers_language(house: House) -> None:
    path = f"/accounts/{ACCOUNT}/bills"
    for accept, title in (
        ("zh-CN", "用户没有绑定该户号"),
        ("en-GB,en;q=0.9", "The caller has not proved the account"),
        ("zh;q=0.5, en;q=0.8", "The caller has not proved the account"),
        ("fr", "用户没有绑定该户号"),
        ("en;q=x", "用户没有绑定该户号"),
    ):
        refused = await send(house, "GET", path, headers={"Accept-Language": accept})
        assert problem(refused) == (403, "not_bound")
        assert refused.json()["title"] == title
    meaning = await house.http.get(house.url + refused.json()["type"])
    assert meaning.json()["en"][0] == "The caller has not proved the account"
    assert problem(await send(house, "GET", "/nowhere")) == (404, "not_found")
    wrong = await send(house, "PATCH", "/now")
    assert problem(wrong) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["Allow"]


async def test_a_write_is_done_once_a_key(house: House) -> None:
    asked: dict[str, Any] = {"json": LEAK, "headers": {"Idempotency-Key": "k1"}}
    first = await send(house, "POST", "/service-orders", **asked)
    urging = f"/service-orders/{first.json()['ticket_no']}/urgings"
    urged = [await send(house, "POST", urging, headers={"Idempotency-Key": "u"}) for _ in range(3)]
    assert [one.json()["urged"] for one in urged] == [1, 1, 1]
    assert [one.headers.get("Idempotency-Replayed") for one in urged] == [None, "true", "true"]
    asked["json"] = LEAK | {"place": "人民路6号"}
    assert problem(await send(house, "POST", "/service-orders", **asked)) == (
        422,
        "idempotency_key_used",
    )
    other = await send(house, "POST", "/service-orders", caller=STRANGER, **asked)
    assert problem(other) == (422, "idempotency_key_used")
    assert problem(await send(house, "POST", urging)) == (400, "no_idempotency_key")


async def test_a_refusal_is_repeated_but_not_one_that_may_pass(house: House) -> None:
    path, how = f"/accounts/{ACCOUNT}/readings", {"Idempotency-Key": "r1"}
    too_low = {"json": {"shown_m3": 1}, "headers": how}
    assert problem(await send(house, "POST", path, **too_low)) == (403, "not_bound")
    await house.bind(house.core)
    answers = [await send(house, "POST", path, **too_low) for _ in range(2)]
    assert [problem(one) for one in answers] == [(422, "reading_lower")] * 2
    # The repetition of one request is no second submission, which would send somebody.
    assert answers[0].json() == answers[1].json()
    assert answers[1].json()["facts"]["ticket_no"] is None


async def test_repetitions_at_once_run_once(house: House) -> None:
    order = await send(
        house, "POST", "/service-orders", json=LEAK, headers={"Idempotency-Key": "k"}
    )
    path = f"/service-orders/{order.json()['ticket_no']}/urgings"
    asked = [send(house, "POST", path, headers={"Idempotency-Key": "u"}) for _ in range(12)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    found = await send(house, "GET", path.removesuffix("/urgings"))
    assert found.json()["urged"] == 1


async def test_a_claim_whose_process_died_is_taken_over(house: House, database_url: str) -> None:
    asked: dict[str, Any] = {"json": LEAK, "headers": {"Idempotency-Key": "k"}}
    await send(house, "POST", "/service-orders", **asked)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE billing.api_answer SET status = NULL, body = NULL")
    assert problem(await send(house, "POST", "/service-orders", **asked)) == (409, "in_progress")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE billing.api_answer SET claimed_at = now() - interval '2 min'")
    assert (await send(house, "POST", "/service-orders", **asked)).json()["existed"] is True


async def test_pages_show_each_item_once(house: House) -> None:
    await house.bind(house.core)
    path = f"/accounts/{ACCOUNT}/bills?first=2026-01&limit=2"
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        page = (await send(house, "GET", f"{path}{after and '&after=' + after}")).json()
        assert 1 <= len(page["items"]) <= 2
        seen += [one["bill_id"] for one in page["items"]]
        after = page["next"]
    whole = await house.core.bills(WANG, ACCOUNT, "2026-01", "2026-12")
    assert seen == [one.bill_id for one in whole]
    for bad in ("x", "IjQi", "%FF", "W1tb"):
        refused = await send(house, "GET", f"{path}&after={bad}")
        assert problem(refused) == (400, "bad_cursor")
    assert problem(await send(house, "GET", f"{path}0000")) == (422, "invalid")


BODIES = (
    (b"{", "application/json", (400, "bad_json")),
    (b"[]", "application/json", (400, "bad_json")),
    (b"\xff\xfe", "application/json", (400, "bad_json")),
    (b'{"place": NaN}', "application/json", (400, "bad_json")),
    (b"[" * 30_000, "application/json", (400, "bad_json")),
    (b"a=b", "application/x-www-form-urlencoded", (415, "not_json")),
    (b"{}", "application/json", (422, "invalid")),
    (b'"' + b"x" * 70_000 + b'"', "application/json", (413, "too_large")),
)


async def test_bodies_that_cannot_be_taken(house: House) -> None:
    for content, media, expected in BODIES:
        how = {"Idempotency-Key": "k", "Content-Type": media}
        refused = await send(house, "POST", "/service-orders", content=content, headers=how)
        assert problem(refused) == expected, content[:20]


async def test_a_remote_that_is_away_is_a_fault_and_no_refusal(house: House) -> None:
    for settings in (
        RemoteSettings("http://127.0.0.1:9", house.key),
        RemoteSettings(house.url, "xs_000000000000_" + "a" * 43),
        RemoteSettings(house.url + "/elsewhere", house.key),
    ):
        remote = RemoteBillingClient(Transport(settings))
        with pytest.raises(BillingUnreachable):
            await remote.identify(WANG)
        await remote.close()


async def test_an_answer_lost_on_the_way_is_asked_for_again(house: House) -> None:
    """The line breaks after the core has done it: it is done once, and the answer still comes."""

    class Breaking(httpx.AsyncHTTPTransport):
        broken = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            if self.broken < 2:
                self.broken += 1
                await response.aread()
                raise httpx.ReadError("the line broke", request=request)
            return response

    breaking = httpx.AsyncClient(transport=Breaking())
    remote = RemoteBillingClient(Transport(RemoteSettings(house.url, house.key), breaking))
    order = await house.core.open_service_order(WANG, **LEAK)
    assert (await remote.urge(WANG, order.ticket_no)).urged == 1
    await remote.close()
