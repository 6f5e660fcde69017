"""Faults of a simulator's interface: no answer, a late one, or none although all was done."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.simulator.faults import SLOW_SECONDS, Fault, armed, strikes


def middleware(engine: AsyncEngine, simulator: str):
    """The outermost one: what it breaks, nothing inside repairs."""

    async def befalls(knob: Fault) -> bool:
        async with engine.connect() as connection:
            if knob not in await armed(connection, simulator):
                return False
        async with engine.begin() as connection:
            return await strikes(connection, simulator, knob)

    @web.middleware
    async def break_it(request: web.Request, handler: Handler) -> web.StreamResponse:
        if await befalls(Fault.SERVER_ERROR):
            return web.json_response({"code": "SYSTEM_ERROR", "message": "系统错误"}, status=500)
        if await befalls(Fault.SLOW):
            await asyncio.sleep(SLOW_SECONDS)
        answer = await handler(request)
        if await befalls(Fault.TIMEOUT_AFTER_COMMIT) and request.transport is not None:
            request.transport.abort()
        return answer

    return break_it
