"""A conversation changes hands: claimed, passed on, back to the queue or the bot, closed.

The customer is told in the same transaction. Of two who try at once one succeeds, and the
other is told who has it.
"""

from dataclasses import replace

from aiohttp import web

from channels import ownership
from channels.desk import colleagues, tickets
from channels.desk.parts import DeskRefused, conversation_of, parts_of, staff_of
from channels.desk.tickets import Ticket
from channels.messages import Reply
from channels.ownership import Change, Ownership, TransitionRefused
from channels.texts import text

QUEUE_PAGE = "/desk"


async def claim(request: web.Request) -> web.StreamResponse:
    """From the queue, or from the bot in the middle of its conversation."""
    pool, found, me = parts_of(request).pool, conversation_of(request), staff_of(request).name
    ticket = await tickets.waiting(pool, found.conversation_id)
    await _change(request, _taken_by(me, ticket))
    await tickets.pick_up(pool, found.conversation_id, me)
    return _to_conversation(request)


async def step_in(request: web.Request) -> web.StreamResponse:
    """A supervisor takes a conversation from whoever has it."""
    await _change(request, replace(_taken_by(staff_of(request).name), steps_in=True))
    return _to_conversation(request)


async def pass_on(request: web.Request) -> web.StreamResponse:
    """To a colleague by name."""
    name = str((await request.post()).get("colleague", ""))
    if not await colleagues.is_there(parts_of(request).pool, name):
        raise DeskRefused("no_such_staff")
    notice = Reply(text("desk_passed_on").format(name=name), author="system")
    wanted = Change("agent", "transferred", agent=name, notice=notice, steps_in=True)
    await _change(request, wanted, as_shown=True)
    return _to_conversation(request)


async def back_to_queue(request: web.Request) -> web.StreamResponse:
    notice = Reply(text("desk_back_to_queue"), author="system")
    await _change(request, Change("queue", "returned", notice=notice), as_shown=True)
    raise web.HTTPSeeOther(QUEUE_PAGE)


async def back_to_bot(request: web.Request) -> web.StreamResponse:
    notice = Reply(text("desk_back_to_bot"), author="system")
    await _change(request, Change("bot", notice=notice), as_shown=True)
    raise web.HTTPSeeOther(QUEUE_PAGE)


async def close(request: web.Request) -> web.StreamResponse:
    notice = Reply(text("desk_closed"), author="system")
    await _change(request, Change("closed", notice=notice), as_shown=True)
    raise web.HTTPSeeOther(QUEUE_PAGE)


def _taken_by(name: str, ticket: Ticket | None = None) -> Change:
    said = text("desk_claimed").format(name=name)
    if ticket is not None:
        said = text("desk_claimed_ticket").format(name=name, number=ticket.number)
    return Change("agent", agent=name, notice=Reply(said, author="system"))


async def _change(request: web.Request, wanted: Change, *, as_shown: bool = False) -> None:
    """``as_shown``: only while the owner is still the one whom the guard has let pass."""
    found, me = conversation_of(request), staff_of(request).name
    expected = found.owner_number if as_shown else None
    try:
        await ownership.change(
            parts_of(request).pool,
            found.conversation_id,
            replace(wanted, changed_by=me),
            expected,
        )
    except TransitionRefused as refused:
        if not _is_mine_already(refused.now, wanted, me):
            raise _sentence(refused.now) from None


def _is_mine_already(now: Ownership | None, wanted: Change, me: str) -> bool:
    """Pressed twice: what was wanted is so."""
    return now is not None and wanted.owner == now.owner == "agent" and now.agent == me


def _sentence(now: Ownership | None) -> DeskRefused:
    if now is not None and now.owner == "closed":
        return DeskRefused("ended")
    if now is not None and now.agent:
        return DeskRefused("taken", agent=now.agent)
    return DeskRefused("changed_hands")


def _to_conversation(request: web.Request) -> web.Response:
    path = f"/desk/conversations/{conversation_of(request).conversation_id}"
    return web.Response(status=303, headers={"Location": path})
