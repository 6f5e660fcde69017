"""The payer's pages of the simulated providers: to pay, to sign, and for a dead link."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
UNKNOWN = "没有这个页面，请回到对话中重新打开链接。"


class PayState(StrEnum):
    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    FAILED_FOR_NOW = "failed_for_now"  # the payer may try again
    CLOSED = "closed"


class ContractState(StrEnum):
    WAITING = "waiting"
    SIGNED = "signed"
    ENDED = "ended"


class PageMaker:
    """``brand`` (wechat, alipay) is whose page it plays."""

    def __init__(self, brand: str) -> None:
        self._brand = brand
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def pay(
        self, description: str, amount_fen: int, order_no: str, state: PayState, cancelled: bool
    ) -> web.Response:
        return self._page(
            "pay.html",
            description=description,
            amount=f"{amount_fen // 100}.{amount_fen % 100:02d}",
            order_no=order_no,
            state=state,
            cancelled=cancelled,
        )

    def contract(
        self,
        account: str,
        contract_no: str,
        state: ContractState,
        *,
        drained: bool,
        cancelled: bool,
    ) -> web.Response:
        return self._page(
            "contract.html",
            account=account,
            contract_no=contract_no,
            state=state,
            drained=drained,
            cancelled=cancelled,
        )

    def unknown(self) -> web.HTTPNotFound:
        return web.HTTPNotFound(**self._html("sorry.html", reason=UNKNOWN))

    def _page(self, template: str, **values: object) -> web.Response:
        return web.Response(**self._html(template, **values))

    def _html(self, template: str, **values: object) -> dict[str, Any]:
        return {
            "text": self._templates.get_template(template).render(brand=self._brand, **values),
            "content_type": "text/html",
            "headers": {
                "Content-Security-Policy": POLICY,
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
            },
        }


async def style(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(TEMPLATES / "page.css")
