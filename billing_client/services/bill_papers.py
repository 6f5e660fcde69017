"""The e-bill: what the bot explains, on a page. It is no invoice and says so."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import segno
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.capitals import capitals
from billing_client.errors import NoSuchBill
from billing_client.papers import typesetting
from billing_client.pay.links import PaymentLinks
from billing_client.services import accounts, bill_changes, tax_rules, usage, usage_chart
from billing_client.services.accounts import since_owner
from billing_client.store import settings
from billing_client.store.tables import bill
from billing_client.views import BillExplanationView, BillView

LITRES_A_M3, E4_A_YUAN, FEN_A_YUAN = 1_000, 10_000, 100


async def check(connection: AsyncConnection, account_no: str, bill_id: int) -> None:
    """Raises NoSuchBill for another account's bill, or another owner's."""
    query = select(bill.c.bill_id).where(
        bill.c.account_no == account_no,
        bill.c.bill_id == bill_id,
        bill.c.read_to > since_owner(account_no),
    )
    if (await connection.execute(query)).first() is None:
        raise NoSuchBill(bill_id=bill_id)


async def pdf(
    connection: AsyncConnection, bill_id: int, today: date, public_url: str
) -> bytes | None:
    """None for a bill that is not there."""
    query = select(bill.c.account_no).where(bill.c.bill_id == bill_id)
    account_no = (await connection.execute(query)).scalar_one_or_none()
    if account_no is None:
        return None
    shown = await figures(connection, account_no, bill_id, today, public_url)
    return typesetting.pdf("bill", shown)


async def figures(
    connection: AsyncConnection, account_no: str, bill_id: int, today: date, public_url: str
) -> dict[str, Any]:
    """The blanks of the template ``bill``, all as people read them."""
    told = await bill_changes.explained(connection, account_no, bill_id, today)
    (who,) = await accounts.views_of(connection, (account_no,))
    points = await usage.points(connection, account_no)
    links = PaymentLinks(public_url, await settings.signing_key(connection))
    return {
        "utility": (await tax_rules.seller(connection)).name,
        "account_no": account_no,
        "owner": who.owner_name,
        "address": who.address,
        "printed_on": today.isoformat(),
        "chart": usage_chart.svg(tuple(it for it in points if it.period <= told.bill.period)),
        "pay_code": _code(links.bill(bill_id)) if told.bill.open_fen else "",
        **_bill(told.bill),
        **_prices(told),
    }


def _bill(it: BillView) -> dict[str, Any]:
    return {
        "period": it.period,
        "state": it.state,
        "read_from": it.read_from.isoformat(),
        "read_to": it.read_to.isoformat(),
        "reading_from": _m3(it.reading_from_l),
        "reading_to": _m3(it.reading_to_l),
        "used": _m3(it.used_l),
        "estimated": it.estimated,
        "items": [{"name": item.name, "amount": _yuan(item.amount_fen)} for item in it.items],
        "total": _yuan(it.total_fen),
        "late_fee": _yuan(it.late_fee_fen) if it.late_fee_fen else "",
        "paid": _yuan(it.paid_fen) if it.paid_fen else "",
        "open": _yuan(it.open_fen) if it.open_fen else "",
        "sum": _yuan(it.total_fen + it.late_fee_fen),
        "capitals": capitals(it.total_fen + it.late_fee_fen),
        "issued_on": it.issued_on.isoformat(),
        "due_on": it.due_on.isoformat(),
    }


def _prices(told: BillExplanationView) -> dict[str, Any]:
    return {
        "tariff": told.tariff_source,
        "persons": told.persons,
        "prior": _m3(told.prior_l),
        "tiers": [
            {
                "tier": tier.tier,
                "upto": _m3(tier.upto_l) if tier.upto_l is not None else "",
                "volume": _m3(tier.volume_l),
                "price": _price(tier.price_e4),
                "amount": _yuan_exact(tier.volume_l, tier.price_e4),
            }
            for tier in told.tiers
        ],
        "changes": [
            {
                "against": change.against,
                "period": change.period,
                "used": _m3(change.used_l),
                "total": _yuan(change.total_fen),
            }
            for change in told.changes
        ],
    }


def _code(link: str) -> str:
    """The QR code as SVG."""
    drawn = io.BytesIO()
    segno.make(link, error="m").save(drawn, kind="svg", scale=4, border=2, light="#fff")
    return drawn.getvalue().decode()


def _m3(litres: int) -> str:
    return _plain(Decimal(litres) / LITRES_A_M3)


def _price(e4: int) -> str:
    return f"{Decimal(e4) / E4_A_YUAN:.2f}" if e4 % FEN_A_YUAN == 0 else _plain(
        Decimal(e4) / E4_A_YUAN
    )  # fmt: skip


def _yuan_exact(volume_l: int, price_e4: int) -> str:
    """Not rounded: items are rounded once, over all tiers."""
    exact = Decimal(volume_l) * price_e4 / (LITRES_A_M3 * E4_A_YUAN)
    return max(_plain(exact), f"{exact:.2f}", key=len)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN_A_YUAN}.{abs(fen) % FEN_A_YUAN:02d}"
