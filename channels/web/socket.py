"""The web chat's WebSocket, subprotocol ``chat.v1``.

The client's first frame is ``{"v":1,"token":…,"last":n}``, within five seconds; then
``{"t":"msg","id":…,"text":…,"photos":[…]}``. The server says ``ready`` with the number of
the newest event, answers ``ack`` or ``err``, and sends the conversation's events after
``last``, in order, and ``typing``, or ``alive`` when there is none, so that a client
notices a line that is dead. Events are read from the database as fast as the client
takes them, so a slow one fills no queue.
"""

import asyncio
import json
import weakref
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from channels import streams
from channels.listening import TURN, user_key, wait
from channels.web.door import CHANNEL, WebDoor, place_of
from channels.web.refusals import Refusal
from channels.web.render import render_event
from channels.web.visitors import BadToken

HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 25.0
ALIVE_SECONDS = 15.0  # the page takes a line for dead after 40
WRITE_SECONDS = 20.0
LARGEST_FRAME_BYTES = 8192
NO_HELLO, BAD_TOKEN = 4001, 4003

log = structlog.get_logger(__name__)


class ChatSocket:
    def __init__(self, door: WebDoor) -> None:
        self._door = door
        self._open: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._door.origins.check(request, required=True)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS,
            max_msg_size=LARGEST_FRAME_BYTES,
            protocols=("chat.v1",),
            compress=False,
        )
        await socket.prepare(request)
        self._open.add(socket)
        visitor, last = await self._hello(socket)
        if visitor is not None:
            await self._talk(socket, visitor, last, request.remote)
        return socket

    async def close_all(self) -> None:
        """Before a restart: 1012 tells the clients to come back at once."""
        for socket in set(self._open):
            await socket.close(code=WSCloseCode.SERVICE_RESTART)

    async def _hello(self, socket: web.WebSocketResponse) -> tuple[str | None, int]:
        try:
            first = _parsed(await socket.receive(HELLO_SECONDS))
        except TimeoutError:
            first = None
        if not isinstance(first, dict) or first.get("v") != 1:
            await socket.close(code=NO_HELLO)
            return None, 0
        try:
            return self._door.visitors.verify(first.get("token")), place_of(first.get("last"))
        except BadToken:
            await socket.close(code=BAD_TOKEN)
            return None, 0

    async def _talk(
        self, socket: web.WebSocketResponse, visitor: str, last: int, address: str | None
    ) -> None:
        """Until the client leaves, or does not take what is written to it."""
        newest = await streams.newest_seq(self._door.pool, CHANNEL, visitor)
        await _write(socket, {"t": "ready", "last": newest})
        listening = asyncio.create_task(self._listen(socket, visitor, address))
        tasks = {
            listening,
            asyncio.create_task(self._send_events(socket, visitor, last)),
            asyncio.create_task(self._send_typing(socket, visitor)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if any(_failed(task) for task in done) or listening not in done:
                await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(
        self, socket: web.WebSocketResponse, visitor: str, address: str | None
    ) -> None:
        async for frame in socket:
            message = _parsed(frame)
            await _write(socket, await self._answer(visitor, address, message))

    async def _answer(self, visitor: str, address: str | None, message: Any) -> dict[str, Any]:
        message_id = message.get("id") if isinstance(message, dict) else None
        try:
            if not isinstance(message, dict) or message.get("t") != "msg":
                raise Refusal("bad_message")
            return await self._door.accept(visitor, address, message)
        except Refusal as refusal:
            return refusal.as_event(message_id)

    async def _send_events(self, socket: web.WebSocketResponse, visitor: str, last: int) -> None:
        door = self._door
        async for events in streams.follow(door.pool, door.listener, CHANNEL, visitor, last):
            for event in events:
                await _write(socket, render_event(event))

    async def _send_typing(self, socket: web.WebSocketResponse, visitor: str) -> None:
        key = user_key(CHANNEL, visitor)
        with self._door.listener.subscribed(TURN, key=key) as claimed:
            while True:
                typing = await wait(claimed, ALIVE_SECONDS)
                await _write(socket, {"t": "typing" if typing else "alive"})


def _failed(task: asyncio.Task[None]) -> bool:
    """Whether the part ended by an error that is ours; a client that is slow or gone is none."""
    error = task.exception()
    if error is None or isinstance(error, ConnectionError | TimeoutError):
        return False
    log.error("socket.failed", exc_info=error)
    return True


async def _write(socket: web.WebSocketResponse, event: dict[str, Any]) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await socket.send_json(event)


def _parsed(frame: WSMessage) -> Any:
    if frame.type is WSMsgType.TEXT:
        with suppress(ValueError, RecursionError):
            return json.loads(frame.data)
    return None
