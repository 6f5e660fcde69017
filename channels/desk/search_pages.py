"""The page of search: one field for everything."""

from aiohttp import web

from channels.desk import searching
from channels.desk.customer_matching import fits
from channels.desk.parts import Parts, page, parts_of
from channels.desk.searching import Found

CUSTOMERS_LOOKED_AT = 5000  # with the newest conversations; older ones by account number alone


async def search(request: web.Request) -> web.StreamResponse:
    words = request.query.get("q", "").replace("\0", "").strip()[: searching.LONGEST_WORDS]
    found = await _found(parts_of(request), words) if words else []
    return page(request, "search.html", words=words, found=found)


async def _found(parts: Parts, words: str) -> list[Found]:
    of_customers: list[Found] = []
    if parts.office is not None:
        newest = await searching.newest_users(parts.pool, CUSTOMERS_LOOKED_AT)
        customers = [
            *await parts.office.customers_of_account(words),
            *[one for one in await parts.office.customers_of(newest) if fits(one, words)],
        ]
        users = list(dict.fromkeys((one.channel, one.channel_user) for one in customers))
        of_customers = await searching.of_users(parts.pool, users)
    return searching.once_each([*of_customers, *await searching.said(parts.pool, words)])
