"""Bills and invoices as PDF, opened by signed links that expire."""

import re
from typing import Protocol

from aiohttp import web

from billing_client.errors import LinkExpired, LinkUnknown

KINDS = ("bill", "invoice")
UNKNOWN = "没有这份文件，请回到对话重新索取。"
EXPIRED = "这个链接已过期，请回到对话说「开发票」或「电子账单」重新索取。"
REFERENCE = re.compile(r"[0-9A-Za-z]{1,40}")


class GivesPapers(Protocol):
    async def paper(self, kind: str, ref: str, token: str) -> bytes: ...


class PaperPage:
    def __init__(self, client: GivesPapers) -> None:
        self._client = client

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/paper/{kind}/{ref}/{token}.pdf", self.pdf)]

    async def pdf(self, request: web.Request) -> web.Response:
        """404 for a link that we did not make, 410 for one whose time is over."""
        found = request.match_info
        kind, ref = found["kind"], found["ref"]
        if kind not in KINDS or not REFERENCE.fullmatch(ref):
            raise web.HTTPNotFound(text=UNKNOWN)
        try:
            made = await self._client.paper(kind, ref, found["token"])
        except LinkExpired as refusal:
            raise web.HTTPGone(text=EXPIRED) from refusal
        except LinkUnknown as refusal:
            raise web.HTTPNotFound(text=UNKNOWN) from refusal
        return web.Response(
            body=made,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{kind}-{ref}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )
