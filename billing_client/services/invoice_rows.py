"""The rows of e-invoices: written, found, moved, shown."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.invoice import InvoiceState, Kind
from billing_client.domain.invoice_title import Title, TitleKind
from billing_client.domain.masking import mask_email, mask_name
from billing_client.domain.tax import InvoiceLine, parse_rules
from billing_client.services.paper_links import PaperLinks
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import invoice, invoice_bill
from billing_client.views import InvoiceView

LISTED = 12


def new_request_no(at: datetime) -> str:
    """``FP`` + moment + 10 random hex digits."""
    return f"FP{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{secrets.token_hex(5)}"


async def find(
    connection: AsyncConnection, request_no: str, *, lock: bool = False
) -> RowMapping | None:
    query = select(invoice).where(invoice.c.request_no == request_no)
    answer = await connection.execute(query.with_for_update() if lock else query)
    return answer.mappings().one_or_none()


async def find_by_key(connection: AsyncConnection, account_no: str, key: str) -> RowMapping | None:
    query = select(invoice).where(
        invoice.c.account_no == account_no, invoice.c.idempotency_key == key
    )
    return (await connection.execute(query)).mappings().one_or_none()


async def write(
    connection: AsyncConnection, values: dict[str, Any], bill_ids: Sequence[int] = ()
) -> None:
    """A new request that is due at once. IntegrityError when a bill has a live invoice."""
    await connection.execute(insert(invoice).values(state=InvoiceState.REQUESTED, **values))
    if bill_ids:
        rows = [
            {
                "account_no": values["account_no"],
                "bill_id": bill_id,
                "request_no": values["request_no"],
            }
            for bill_id in bill_ids
        ]
        await connection.execute(insert(invoice_bill), rows)


async def bill_ids(connection: AsyncConnection, request_no: str) -> list[int]:
    query = (
        select(invoice_bill.c.bill_id)
        .where(invoice_bill.c.request_no == request_no)
        .order_by(invoice_bill.c.bill_id)
    )
    return list((await connection.execute(query)).scalars())


async def release(connection: AsyncConnection, request_no: str) -> None:
    """Its bills are free for another invoice."""
    await connection.execute(
        update(invoice_bill).where(invoice_bill.c.request_no == request_no).values(live=False)
    )


async def live_of(connection: AsyncConnection, ids: Sequence[int]) -> list[RowMapping]:
    """The live invoices over any of the bills, newest first."""
    mine = select(invoice_bill.c.request_no).where(
        invoice_bill.c.bill_id.in_(ids), invoice_bill.c.live
    )
    query = (
        select(invoice).where(invoice.c.request_no.in_(mine)).order_by(invoice.c.created_at.desc())
    )
    return list((await connection.execute(query)).mappings())


async def red_of(connection: AsyncConnection, request_no: str) -> RowMapping | None:
    """The red letter on its way or issued for an invoice."""
    query = select(invoice).where(
        invoice.c.red_of == request_no,
        invoice.c.kind == Kind.RED,
        invoice.c.state.not_in((InvoiceState.FAILED, InvoiceState.VOID)),
    )
    return (await connection.execute(query)).mappings().one_or_none()


async def latest(connection: AsyncConnection, account_no: str) -> list[RowMapping]:
    query = (
        select(invoice)
        .where(invoice.c.account_no == account_no)
        .order_by(invoice.c.created_at.desc(), invoice.c.request_no.desc())
        .limit(LISTED)
    )
    return list((await connection.execute(query)).mappings())


def title_of(row: RowMapping) -> Title:
    return Title(TitleKind(row["title_kind"]), row["title_name"], row["title_tax_no"])


def stored_lines(lines: Sequence[InvoiceLine]) -> list[dict[str, Any]]:
    """Each line with the rule it came from, so that it can be told again as it was."""
    return [
        {
            "rule": {
                "component": line.rule.component,
                "valid_from": line.rule.valid_from.isoformat(),
                "treatment": line.rule.treatment,
                "name": line.rule.name,
                "tax_code": line.rule.tax_code,
                "rate": None if line.rule.rate is None else str(line.rule.rate),
                "simple": line.rule.simple,
            },
            "net_fen": line.net_fen,
            "tax_fen": line.tax_fen,
            "volume_l": line.volume_l,
        }
        for line in lines
    ]


def lines_of(row: RowMapping) -> list[InvoiceLine]:
    rules = parse_rules(line["rule"] for line in row["lines"])
    return [
        InvoiceLine(rule, line["net_fen"], line["tax_fen"], line["volume_l"])
        for rule, line in zip(rules, row["lines"], strict=True)
    ]


def view(row: RowMapping, links: PaperLinks) -> InvoiceView:
    issued = row["state"] == InvoiceState.ISSUED
    personal = row["title_kind"] == TitleKind.PERSONAL
    return InvoiceView(
        request_no=row["request_no"],
        account_no=row["account_no"],
        kind=row["kind"],
        state=row["state"],
        title_kind=row["title_kind"],
        title_name=mask_name(row["title_name"]) if personal else row["title_name"],
        tax_no=row["title_tax_no"],
        periods=tuple(row["periods"]),
        total_fen=row["total_fen"],
        tax_fen=row["tax_fen"],
        invoice_no=row["invoice_no"],
        issued_at=row["issued_at"].astimezone(SHANGHAI) if row["issued_at"] else None,
        failure=row["failure"],
        url=links.view("invoice", row["request_no"]).url if issued else None,
        red_of=row["red_of"],
        email=mask_email(row["email"]) if row["email"] else None,
    )
