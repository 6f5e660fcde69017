"""The desk's WebSocket: it only says what to fetch again, ``board`` or ``lines``.

The page fetches, so that what is shown is rendered in one place and a lost word costs time,
never a message. The session is looked at again while the socket lives.
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable

from aiohttp import WSCloseCode, web

from channels.desk import conversations, sessions
from channels.desk.parts import SESSION, Parts, parts_of
from channels.listening import INBOX, OUTBOX, being_cancelled, user_key, wait

HEARTBEAT_SECONDS = 25.0
ALIVE_SECONDS = 15.0
WRITE_SECONDS = 20.0
LARGEST_FRAME_BYTES = 1024
LOGGED_OUT = 4003

SOCKETS: web.AppKey[weakref.WeakSet[web.WebSocketResponse]] = web.AppKey("desk_sockets")


async def news(request: web.Request) -> web.StreamResponse:
    """Of the conversation named by ``?conversation=``, else of the board."""
    parts = parts_of(request)
    parts.origins.check(request, required=True)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_FRAME_BYTES)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    jobs: list[Callable[[], Awaitable[None]]] = [
        lambda: _until_left(socket),
        lambda: _watch_session(socket, parts, request[SESSION].token),
    ]
    if named := request.query.get("conversation"):
        jobs.append(lambda: _tell_lines(socket, parts, named))
    else:
        jobs.append(lambda: _tell_board(socket, parts))
    await _first_of(jobs)
    return socket


async def close_all(application: web.Application) -> None:
    """Before a restart: 1012 tells the pages to come back at once."""
    for socket in set(application[SOCKETS]):
        await socket.close(code=WSCloseCode.SERVICE_RESTART)


async def _until_left(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _watch_session(socket: web.WebSocketResponse, parts: Parts, token: str) -> None:
    while await sessions.find(parts.pool, token, in_use=False) is not None:
        await _say(socket, "alive")
        await asyncio.sleep(ALIVE_SECONDS)
    await socket.close(code=LOGGED_OUT)


async def _tell_board(socket: web.WebSocketResponse, parts: Parts) -> None:
    async for _ in parts.board.changes():
        await _say(socket, "board")


async def _tell_lines(socket: web.WebSocketResponse, parts: Parts, conversation_id: str) -> None:
    found = await conversations.find(parts.pool, conversation_id)
    if found is None:
        await asyncio.Event().wait()  # nothing will be said of it
        return
    key = user_key(found.channel, found.channel_user)
    with parts.listener.subscribed(INBOX, OUTBOX, key=key) as changed:
        while not being_cancelled():
            if await wait(changed, ALIVE_SECONDS):
                await _say(socket, "lines")


async def _say(socket: web.WebSocketResponse, what: str) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await socket.send_str(what)


async def _first_of(jobs: list[Callable[[], Awaitable[None]]]) -> None:
    """Run all until one is over, then end the others."""
    tasks = {asyncio.ensure_future(job()) for job in jobs}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
