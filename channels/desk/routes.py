"""The desk's addresses, and how it is put on the gateway under ``/desk``."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from billing_client.back_office import BackOffice
from billing_client.client import BillingClient
from channels.database import Pool
from channels.desk import (
    business,
    colleagues,
    conversation_pages,
    handing_over,
    labels,
    login_pages,
    news,
    notes,
    queue_pages,
    replying,
    search_pages,
    watch,
    wording,
)
from channels.desk.board import BoardWatch
from channels.desk.parts import PARTS, Parts
from channels.desk.rights import check_every_route_has_a_rule, guard
from channels.desk.rules import Rules
from channels.listening import Listener, being_cancelled
from channels.web.door import Origins
from channels.web.limits import Buckets, Rate

HERE = Path(__file__).parent
LOGIN_TRIES = Rate(20, 0.5)  # from one network address, which may be a whole office
RESTART_SECONDS = 1.0
OF_ONE = "/conversations/{conversation_id}"

ROUTES = (
    web.get("/login", login_pages.login, name="login"),
    web.post("/login", login_pages.log_in, name="log_in"),
    web.post("/logout", login_pages.log_out, name="log_out"),
    web.get("", queue_pages.queue, name="queue"),
    web.get("/board", queue_pages.board_only, name="board"),
    web.get("/with-bot", queue_pages.with_bot, name="with_bot"),
    web.get("/search", search_pages.search, name="search"),
    web.get("/news", news.news, name="news"),
    web.get(OF_ONE, conversation_pages.conversation, name="conversation"),
    web.get(f"{OF_ONE}/lines", conversation_pages.lines, name="lines"),
    web.get(f"{OF_ONE}/head", conversation_pages.head, name="head"),
    web.get(f"{OF_ONE}/panel", conversation_pages.customer_panel, name="panel"),
    web.post(f"{OF_ONE}/claim", handing_over.claim, name="claim"),
    web.post(f"{OF_ONE}/step-in", handing_over.step_in, name="step_in"),
    web.post(f"{OF_ONE}/pass-on", handing_over.pass_on, name="pass_on"),
    web.post(f"{OF_ONE}/back-to-queue", handing_over.back_to_queue, name="back_to_queue"),
    web.post(f"{OF_ONE}/back-to-bot", handing_over.back_to_bot, name="back_to_bot"),
    web.post(f"{OF_ONE}/close", handing_over.close, name="close"),
    web.post(f"{OF_ONE}/reply", replying.reply, name="reply"),
    web.post(f"{OF_ONE}/note", notes.note, name="note"),
    web.post(f"{OF_ONE}/payment-link", business.payment_link, name="payment_link"),
    web.post(f"{OF_ONE}/service-order", business.service_order, name="service_order"),
    web.get("/colleagues", colleagues.show, name="colleagues"),
    web.post("/colleagues/unlock", colleagues.unlock, name="unlock"),
    web.static("/static", HERE / "static", name="static"),
)

log = structlog.get_logger(__name__)


def desk_application(
    pool: Pool,
    listener: Listener,
    billing: BillingClient,
    *,
    public_url: str,
    production: bool,
    flow_titles: Mapping[str, str],
    rules: Rules | None,
    office: BackOffice | None = None,
) -> web.Application:
    """The desk, to be mounted under ``/desk``; with ``rules`` None another process keeps the watch.

    Raises ``RuleMissing``.
    """
    public = urlsplit(public_url)
    application = web.Application(middlewares=[guard])
    application[PARTS] = Parts(
        pool=pool,
        listener=listener,
        billing=billing,
        office=office,
        board=BoardWatch(pool, listener),
        origins=Origins(frozenset({f"{public.scheme}://{public.netloc}"}), not production),
        logins=Buckets(LOGIN_TRIES),
        flow_titles=flow_titles,
        secure=public.scheme == "https",
        demo=not production,
    )
    application[news.SOCKETS] = weakref.WeakSet()
    application.add_routes(ROUTES)
    _set_up_templates(application)
    application.on_shutdown.append(news.close_all)
    board = application[PARTS].board
    application.cleanup_ctx.append(_kept_up("board", board.run))
    if rules is not None:
        application.cleanup_ctx.append(_kept_up("watch", lambda: watch.run(pool, rules)))
    check_every_route_has_a_rule(application)
    return application


def _set_up_templates(application: web.Application) -> None:
    aiohttp_jinja2.setup(
        application,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment = aiohttp_jinja2.get_env(application)
    for name in ("yuan", "cubic_metres", "price", "clock", "day", "month", "waited"):
        environment.filters[name] = getattr(wording, name)
    environment.globals["customer_name"] = wording.customer_name
    environment.globals["label"] = labels.label


def _kept_up(
    name: str, work: Callable[[], Coroutine[Any, Any, None]]
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_for_ever(name, work))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return running


async def _for_ever(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while not being_cancelled():
        try:
            await work()
        except Exception:
            log.exception("desk.background_failed", name=name)
        await asyncio.sleep(RESTART_SECONDS)
