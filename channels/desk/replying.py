"""An agent's words to the customer: through the outbox, so that each channel renders them."""

import re

from aiohttp import web

from channels import ownership
from channels.desk.composing import ReplyRefused, composed
from channels.desk.parts import DeskRefused, conversation_of, parts_of, staff_of
from channels.messages import Reply
from channels.push import push

KEY = re.compile(r"[0-9a-f]{32}")


async def reply(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        said = composed(str(form.get("text", "")), conversation_of(request).channel)
    except ReplyRefused as refused:
        return web.Response(text=str(refused), status=422)
    await send(request, Reply(said), "reply")
    raise web.HTTPSeeOther(f"/desk/conversations/{conversation_of(request).conversation_id}")


async def send(request: web.Request, what: Reply, purpose: str) -> None:
    """Send in this agent's name while the conversation is this agent's; twice pressed, once sent.

    Raises ``DeskRefused`` when the conversation changed hands meanwhile.
    """
    found, me = conversation_of(request), staff_of(request).name
    named = Reply(what.text, what.options, what.link, what.image, author="agent", name=me)
    pool = parts_of(request).pool
    sent = await push(
        pool,
        named,
        f"desk:{purpose}:{found.conversation_id}:{await key_of(request)}",
        conversation_id=found.conversation_id,
        owner_number=found.owner_number,
    )
    if not sent and not await _still_mine(request):
        raise DeskRefused("changed_hands")


async def key_of(request: web.Request) -> str:
    """The form's own key, made by the page anew for each wish."""
    key = str((await request.post()).get("key", ""))
    if not KEY.fullmatch(key):
        raise DeskRefused("foreign_form", 403)
    return key


async def _still_mine(request: web.Request) -> bool:
    found = conversation_of(request)
    now = await ownership.ownership_of(parts_of(request).pool, found.conversation_id)
    return now.owner_number == found.owner_number
