"""Who may use which of the desk's addresses. One rule a route; a route without one is a fault.

The guard runs before every handler: session, role, the form's token and origin, and whether
the conversation is this member of staff's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from channels.desk import conversations, sessions
from channels.desk.labels import sentence
from channels.desk.parts import CONVERSATION, SESSION, DeskRefused, is_live, page, parts_of
from channels.desk.staff import Role
from channels.web.refusals import Refusal

COOKIE = "xiaoshui_desk"
CSRF_FIELD = "csrf"
CONVERSATION_ID = "conversation_id"


@dataclass(frozen=True)
class Rule:
    """``role`` None: without logging in. A supervisor may do what an agent may.

    ``holds``: only who owns the conversation. ``in_use``: it keeps the session from idling.
    """

    role: Role | None
    holds: bool = False
    in_use: bool = True


ANYBODY = Rule(None)
AGENT = Rule("agent")
FETCHED_BY_PAGES = Rule("agent", in_use=False)
OWN_CONVERSATION = Rule("agent", holds=True)
SUPERVISOR = Rule("supervisor")

RULES: Mapping[str, Rule] = {
    "static": ANYBODY,
    "login": ANYBODY,
    "log_in": ANYBODY,
    "log_out": AGENT,
    "queue": AGENT,
    "board": FETCHED_BY_PAGES,
    "with_bot": AGENT,
    "news": FETCHED_BY_PAGES,
    "conversation": AGENT,
    "lines": FETCHED_BY_PAGES,
    "head": FETCHED_BY_PAGES,
    "panel": FETCHED_BY_PAGES,
    "claim": AGENT,
    "note": AGENT,
    "search": AGENT,
    "reply": OWN_CONVERSATION,
    "back_to_bot": OWN_CONVERSATION,
    "back_to_queue": OWN_CONVERSATION,
    "pass_on": OWN_CONVERSATION,
    "close": OWN_CONVERSATION,
    "payment_link": OWN_CONVERSATION,
    "service_order": OWN_CONVERSATION,
    "step_in": SUPERVISOR,
    "colleagues": SUPERVISOR,
    "unlock": SUPERVISOR,
}


class RuleMissing(RuntimeError):
    """A route was added without saying who may use it."""


def check_every_route_has_a_rule(application: web.Application) -> None:
    """Raises ``RuleMissing``; called when the desk is put together."""
    for route in application.router.routes():
        if route.name not in RULES:
            raise RuleMissing(f"{route.method} {route.resource}: no rule for {route.name!r}")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        name = request.match_info.route.name
        if name is not None:  # else there is no such page
            await _admit(request, RULES[name])
        return await handler(request)
    except DeskRefused as refused:
        return _told(request, refused.message, refused.status)
    except Refusal:
        return _told(request, sentence("foreign_form"), 403)


async def _admit(request: web.Request, rule: Rule) -> None:
    changes = request.method not in (hdrs.METH_GET, hdrs.METH_HEAD)
    parts = parts_of(request)
    parts.origins.check(request, required=changes)
    session = await sessions.find(parts.pool, request.cookies.get(COOKIE), in_use=rule.in_use)
    if session is not None:
        request[SESSION] = session
    if rule.role is None:
        return
    if session is None:
        raise _log_in_first(request)
    if changes and not session.csrf_fits((await request.post()).get(CSRF_FIELD)):
        raise DeskRefused("foreign_form", 403)
    if rule.role == "supervisor" and session.staff.role != "supervisor":
        raise DeskRefused("not_yours_to_see", 403)
    if CONVERSATION_ID in request.match_info:
        await _find_conversation(request, rule, session.staff.name)


async def _find_conversation(request: web.Request, rule: Rule, staff_name: str) -> None:
    found = await conversations.find(parts_of(request).pool, request.match_info[CONVERSATION_ID])
    if found is None:
        raise DeskRefused("no_conversation", 404)
    if rule.holds and not found.held_by(staff_name):
        raise DeskRefused("ended" if found.owner == "closed" else "not_yours", 409)
    request[CONVERSATION] = found


def _log_in_first(request: web.Request) -> Exception:
    if is_live(request) or request.method != hdrs.METH_GET:
        return DeskRefused("logged_out", 401)
    return web.HTTPSeeOther("/desk/login")


def _told(request: web.Request, message: str, status: int) -> web.Response:
    """One sentence: plain for the page's script, on a page of its own otherwise."""
    if is_live(request):
        return web.Response(text=message, status=status)
    return page(request, "sorry.html", status=status, message=message)
