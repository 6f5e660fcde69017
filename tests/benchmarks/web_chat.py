"""A visitor of 小水's web chat: over HTTP and the WebSocket, under every visitor's limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import aiohttp

from tests.benchmarks.load import Ask

ANSWER_SECONDS = 30.0


@asynccontextmanager
async def conversation(base: str, customer: str) -> AsyncIterator[Ask]:
    """The demo customer's conversation with the gateway at ``base``."""
    connector = aiohttp.TCPConnector(local_addr=(_address_of(customer), 0))
    headers = {"Origin": base}
    async with aiohttp.ClientSession(base, connector=connector, headers=headers) as session:
        async with session.post("/web/session", json={"demo": customer}) as answer:
            token = (await answer.json())["token"]
        async with session.ws_connect("/web/ws", protocols=("chat.v1",)) as socket:
            await socket.send_json({"v": 1, "token": token, "last": 0})
            yield partial(_ask, socket)


async def _ask(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Returns at the first message to the customer that is newer than the one sent now."""
    await socket.send_json({"t": "msg", "id": uuid4().hex, "text": text})
    sent = answered = 0
    while not 0 < sent < answered:
        event = await socket.receive_json(timeout=ANSWER_SECONDS)
        assert event["t"] != "err", f"refused: {event}"
        if event["t"] == "ack":
            sent = event["seq"]
        elif event["t"] != "user":
            answered = event.get("seq", answered)  # signs of life have no number


def _address_of(customer: str) -> str:
    """A loopback address of the customer's own: the gateway limits what one address may write."""
    number = hash(customer) % (250 * 250)
    return f"127.0.{1 + number // 250}.{1 + number % 250}"
