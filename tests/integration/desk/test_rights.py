"""Who may use what: every route of the desk for every kind of visitor, forged forms, guessing."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import inbox, ownership
from channels.database import Pool
from channels.desk import login_pages, rights, routes, sessions, staff
from channels.desk.rights import RULES, Rule, RuleMissing
from channels.ownership import Change
from tests.integration.channels.conversing import message
from tests.integration.desk.conftest import LogIn
from tests.integration.desk.office import FROM_PAGE, PASSWORD, Browser, hire

pytestmark = pytest.mark.integration
REFUSED = {401, 403, 409}
DESK = [(route.method, route.path, str(route.kwargs["name"])) for route in routes.ROUTES
        if isinstance(route, web.RouteDef)]  # fmt: skip


def _expected(rule: Rule, who: str | None) -> bool:
    """Whether the guard lets this visitor through on a conversation that 小王 owns."""
    if rule.role is None:
        return True
    if who is None or (rule.role == "supervisor" and who != "班长"):
        return False
    return not rule.holds or who == "小王"


@pytest.mark.parametrize("who", [None, "小李", "小王", "班长"])
async def test_every_route_keeps_its_rule(
    pool: Pool, server: TestServer, log_in: LogIn, who: str | None
) -> None:
    browser = await log_in(who) if who else Browser(server)
    for method, path, name in DESK:
        if name in ("log_out", "news"):  # ends the session; a socket, tried elsewhere
            continue
        conversation = (await inbox.receive(pool, message(user=name))).conversation_id
        await ownership.change(pool, conversation, Change("agent", agent="小王"))
        address = "/desk" + path.replace("{conversation_id}", conversation)
        answer = await (browser.get(address) if method == "GET" else browser.post(address))
        to_login = answer.status == 303 and answer.headers["Location"] == "/desk/login"
        passed = not to_login and (answer.status not in (401, 403) or name in ("login", "log_in"))
        if RULES[name].holds and who is not None:
            passed = "现在不归您" not in await answer.text()
        # A form without its fields is refused after the guard, for that reason alone.
        if answer.status == 403 and "页面已过期" in await answer.text():
            passed = who is not None
        assert passed == _expected(RULES[name], who), (who, method, path, answer.status)
    await browser.close()


def test_a_new_route_without_a_rule_fails() -> None:
    application = web.Application()
    application.router.add_get("/new", login_pages.login, name="new")
    with pytest.raises(RuleMissing, match="/new"):
        rights.check_every_route_has_a_rule(application)
    assert {name for _, _, name in DESK} | {"static"} == set(RULES)


async def test_forged_forms_change_nothing(pool: Pool, log_in: LogIn) -> None:
    conversation = (await inbox.receive(pool, message())).conversation_id
    li, wang = await log_in("小李"), await log_in("小王")
    address = f"/desk/conversations/{conversation}/claim"
    forged = (
        ({"csrf": ""}, FROM_PAGE),
        ({"csrf": wang.csrf}, FROM_PAGE),
        ({}, FROM_PAGE),
        ({"csrf": li.csrf}, {"Origin": "https://evil.example"}),
        ({"csrf": li.csrf}, {"Origin": "null"}),
        ({"csrf": li.csrf}, {}),
    )
    for form, headers in forged:
        answer = await li.client.post(address, data=form, headers=headers, allow_redirects=False)
        assert answer.status == 403
    assert (await ownership.ownership_of(pool, conversation)).owner == "bot"
    evil = {"Origin": "https://evil.example"}
    assert (await li.client.get("/desk/news", headers=evil)).status == 403
    stolen = {"name": "小李", "password": PASSWORD}
    assert (await li.client.post("/desk/login", data=stolen, headers=evil)).status == 403


async def test_the_cookie_is_the_browsers_alone_and_ends(pool: Pool, log_in: LogIn) -> None:
    browser = await log_in("小李")
    answer = await browser.post("/desk/login", name="小李", password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/desk"))
    page = await browser.get("/desk")
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    async with pool.connection() as connection:
        idle = "UPDATE channels.staff_session SET used_at = now() - make_interval(mins => %s)"
        await connection.execute(idle, (sessions.IDLE_MINUTES,))
    gone = await browser.get("/desk")
    assert (gone.status, gone.headers["Location"]) == (303, "/desk/login")


async def test_looking_by_itself_keeps_no_session_alive(pool: Pool, log_in: LogIn) -> None:
    browser = await log_in("小李")
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE channels.staff_session SET used_at = now() - interval '10 minutes'"
        )
        query = "SELECT used_at > now() - interval '1 minute' FROM channels.staff_session"
        for path, used in (("/desk/board", False), ("/desk", True)):
            assert (await browser.get(path)).status == 200
            assert await (await connection.execute(query)).fetchone() == (used,)


async def test_five_wrong_tries_lock_even_all_at_once(pool: Pool, log_in: LogIn) -> None:
    guesses = [staff.check(pool, "小王", f"wrong {n}", demo_too=False) for n in range(12)]
    assert not any(await asyncio.gather(*guesses))
    assert await staff.check(pool, "小王", PASSWORD, demo_too=False) is None, "locked"
    chief = await log_in("班长")
    assert "已锁定" in await (await chief.get("/desk/colleagues")).text()
    assert (await chief.post("/desk/colleagues/unlock", name="小王")).status == 303
    assert await staff.check(pool, "小王", PASSWORD, demo_too=False) is not None


async def test_passwords_are_kept_as_argon2id_and_demo_staff_stays_in_the_demo(pool: Pool) -> None:
    await staff.add(pool, "小张", "agent", "a good password", demo=True)
    async with pool.connection() as connection:
        query = "SELECT password_hash FROM channels.staff WHERE staff_name = '小张'"
        row = await (await connection.execute(query)).fetchone()
    assert row is not None and str(row[0]).startswith("$argon2id$")
    assert await staff.check(pool, "小张", "a good password", demo_too=True) is not None
    assert await staff.check(pool, "小张", "a good password", demo_too=False) is None
    for name, password in (("小张", "a good password"), ("", "a good password"), ("小赵", "short")):
        with pytest.raises(staff.StaffRefused):
            await staff.add(pool, name, "agent", password)


async def test_who_left_is_logged_out(pool: Pool, log_in: LogIn) -> None:
    await hire(pool, "小周", "agent")
    browser = await log_in("小周")
    await staff.dismiss(pool, "小周")
    assert (await browser.get("/desk")).status == 303
    assert await staff.check(pool, "小周", PASSWORD, demo_too=False) is None
