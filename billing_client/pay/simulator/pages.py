"""Pages of the simulated providers: one look, one policy, and what to say to a dead link."""

from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
UNKNOWN = "没有这个页面，请回到对话中重新打开链接。"


class PageMaker:
    """Templates of one simulator, on the shared frame."""

    def __init__(self, folder: Path) -> None:
        self._templates = Environment(loader=FileSystemLoader([folder, TEMPLATES]), autoescape=True)

    def page(self, template: str, **values: object) -> web.Response:
        return web.Response(**self._html(template, **values))

    def unknown(self) -> web.HTTPNotFound:
        return web.HTTPNotFound(**self._html("sorry.html", reason=UNKNOWN))

    def _html(self, template: str, **values: object) -> dict[str, Any]:
        return {
            "text": self._templates.get_template(template).render(**values),
            "content_type": "text/html",
            "headers": {
                "Content-Security-Policy": POLICY,
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
            },
        }


async def style(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(TEMPLATES / "page.css")
