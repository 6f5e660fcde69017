"""One conversation: its whole history, why it is here, and its customer."""

import secrets

from aiohttp import web

from channels.desk import colleagues, history, panel, recap
from channels.desk.composing import room_of
from channels.desk.labels import labels
from channels.desk.marks import marks_of
from channels.desk.parts import (
    caller_of,
    conversation_of,
    page,
    parts_of,
    staff_of,
)

LOOKED_AT_FOR_MARKS = 5
AGAIN = 20  # numbers before a page's newest line, whose state may have changed meanwhile


async def conversation(request: web.Request) -> web.StreamResponse:
    parts, found = parts_of(request), conversation_of(request)
    before = _number(request.query.get("before")) or history.END_OF_TIME
    lines = await history.read(parts.pool, found.channel, found.channel_user, before=before)
    said = [line.reply.text for line in lines if line.author == "user"][-LOOKED_AT_FOR_MARKS:]
    return page(
        request,
        "conversation.html",
        conversation=found,
        mine=found.held_by(staff_of(request).name),
        others=await _others(request),
        lines=lines,
        oldest=lines[0].seq if len(lines) == history.PAGE else None,
        recap=await recap.read(parts.pool, found.conversation_id, parts.flow_titles),
        marks=marks_of(said, found.reason),
        room=room_of(found.channel),
        canned=[
            {**one, "text": one["text"].replace("{name}", staff_of(request).name)}
            for one in labels()["canned"]
        ],
        key=secrets.token_hex(16),
    )


async def lines(request: web.Request) -> web.StreamResponse:
    """What came after ``after``, and what shortly before it may have changed."""
    found = conversation_of(request)
    after = max(0, _number(request.query.get("after")) - AGAIN)
    fresh = await history.read(
        parts_of(request).pool, found.channel, found.channel_user, after=after
    )
    return page(request, "lines.html", lines=fresh)


async def head(request: web.Request) -> web.StreamResponse:
    """Whose it is, and what can be done with it now."""
    found = conversation_of(request)
    mine = found.held_by(staff_of(request).name)
    others = await _others(request)
    return page(request, "head.html", conversation=found, mine=mine, others=others)


async def customer_panel(request: web.Request) -> web.StreamResponse:
    """The customer's accounts and orders as billing has them now."""
    found = conversation_of(request)
    seen = await panel.read(parts_of(request).billing, caller_of(request))
    return page(
        request,
        "panel.html",
        conversation=found,
        panel=seen,
        mine=found.held_by(staff_of(request).name),
        key=secrets.token_hex(16),
    )


async def _others(request: web.Request) -> list[str]:
    """Whom a conversation can be passed on to: everybody else who is logged in."""
    me = staff_of(request).name
    everybody = await colleagues.all_of(parts_of(request).pool)
    return [one.name for one in everybody if one.used_at and one.name != me]


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 19 else 0
