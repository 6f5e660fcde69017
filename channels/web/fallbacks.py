"""The same conversation without WebSockets: an event stream or long polls, and POST.

The token comes in the Authorization header, so the client reads the stream with
``fetch``: an EventSource could only send it in the address.
"""

import asyncio
import json

from aiohttp import hdrs, web

from channels import streams
from channels.listening import INBOX, OUTBOX, TURN, user_key, wait
from channels.web.door import CHANNEL, WebDoor, json_of, place_of
from channels.web.refusals import Refusal
from channels.web.render import render_event

POLL_SECONDS = 20.0
WRITE_SECONDS = 20.0
STREAM_SECONDS = 600.0  # then the client comes again; a dead one is not kept for ever
# nginx holds back what it can buffer, unless it is told not to (X-Accel-Buffering).
STREAM_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",
}


class Fallbacks:
    def __init__(self, door: WebDoor) -> None:
        self._door = door
        self._tasks: set[asyncio.Task[None]] = set()

    async def post_message(self, request: web.Request) -> web.Response:
        visitor = self._door.visitor_of(request, origin_required=True)
        frame = await json_of(request)
        try:
            return web.json_response(await self._door.accept(visitor, request.remote, frame))
        except Refusal as refusal:
            return refusal.as_response(frame.get("id") if isinstance(frame, dict) else None)

    async def poll(self, request: web.Request) -> web.Response:
        """The events after ``last``, at once or when there are some; [] after 20 s."""
        visitor = self._door.visitor_of(request, origin_required=False)
        last, pool = place_of(request.query.get("last")), self._door.pool
        with self._door.listener.subscribed(INBOX, OUTBOX, key=user_key(CHANNEL, visitor)) as news:
            events = await streams.read(pool, CHANNEL, visitor, last)
            if not events and await wait(news, POLL_SECONDS):
                events = await streams.read(pool, CHANNEL, visitor, last)
        await streams.mark_sent(pool, CHANNEL, visitor, events)
        answer = web.json_response([render_event(event) for event in events])
        answer.headers[hdrs.CACHE_CONTROL] = "no-store"
        return answer

    async def stream(self, request: web.Request) -> web.StreamResponse:
        visitor = self._door.visitor_of(request, origin_required=False)
        last = request.headers.get("Last-Event-ID") or request.query.get("last")
        response = web.StreamResponse(headers=STREAM_HEADERS)
        await response.prepare(request)
        tasks = {
            asyncio.create_task(self._send_events(response, visitor, place_of(last))),
            asyncio.create_task(self._send_typing(response, visitor)),
        }
        self._tasks |= tasks
        try:
            await asyncio.wait(tasks, timeout=STREAM_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tasks -= tasks
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return response

    async def close_all(self) -> None:
        for task in set(self._tasks):
            task.cancel()

    async def _send_events(self, response: web.StreamResponse, visitor: str, last: int) -> None:
        door = self._door
        newest = await streams.newest_seq(door.pool, CHANNEL, visitor)
        await _write(response, f'data: {{"t": "ready", "last": {newest}}}\n\n')
        async for events in streams.follow(door.pool, door.listener, CHANNEL, visitor, last):
            for event in events:
                data = json.dumps(render_event(event), ensure_ascii=False)
                await _write(response, f"id: {event.seq}\ndata: {data}\n\n")

    async def _send_typing(self, response: web.StreamResponse, visitor: str) -> None:
        """Also what keeps proxies from closing a silent stream."""
        with self._door.listener.subscribed(TURN, key=user_key(CHANNEL, visitor)) as claimed:
            while True:
                typing = await wait(claimed, 15)
                await _write(
                    response, 'data: {"t": "typing"}\n\n' if typing else ": still here\n\n"
                )


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(text.encode())
