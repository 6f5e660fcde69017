"""The chart of an account's use, opened by a signed link."""

from typing import Protocol

from aiohttp import web

from billing_client.errors import BillingRefusal


class DrawsUsage(Protocol):
    async def usage_chart(self, account_no: str, signature: str) -> str: ...

    async def usage_chart_png(self, account_no: str, signature: str) -> bytes | None: ...


class ChartPage:
    def __init__(self, client: DrawsUsage) -> None:
        self._client = client

    async def usage(self, request: web.Request) -> web.Response:
        """SVG; 404 for a link that we did not make."""
        found = request.match_info
        try:
            picture = await self._client.usage_chart(found["account_no"], found["signature"])
        except BillingRefusal as refusal:
            raise web.HTTPNotFound(text="没有这张图，请回到对话重新查询。") from refusal
        return web.Response(
            text=picture,
            content_type="image/svg+xml",
            headers={"Cache-Control": "private, max-age=300"},
        )

    async def picture(self, request: web.Request) -> web.Response:
        """PNG; 404 for a link that we did not make, and where no Chinese font is installed."""
        found = request.match_info
        try:
            drawn = await self._client.usage_chart_png(found["account_no"], found["signature"])
        except BillingRefusal as refusal:
            raise web.HTTPNotFound(text="没有这张图，请回到对话重新查询。") from refusal
        if drawn is None:
            raise web.HTTPNotFound(text="这台服务器没有中文字体，请打开 .svg 的图。")
        return web.Response(
            body=drawn,
            content_type="image/png",
            headers={"Cache-Control": "private, max-age=300"},
        )
