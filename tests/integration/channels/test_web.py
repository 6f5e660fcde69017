"""The web channel over real sockets and a real database, as a browser would speak to it."""

import asyncio
import base64
import ipaddress
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient, TestServer

from channels import ownership, push, turns
from channels.database import Pool
from channels.gateway import GatewayConfig, create_app
from channels.heartbeat import beat
from channels.messages import Reply
from channels.web.limits import Limits, Rate
from tests.integration.channels.conversing import replies, rows

pytestmark = pytest.mark.integration
ORIGIN = "https://water.example"
FROM_PAGE = {"Origin": ORIGIN}


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[TestClient]:
    config = GatewayConfig(database_url, "127.0.0.1", 0, ORIGIN, True, tmp_path)
    async with TestClient(TestServer(await create_app(config))) as client:
        yield client


@pytest.fixture
async def token(client: TestClient) -> str:
    answer = await client.post("/web/session", headers=FROM_PAGE)
    return (await answer.json())["token"]


async def hello(client: TestClient, token: str, last: int = 0) -> ClientWebSocketResponse:
    socket = await client.ws_connect("/web/ws", headers=FROM_PAGE, protocols=("chat.v1",))
    await socket.send_json({"v": 1, "token": token, "last": last})
    assert (await socket.receive_json())["t"] == "ready"
    return socket


async def say(socket: ClientWebSocketResponse, key: str, text: str) -> None:
    await socket.send_json({"t": "msg", "id": key, "text": text})


async def until(
    socket: ClientWebSocketResponse, fits: Callable[[dict], bool], seconds: float = 5
) -> list[dict]:
    """All events up to and with the first that fits."""
    seen = []
    async with asyncio.timeout(seconds):
        while not (seen and fits(seen[-1])):
            seen.append(await socket.receive_json())
    return seen


async def answer(pool: Pool, *answers: str) -> None:
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    await turns.finish(pool, turn, replies(*answers), None)


async def test_a_message_is_acknowledged_and_its_answer_comes(
    client: TestClient, token: str, pool: Pool
) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "查水费")
    seen = await until(socket, lambda event: event["t"] == "user")
    await answer(pool, "本期 38.50 元")
    seen += await until(socket, lambda event: event["t"] == "bot")
    assert {"t": "ack", "id": "a1", "seq": 1} in seen
    assert {"t": "typing"} in seen
    assert [(e["seq"], e["text"]) for e in seen if e["t"] in ("user", "bot")] == [
        (1, "查水费"),
        (2, "本期 38.50 元"),
    ]
    await asyncio.sleep(0.05)
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("sent",)]


async def test_the_same_id_twice_is_one_message(client: TestClient, token: str) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "查水费")
    await say(socket, "a1", "查水费")
    seen = await until(socket, lambda event: event.get("dup", False))
    assert seen[-1] == {"t": "ack", "id": "a1", "seq": 1, "dup": True}


async def test_a_client_that_comes_back_gets_what_it_missed(
    client: TestClient, token: str, pool: Pool
) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "查水费")
    await until(socket, lambda event: event["t"] == "user")
    await socket.close()
    await answer(pool, "一", "二")
    socket = await hello(client, token, last=1)
    seen = await until(socket, lambda event: event.get("seq") == 3)
    assert [event["seq"] for event in seen] == [2, 3]


async def test_cutting_the_socket_at_random_loses_and_doubles_nothing(
    client: TestClient, token: str, pool: Pool
) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "查水费")
    await until(socket, lambda event: event["t"] == "user")
    got, last = [], 1
    sending = asyncio.create_task(answer(pool, *(str(n) for n in range(30))))
    while last < 31:
        await socket.close()
        socket = await hello(client, token, last)
        event = (await until(socket, lambda event: "seq" in event))[-1]
        got.append(event["text"])
        last = event["seq"]
    await sending
    assert got == [str(n) for n in range(30)]


@pytest.mark.parametrize("bad", ["", "x.y", None, 7, "中.文"])
async def test_a_bad_token_closes_4003(client: TestClient, bad: object) -> None:
    socket = await client.ws_connect("/web/ws", headers=FROM_PAGE)
    await socket.send_json({"v": 1, "token": bad})
    await socket.receive()
    assert socket.close_code == 4003


async def test_a_first_frame_that_is_no_hello_closes_4001(client: TestClient) -> None:
    socket = await client.ws_connect("/web/ws", headers=FROM_PAGE)
    await socket.send_str("hi")
    await socket.receive()
    assert socket.close_code == 4001


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
async def test_other_sites_get_no_socket(client: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect("/web/ws", headers=headers)
    assert refused.value.status == 403


async def test_too_fast_is_told_when_to_try_again(client: TestClient, token: str) -> None:
    socket = await hello(client, token)
    for n in range(8):
        await say(socket, f"a{n}", "快")
    seen = await until(socket, lambda event: event.get("id") == "a7")
    refused = [event for event in seen if event["t"] == "err"]
    assert len([event for event in seen if event["t"] == "ack"]) == 5
    assert [event["code"] for event in refused] == ["rate_limited"] * 3
    assert all(0 < event["retry_ms"] <= 1001 for event in refused)


async def test_too_long_is_refused_in_chinese(client: TestClient, token: str) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "水" * 501)
    seen = await until(socket, lambda event: event["t"] == "err")
    assert (seen[-1]["code"], "500 字" in seen[-1]["message"]) == ("too_long", True)


async def test_a_frame_over_the_limit_closes_1009(client: TestClient, token: str) -> None:
    socket = await hello(client, token)
    await socket.send_str("x" * 9000)
    while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    assert socket.close_code == 1009


async def test_what_is_held_back_never_reaches_the_client(
    client: TestClient, token: str, pool: Pool
) -> None:
    socket = await hello(client, token)
    await say(socket, "a1", "人工")
    await until(socket, lambda event: event["t"] == "user")
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    await ownership.take_over(pool, turn.conversation_id, "agent", None)
    assert not (await turns.finish(pool, turn, replies("迟到"), None)).sent
    words = Reply("您好，我是坐席", author="agent")
    await push.push(pool, words, "desk:1", conversation_id=turn.conversation_id)
    seen = await until(socket, lambda event: event["t"] in ("bot", "agent"))
    answer = await client.get("/web/poll?last=0", headers={"Authorization": f"Bearer {token}"})
    assert [event["text"] for event in await answer.json()] == ["人工", "您好，我是坐席"]
    assert seen[-1]["t"] == "agent"


async def test_the_stream_resumes_and_takes_new_events(
    client: TestClient, token: str, pool: Pool
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    posted = await client.post(
        "/web/messages", json={"id": "a1", "text": "查水费"}, headers={**bearer, **FROM_PAGE}
    )
    assert await posted.json() == {"t": "ack", "id": "a1", "seq": 1}
    stream = await client.get("/web/events", headers={**bearer, "Last-Event-ID": "1"})
    await answer(pool, "本期 38.50 元")
    async with asyncio.timeout(5):
        event: dict = {}
        while event.get("t") != "bot":
            line = (await stream.content.readline()).decode()
            event = json.loads(line[5:]) if line.startswith("data:") else event
    assert (event["seq"], event["text"]) == (2, "本期 38.50 元")
    stream.close()


@pytest.mark.parametrize(
    ("path", "method"), [("/web/poll", "GET"), ("/web/events", "GET"), ("/web/messages", "POST")]
)
async def test_without_a_token_the_fallbacks_answer_401(
    client: TestClient, path: str, method: str
) -> None:
    answer = await client.request(method, path, headers=FROM_PAGE)
    assert answer.status == 401 and (await answer.json())["code"] == "bad_token"


async def test_a_session_goes_on_with_a_valid_token_only(client: TestClient, token: str) -> None:
    async def visitor(body: dict[str, str]) -> str:
        told = await (await client.post("/web/session", json=body, headers=FROM_PAGE)).json()
        head = told["token"].split(".")[0]
        return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["sub"]

    mine = await visitor({"token": token})
    assert await visitor({"token": token}) == mine
    assert await visitor({"token": "forged.token"}) != mine
    assert "demo:" not in await visitor({"demo": "wang"}), "production has no demo customers"


async def test_pages_forbid_what_they_do_not_need(client: TestClient) -> None:
    answer = await client.get("/chat")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200 and "unsafe-inline" not in policy
    assert "frame-ancestors 'self'" in policy
    health = await client.get("/healthz")
    assert "frame-ancestors 'none'" in health.headers["Content-Security-Policy"]
    assert health.headers["X-Content-Type-Options"] == "nosniff"


async def test_ready_only_with_a_worker_that_lives(client: TestClient, pool: Pool) -> None:
    assert (await client.get("/readyz")).status == 503
    await beat(pool, "worker-1", datetime.now(UTC))
    assert (await client.get("/readyz")).status == 200
    await rows(pool, "UPDATE channels.worker SET seen_at = now() - interval '16 s' RETURNING 1")
    assert (await client.get("/readyz")).status == 503


async def test_alive_yet_not_ready_while_the_database_is_away(
    client: TestClient, pool: Pool, database_url: str
) -> None:
    await beat(pool, "worker-1", datetime.now(UTC))
    database = urlsplit(database_url).path.removeprefix("/")
    with psycopg.connect(database_url.replace(f"/{database}?", "/postgres?")) as server:
        server.autocommit = True
        server.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")  # pyright: ignore
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        server.execute(end, [database])
        began = time.monotonic()
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (503, {"database": False, "workers": 0})
        assert time.monotonic() - began < 5
        assert (await client.get("/healthz")).status == 200
        server.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")  # pyright: ignore
    async with asyncio.timeout(10):
        while (await client.get("/readyz")).status != 200:
            await asyncio.sleep(0.1)


async def test_a_photo_is_kept_and_goes_with_a_message(
    client: TestClient, token: str, pool: Pool
) -> None:
    headers = {"Authorization": f"Bearer {token}", **FROM_PAGE}
    form = aiohttp.FormData()
    form.add_field(
        "photo", b"\xff\xd8\xff\xe1\x00\x06gps\0\xff\xda\x00\x02\x11\xff\xd9", filename="x"
    )
    kept = await (await client.post("/web/photos", data=form, headers=headers)).json()
    body = {"id": "p1", "text": "", "photos": [kept["photo"]]}
    assert (await client.post("/web/messages", json=body, headers=headers)).status == 200
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    assert (turn.kind, turn.attachments) == ("photo", (kept["photo"],))
    shown = await client.get(f"/web/photos/{kept['photo']}")
    assert shown.status == 200 and b"gps" not in await shown.read()
    body = {"id": "p2", "text": "", "photos": ["../secrets/web_visitors.secret"]}
    assert (await client.post("/web/messages", json=body, headers=headers)).status == 400


async def test_what_is_no_photo_is_refused(client: TestClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", **FROM_PAGE}
    form = aiohttp.FormData()
    form.add_field("photo", b"<script>", filename="x.jpg", content_type="image/jpeg")
    answer = await client.post("/web/photos", data=form, headers=headers)
    assert (answer.status, (await answer.json())["code"]) == (415, "bad_photo")


async def test_shutting_down_closes_1012(database_url: str, tmp_path: Path) -> None:
    config = GatewayConfig(database_url, "127.0.0.1", 0, ORIGIN, True, tmp_path)
    client = TestClient(TestServer(await create_app(config)))
    await client.start_server()
    told = await (await client.post("/web/session", headers=FROM_PAGE)).json()
    socket = await hello(client, told["token"])
    await asyncio.sleep(0.1)
    closing: Awaitable[None] = asyncio.create_task(client.server.close())
    await socket.receive()
    assert socket.close_code == 1012
    await closing
    await client.close()


async def test_behind_a_trusted_proxy_each_address_has_its_own_limit(
    database_url: str, tmp_path: Path
) -> None:
    limits = Limits(sessions=Rate(1, 0.001))
    config = GatewayConfig(
        database_url, "127.0.0.1", 0, ORIGIN, True, tmp_path,
        proxies=(ipaddress.ip_network("127.0.0.0/8"),), limits=limits,
    )  # fmt: skip
    async with TestClient(TestServer(await create_app(config))) as client:
        statuses = []
        for address in ("203.0.113.5", "203.0.113.5", "203.0.113.6"):
            headers = {**FROM_PAGE, "X-Forwarded-For": f"198.51.100.1, {address}"}
            answer = await client.post("/web/session", headers=headers)
            statuses.append(answer.status)
        token = (await answer.json())["token"]
        await hello(client, token)  # a socket opens through it too
    assert statuses == [200, 429, 200]
