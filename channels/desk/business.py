"""Business done without leaving the chat: a payment link, a service order; billing's own services.

The form is confirmed by the agent; the result goes into the chat, where the customer sees it.
"""

from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import web

from billing_client.errors import BillingRefusal
from billing_client.services.service_standards import kinds
from billing_client.views import PaymentOrderView, ServiceOrderView
from channels.desk import wording
from channels.desk.labels import labels
from channels.desk.parts import (
    DeskRefused,
    caller_of,
    conversation_of,
    parts_of,
)
from channels.desk.replying import key_of, send
from channels.messages import Image, Link, Reply
from channels.texts import text

LONGEST_PLACE = 100
LONGEST_DETAILS = 500
Answer = TypeVar("Answer")


async def payment_link(request: web.Request) -> web.StreamResponse:
    """An order over all that the account owes, sent into the chat with link and code."""
    account_no = str((await request.post()).get("account_no", ""))
    order = await _asked(
        parts_of(request).billing.create_payment_order(
            caller_of(request), account_no, idempotency_key=f"desk:{await key_of(request)}"
        )
    )
    await send(request, _payment_reply(order), "payment")
    raise _back(request)


async def service_order(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    kind, place = str(form.get("kind", "")), str(form.get("place", "")).strip()[:LONGEST_PLACE]
    if kind not in kinds() or not place:
        raise DeskRefused("empty", 422)
    details = {
        "said": str(form.get("details", "")).strip()[:LONGEST_DETAILS],
        "account_no": str(form.get("account_no", "")) or None,
    }
    order = await _asked(
        parts_of(request).billing.open_service_order(
            caller_of(request), kind=kind, place=place, severity="minor", details=details
        )
    )
    await send(request, _order_reply(order), "order")
    raise _back(request)


def _payment_reply(order: PaymentOrderView) -> Reply:
    amount = wording.yuan(order.amount_fen)
    expires = order.expires_at.astimezone(wording.SHANGHAI)
    said = text("desk_pay_link").format(
        account_no=order.account_no,
        amount=amount,
        order_no=order.order_no,
        expires=f"{wording.day(expires)} {expires:%H:%M}",
    )
    return Reply(
        said,
        link=Link(text("desk_pay_link_title"), order.pay_url),
        image=Image(order.qr_url, text("desk_pay_code").format(amount=amount))
        if order.qr_url
        else None,
    )


def _order_reply(order: ServiceOrderView) -> Reply:
    name = "desk_order_existed" if order.existed else "desk_order_opened"
    title = kinds()[order.kind].title
    return Reply(text(name).format(kind=title, ticket_no=order.ticket_no))


async def _asked(asking: Awaitable[Answer]) -> Answer:
    try:
        return await asking
    except BillingRefusal as refusal:
        known = labels()["refusals"]
        raise DeskRefused(refusal.code if refusal.code in known else "refused") from None


def _back(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/desk/conversations/{conversation_of(request).conversation_id}")
