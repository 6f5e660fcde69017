"""The queue: who waits, who is with whom, and whom the bot is talking to."""

from aiohttp import web

from channels.desk import board
from channels.desk.board import Board
from channels.desk.parts import page, parts_of, staff_of


async def queue(request: web.Request) -> web.StreamResponse:
    return _shown(request, "queue.html", await board.read(parts_of(request).pool))


async def board_only(request: web.Request) -> web.StreamResponse:
    """The part of the page that changes, fetched at each news by all who look."""
    return _shown(request, "board.html", await parts_of(request).board.newest())


async def with_bot(request: web.Request) -> web.StreamResponse:
    rows = await board.with_bot(parts_of(request).pool)
    return page(request, "with_bot.html", rows=rows)


def _shown(request: web.Request, template: str, newest: Board) -> web.StreamResponse:
    me = staff_of(request).name
    return page(
        request,
        template,
        waiting=newest.waiting,
        tickets=newest.tickets,
        mine=newest.of(me),
        others=newest.of_others(me),
    )
