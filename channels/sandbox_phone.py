"""The demo's phone: the last SMS that the sandbox "sent". Never mounted in production."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader

from channels.database import Pool

CITY_TIME = ZoneInfo("Asia/Shanghai")
TEMPLATES = Path(__file__).parent / "templates"

LAST = """
SELECT phone, text, sent_at FROM billing.sandbox_sms
 WHERE %(phone)s = '' OR phone = %(phone)s
 ORDER BY sent_at DESC, sms_id DESC LIMIT 20
"""


@dataclass(frozen=True)
class _Sms:
    phone: str
    text: str
    sent_at: str


class SandboxPhone:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
        self._page = templates.get_template("phone.html")

    async def page(self, request: web.Request) -> web.Response:
        """All phones' messages, newest first, or those of ``?phone=``."""
        phone = request.query.get("phone", "").strip().replace("\0", "")
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(LAST, {"phone": phone})).fetchall()
        messages = [
            _Sms(number, text, sent_at.astimezone(CITY_TIME).strftime("%m-%d %H:%M:%S"))
            for number, text, sent_at in rows
        ]
        return web.Response(
            text=self._page.render(phone=phone, messages=messages),
            content_type="text/html",
            headers={hdrs.CACHE_CONTROL: "no-store"},
        )
