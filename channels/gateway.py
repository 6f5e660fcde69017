"""The gateway: the one process of a machine that customers, staff and providers reach by HTTP.

It keeps nothing itself: what it takes in is in the database before it is acknowledged.
The outbox's delivery and the watch over waiting customers run in it too.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from channels import delivery, forwarded, heartbeat, security_headers, waiting_customers
from channels.database import Pool, open_pool
from channels.delivery import Adapter
from channels.doors import Door, DoorMaker, Surroundings
from channels.intake import Intake
from channels.listening import Listener, being_cancelled
from channels.sandbox_phone import SandboxPhone
from channels.web.door import Origins, WebDoor
from channels.web.limits import Limits
from channels.web.photos import PhotoFolder
from channels.web.routes import WebRoutes
from channels.web.visitors import Visitors, secret_in

RESTART_SECONDS = 1.0  # of a background task that failed, as when the database is away
SHUTDOWN_SECONDS = 10.0

log = structlog.get_logger(__name__)
Mount = Callable[[web.Application], None]


@dataclass(frozen=True)
class GatewayConfig:
    """``framed_by``: origins ('https://www.…') whose pages may embed the chat.

    ``mounts`` add what other parts show over HTTP (payment pages and notices, the desk);
    ``proxies``: networks whose X-Forwarded-For is believed.
    ``doors`` make the push channels that are switched on, ``adapters`` add ways out without a
    way in. Secrets and photos are kept in ``data_dir``.
    """

    database_url: str
    host: str
    port: int
    public_url: str
    production: bool
    data_dir: Path
    framed_by: tuple[str, ...] = ()
    mounts: Sequence[Mount] = ()
    doors: Sequence[DoorMaker] = ()
    proxies: Sequence[forwarded.Network] = ()
    adapters: Mapping[str, Adapter] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


POOL: web.AppKey[Pool] = web.AppKey("pool")
LISTENER: web.AppKey[Listener] = web.AppKey("listener")


async def create_app(config: GatewayConfig) -> web.Application:
    """The application, with its database connections open; they close with it.

    Raises ``psycopg_pool.PoolTimeout`` when the database does not answer.
    """
    pool = await open_pool(config.database_url)
    listener = Listener(config.database_url)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    middlewares = [forwarded.middleware(config.proxies)] if config.proxies else []
    application = web.Application(middlewares=middlewares)
    application[POOL], application[LISTENER] = pool, listener
    security_headers.add_to(application, config.public_url)
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    photos = PhotoFolder(config.data_dir / "photos")
    _web_routes(config, pool, listener, photos).add_to(application)
    around = Surroundings(pool, listener, photos, Intake(pool), config.public_url)
    doors = [make(around) for make in config.doors]
    for door in doors:
        door.add_to(application)
    if not config.production:
        application.router.add_get("/sandbox/phone", SandboxPhone(pool).page)
    for mount in config.mounts:
        mount(application)
    application.cleanup_ctx.append(_background(config, doors))
    return application


def run(config: GatewayConfig) -> None:
    """Serve until SIGINT or SIGTERM."""
    web.run_app(
        create_app(config),
        host=config.host,
        port=config.port,
        shutdown_timeout=SHUTDOWN_SECONDS,
        access_log=None,
        print=None,
    )


def _is_ours(record: logging.LogRecord) -> bool:
    """Not the tracebacks of what is no HTTP: a stranger could fill the disk with them."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadHttpMessage))


async def healthz(_: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"alive": True})


async def readyz(request: web.Request) -> web.Response:
    """The database answers and a worker lives; 503 while one of them does not."""
    try:
        async with asyncio.timeout(2):
            workers = await heartbeat.workers_alive(request.app[POOL])
    except Exception as error:
        log.warning("gateway.not_ready", error=type(error).__name__)
        return web.json_response({"database": False, "workers": 0}, status=503)
    status = 200 if workers else 503
    return web.json_response({"database": True, "workers": workers}, status=status)


def _web_routes(
    config: GatewayConfig, pool: Pool, listener: Listener, photos: PhotoFolder
) -> WebRoutes:
    public = urlsplit(config.public_url)
    door = WebDoor(
        pool,
        listener,
        Visitors(secret_in(config.data_dir / "secrets")),
        photos,
        Origins(frozenset({f"{public.scheme}://{public.netloc}"}), not config.production),
        config.limits,
    )
    return WebRoutes(
        door,
        public_url=config.public_url,
        framed_by=config.framed_by,
        demo=not config.production,
    )


def _background(
    config: GatewayConfig, doors: Sequence[Door]
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(application: web.Application) -> AsyncIterator[None]:
        pool, listener = application[POOL], application[LISTENER]
        adapters = {**config.adapters, **{door.name: door.adapter for door in doors}}
        await listener.start()
        tasks = [
            asyncio.create_task(_for_ever(lambda: delivery.run(pool, listener, adapters))),
            asyncio.create_task(_for_ever(lambda: waiting_customers.run(pool))),
        ]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for door in doors:
            await door.close()
        await listener.stop()
        await pool.close()

    return running


async def _for_ever(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while not being_cancelled():
        try:
            await work()
        except Exception:
            log.exception("gateway.background_failed")
        await asyncio.sleep(RESTART_SECONDS)
