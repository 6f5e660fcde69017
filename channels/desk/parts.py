"""What the desk's pages stand on, and the words they render with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp_jinja2
from aiohttp import hdrs, web

from billing_client.back_office import BackOffice
from billing_client.client import BillingClient
from billing_client.views import Caller
from channels.database import Pool
from channels.desk.board import BoardWatch
from channels.desk.conversations import Conversation
from channels.desk.labels import sentence
from channels.desk.sessions import Session
from channels.desk.staff import Staff
from channels.listening import Listener
from channels.web.door import Origins
from channels.web.limits import Buckets

# With the gateway's own "no-referrer" browsers send forms with "Origin: null" (Fetch standard,
# "append a request Origin header"), and the guard would take them for another site's.
REFERRER_POLICY = "same-origin"
LIVE_HEADER = "X-Desk-Live"  # set by the page's script: it wants a fragment, or plain words


@dataclass(frozen=True)
class Parts:
    """``flow_titles``: what the bot's tasks are called. ``demo``: demo staff may log in.

    ``office``: None with a core of the utility's own.
    """

    pool: Pool
    listener: Listener
    billing: BillingClient
    office: BackOffice | None
    board: BoardWatch
    origins: Origins
    logins: Buckets
    flow_titles: Mapping[str, str]
    secure: bool
    demo: bool


PARTS: web.AppKey[Parts] = web.AppKey("desk_parts")
SESSION = web.RequestKey("desk_session", Session)
CONVERSATION = web.RequestKey("desk_conversation", Conversation)


class DeskRefused(Exception):
    """Not done; ``code`` names the sentence that staff read."""

    def __init__(self, code: str, status: int = 409, **blanks: object) -> None:
        super().__init__(code)
        self.status = status
        self.message = sentence(code, **blanks)


def parts_of(request: web.Request) -> Parts:
    return request.app[PARTS]


def staff_of(request: web.Request) -> Staff:
    return request[SESSION].staff


def conversation_of(request: web.Request) -> Conversation:
    """The conversation that the address names; the guard has found it."""
    return request[CONVERSATION]


def caller_of(request: web.Request) -> Caller:
    """The customer of the conversation, asked for by this member of staff."""
    conversation = conversation_of(request)
    return Caller(
        conversation.channel,
        conversation.channel_user,
        conversation.conversation_id,
        staff=staff_of(request).name,
    )


def is_live(request: web.Request) -> bool:
    return LIVE_HEADER in request.headers


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """The template with these values, and who is logged in; never kept by the browser."""
    session = request.get(SESSION)
    context = {"session": session, "csrf": session.csrf if session else "", **values}
    context.setdefault("now", datetime.now(UTC))
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["Referrer-Policy"] = REFERRER_POLICY
    return response
