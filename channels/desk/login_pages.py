"""Logging in and out."""

from aiohttp import web

from channels.desk import sessions, staff
from channels.desk.labels import sentence
from channels.desk.parts import SESSION, page, parts_of
from channels.desk.rights import COOKIE

COOKIE_PATH = "/desk"


async def login(request: web.Request) -> web.StreamResponse:
    if SESSION in request:
        raise web.HTTPSeeOther("/desk")
    return page(request, "login.html", message="", name="")


async def log_in(request: web.Request) -> web.StreamResponse:
    """A session and its cookie; one sentence for whatever was wrong."""
    form = await request.post()
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    parts = parts_of(request)
    if parts.logins.wait_for(request.remote or ""):
        return page(request, "login.html", 429, message=sentence("too_fast"), name=name)
    member = None
    if staff.NAME.fullmatch(name):
        member = await staff.check(parts.pool, name, password, demo_too=parts.demo)
    if member is None:
        return page(request, "login.html", 401, message=sentence("wrong_password"), name=name)
    session = await sessions.begin(parts.pool, member)
    response = web.Response(status=303, headers={"Location": "/desk"})
    response.set_cookie(
        COOKIE, session.token, path=COOKIE_PATH, httponly=True, samesite="Strict",
        secure=parts.secure,
    )  # fmt: skip
    return response


async def log_out(request: web.Request) -> web.StreamResponse:
    await sessions.end(parts_of(request).pool, request[SESSION])
    response = web.Response(status=303, headers={"Location": "/desk/login"})
    response.del_cookie(COOKIE, path=COOKIE_PATH)
    return response
