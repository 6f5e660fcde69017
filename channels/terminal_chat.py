"""The command ``xiaoshui chat``: for a person at the keyboard, or, as JSON, for a script."""

import asyncio
import io
import json
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TextIO

import psycopg
from psycopg_pool import PoolTimeout

from channels import heartbeat
from channels.abilities import CHANNELS
from channels.database import open_pool
from channels.delivery import RENDERERS
from channels.listening import Listener
from channels.messages import Reply
from channels.sms.render import Sms
from channels.streams import Event
from channels.telegram.render import TelegramMessage, TelegramPhoto
from channels.terminal import TerminalDoor
from channels.texts import text

LATE_SECONDS = 2.0  # what is pushed so soon after an answer belongs to it
LOOK_SECONDS = 0.3
AUTHORS = {"bot": "小水", "agent": "坐席", "system": "通知"}


async def chat(database_url: str, name: str | None, channel: str, new: bool, as_json: bool) -> int:
    """Talk until the input ends; the exit code. 1, with a sentence, when nothing is running."""
    if channel not in CHANNELS:
        return _fail(f"没有「{channel}」这个渠道，可选：{'、'.join(CHANNELS)}。")
    try:
        async with _door(database_url, channel, name) as door:
            await door.start(new=new)
            lines = _lines(sys.stdin)
            await (_script(door, lines) if as_json else _keyboard(door, lines))
    except (psycopg.OperationalError, PoolTimeout, NotRunning):
        return _fail(text("not_running"))
    except TimeoutError:
        return _fail(text("unavailable"))
    return 0


class NotRunning(Exception):
    """No worker lives that could answer."""


class BadLine(ValueError):
    """A line that begins like JSON and is not ``{"say": "some text"}``."""


@asynccontextmanager
async def _door(database_url: str, channel: str, name: str | None) -> AsyncIterator[TerminalDoor]:
    (await psycopg.AsyncConnection.connect(database_url, connect_timeout=5)).pgconn.finish()
    pool = await open_pool(database_url, max_size=2)
    listener = Listener(database_url)
    try:
        if not await heartbeat.workers_alive(pool):
            raise NotRunning
        await listener.start()
        yield TerminalDoor(pool, listener, channel, name)
    finally:
        await listener.stop()
        await pool.close()


async def _script(door: TerminalDoor, lines: "asyncio.Queue[str | None]") -> None:
    """One JSON line out for each line in, once answered and the next is there or 2 s passed.

    A line that is no message gets a line with its ``error``; a blank one is no line.
    """
    line = await lines.get()
    while line is not None:
        try:
            said = _said(line)
        except BadLine:
            refused = {"say": line.strip(), "replies": [], "error": text("bad_line")}
            _write(json.dumps(refused, ensure_ascii=False))
            said = ""
        if not said:
            line = await lines.get()
            continue
        received = await door.say(said)
        await door.answered(received)
        following = asyncio.create_task(lines.get())
        await _next_or_late(following)
        conversation = await door.conversation()
        owner = conversation[1] if conversation else "closed"
        replies = [_as_json(event.reply) for event in await door.collect()]
        turn = {"say": said, "replies": replies, "owner": owner}
        _write(json.dumps({**turn, "conversation": received.conversation_id}, ensure_ascii=False))
        line = await following


async def _next_or_late(following: "asyncio.Task[str | None]") -> None:
    """Return when the next line is there, or after a while; the end of input is no line."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LATE_SECONDS
    await asyncio.wait({following}, timeout=LATE_SECONDS)
    if following.done() and following.result() is None:
        await asyncio.sleep(max(0.0, until - loop.time()))


async def _keyboard(door: TerminalDoor, lines: "asyncio.Queue[str | None]") -> None:
    """Show what comes as it comes, also while nobody types."""
    following = asyncio.create_task(lines.get())
    while True:
        await asyncio.wait({following}, timeout=LOOK_SECONDS)
        for event in await door.collect():
            _write(as_shown(door.channel, event))
        if not following.done():
            continue
        line = following.result()
        if line is None:
            return
        if line.strip():
            await _ask(door, line.strip())
        following = asyncio.create_task(lines.get())


async def _ask(door: TerminalDoor, said: str) -> None:
    await door.answered(await door.say(said))
    for event in await door.collect():
        _write(as_shown(door.channel, event))
    conversation = await door.conversation()
    if conversation and conversation[1] in ("queue", "agent"):
        _write("（人工服务中）")


def as_shown(channel: str, event: Event) -> str:
    """The reply as the channel would show it, as text."""
    if channel in RENDERERS:
        shown = "\n".join(_part(part) for part in RENDERERS[channel](event.reply))
    else:
        shown = _with_buttons(event.reply)
    return f"{AUTHORS[event.author]}：{shown}"


def _part(part: object) -> str:
    if isinstance(part, Sms):
        return part.text
    if isinstance(part, TelegramPhoto):
        return f"{part.caption} {part.url}"
    if isinstance(part, TelegramMessage):
        return "\n".join((part.text, *(part.link or ()), _buttons(part.keyboard))).strip()
    return str(part)


def _with_buttons(reply: Reply) -> str:
    picture = f"{reply.image.description} {reply.image.url}" if reply.image else ""
    link = f"{reply.link.title} {reply.link.url}" if reply.link else ""
    titles = tuple(option.title for option in reply.options)
    return "\n".join(part for part in (reply.text, picture, link, _buttons(titles)) if part)


def _buttons(titles: tuple[str, ...]) -> str:
    return " ".join(f"[{title}]" for title in titles)


def _as_json(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "options": [option.title for option in reply.options],
        "link": reply.link.url if reply.link else None,
        "image": reply.image.url if reply.image else None,
    }


def _said(line: str) -> str:
    """A line is what is said, or ``{"say": …}``; '' for a blank one. Raises BadLine."""
    if not line.lstrip().startswith("{"):
        return line.strip()
    try:
        say = json.loads(line)["say"].strip()
        say.encode()  # half of a surrogate pair is no text
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise BadLine from None
    if not say:
        raise BadLine
    return say


def _lines(source: TextIO) -> "asyncio.Queue[str | None]":
    """The lines of the source as they come, then None; read by a thread that holds up nobody.

    Bytes that are no UTF-8 become U+FFFD, as a customer's garbled message would.
    """
    if isinstance(source, io.TextIOWrapper):
        source.reconfigure(encoding="utf-8", errors="replace")
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop ended before the input did
            for line in source:
                loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return queue


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1
