"""E-invoices for customers: what may be invoiced, asked for once, shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.invoice import Kind
from billing_client.domain.invoice_title import Title, TitleKind, TitleWrong
from billing_client.domain.invoice_title import title as checked_title
from billing_client.domain.masking import mask_email
from billing_client.domain.tax import InvoiceLine, NoTaxRule
from billing_client.domain.tax import lines_of as taxed_lines
from billing_client.errors import InvoiceRefused, KeyReused, NoSuchBill
from billing_client.services import bills, invoice_rows, tax_rules
from billing_client.services.paper_links import PaperLinks
from billing_client.services.write_offs import written_off_fen
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, bill
from billing_client.views import BillView, Caller, InvoiceOfferView, InvoiceView

_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
PERIODS_NAMED = 3  # in the remark; more are told as a span


@dataclass(frozen=True)
class InvoiceWish:
    account_no: str
    bill_ids: tuple[int, ...]
    title: Title
    idempotency_key: str
    email: str | None = None


@dataclass(frozen=True)
class Origin:
    """Whom to tell, and by which provider it is issued."""

    provider: str
    caller: Caller | None = None

    @property
    def values(self) -> dict[str, Any]:
        who = self.caller
        return {
            "provider": self.provider,
            "conversation_id": who.conversation_id if who else None,
            "channel": who.channel if who else None,
            "channel_user": who.channel_user if who else None,
        }


def title_wanted(kind: str, name: str, tax_no: str | None, owner: str) -> Title:
    """A person's invoice bears the owner's name. Raises InvoiceRefused."""
    try:
        wanted = TitleKind(kind)
        return checked_title(wanted, owner if wanted is TitleKind.PERSONAL else name, tax_no)
    except TitleWrong as wrong:
        reason = "title_name" if wrong.reason == "name" else wrong.reason
        raise InvoiceRefused(reason=reason) from None


async def owner_and_email(connection: AsyncConnection, account_no: str) -> tuple[str, str | None]:
    query = select(account.c.owner_name, account.c.email).where(account.c.account_no == account_no)
    row = (await connection.execute(query)).one()
    return row.owner_name, row.email


async def offer(
    connection: AsyncConnection,
    account_no: str,
    periods: tuple[str | None, str | None],
    today: date,
    links: PaperLinks,
) -> InvoiceOfferView:
    """Over the bills of the periods first..last, or the newest bill."""
    known = await bills.bills(connection, account_no, *periods, today)
    made = await invoice_rows.live_of(connection, [it.bill_id for it in known])
    covered = {
        bill_id for row in made for bill_id in await invoice_rows.bill_ids(
            connection, row["request_no"]
        )
    }  # fmt: skip
    without = [it for it in known if it.bill_id not in covered]
    free = [it for it in without if it.state == "paid" and not it.invoice_no and it.total_fen > 0]
    lines, left_out = await _lines(connection, await _rows(connection, account_no, _ids(free)))
    _, email = await owner_and_email(connection, account_no)
    return InvoiceOfferView(
        account_no=account_no,
        bills=tuple(free),
        unpaid=tuple(it for it in without if it.state != "paid"),
        made=tuple(invoice_rows.view(row, links) for row in made),
        made_elsewhere=tuple(it for it in without if it.invoice_no),
        total_fen=sum(line.gross_fen for line in lines),
        left_out_fen=left_out,
        email=mask_email(email) if email else None,
    )


def _ids(some: Sequence[BillView]) -> tuple[int, ...]:
    return tuple(it.bill_id for it in some)


async def request(
    connection: AsyncConnection, wish: InvoiceWish, origin: Origin, now: datetime
) -> str:
    """Ask for an invoice over the bills; its request number, the same for the same key.

    Raises InvoiceRefused, NoSuchBill, KeyReused.
    """
    await lock_account(connection, wish.account_no)
    known = await invoice_rows.find_by_key(connection, wish.account_no, wish.idempotency_key)
    if known is not None:
        ids = await invoice_rows.bill_ids(connection, known["request_no"])
        if set(ids) != set(wish.bill_ids) or invoice_rows.title_of(known) != wish.title:
            raise KeyReused
        return known["request_no"]
    rows = await _rows(connection, wish.account_no, wish.bill_ids)
    if len(rows) != len(set(wish.bill_ids)):
        raise NoSuchBill(bill_ids=sorted(wish.bill_ids))
    await _refuse_what_cannot(connection, rows)
    return await _write(connection, wish, rows, origin, now)


async def _refuse_what_cannot(connection: AsyncConnection, rows: Sequence[RowMapping]) -> None:
    if any(row["paid_fen"] < row["total_fen"] + row["late_fee_fen"] for row in rows):
        raise InvoiceRefused(reason="unpaid")
    if rows and await written_off_fen(
        connection, rows[0]["account_no"], [row["bill_id"] for row in rows]
    ):
        raise InvoiceRefused(reason="unpaid")
    if any(row["invoice_no"] for row in rows) or await invoice_rows.live_of(
        connection, [row["bill_id"] for row in rows]
    ):
        raise InvoiceRefused(reason="made")


async def _write(
    connection: AsyncConnection,
    wish: InvoiceWish,
    rows: Sequence[RowMapping],
    origin: Origin,
    now: datetime,
) -> str:
    if wish.email is not None and not _EMAIL.fullmatch(wish.email):
        raise InvoiceRefused(reason="email")
    lines, _ = await _lines(connection, rows)
    total_fen = sum(line.gross_fen for line in lines)
    if total_fen <= 0:
        raise InvoiceRefused(reason="nothing")
    _, on_file = await owner_and_email(connection, wish.account_no)
    request_no = invoice_rows.new_request_no(now)
    values = {
        "account_no": wish.account_no,
        "request_no": request_no,
        "idempotency_key": wish.idempotency_key,
        "kind": Kind.BLUE,
        "title_kind": wish.title.kind,
        "title_name": wish.title.name,
        "title_tax_no": wish.title.tax_no,
        "periods": sorted({row["period"] for row in rows}),
        "lines": invoice_rows.stored_lines(lines),
        "total_fen": total_fen,
        "tax_fen": sum(line.tax_fen for line in lines),
        "remark": _remark(wish.account_no, rows),
        "email": wish.email or on_file,
        "next_try_at": datetime.now(UTC),
    }
    await invoice_rows.write(connection, values | origin.values, wish.bill_ids)
    return request_no


async def _rows(
    connection: AsyncConnection, account_no: str, bill_ids: Sequence[int]
) -> list[RowMapping]:
    query = (
        select(bill)
        .where(bill.c.account_no == account_no, bill.c.bill_id.in_(bill_ids))
        .order_by(bill.c.period, bill.c.bill_id)
    )
    return list((await connection.execute(query)).mappings())


async def _lines(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> tuple[tuple[InvoiceLine, ...], int]:
    try:
        return taxed_lines(
            await tax_rules.charges(connection, rows), await tax_rules.rules(connection)
        )
    except NoTaxRule as missing:
        raise InvoiceRefused(reason="no_tax_rule", item=str(missing)) from None


def _remark(account_no: str, rows: Sequence[RowMapping]) -> str:
    """户号, 账期, 表号 and 起止码 (m³): what a customer books the invoice by."""
    if len(rows) > PERIODS_NAMED:
        first, last = rows[0]["period"], rows[-1]["period"]
        return f"户号 {account_no}；账期 {first} 至 {last}，共{len(rows)}期"
    parts = (
        f"账期 {row['period']}，表号 {row['meter_no']}，"
        f"起码 {row['reading_from_l'] // 1000}，止码 {row['reading_to_l'] // 1000}"
        for row in rows
    )
    return "；".join((f"户号 {account_no}", *parts))


async def invoices(
    connection: AsyncConnection, account_no: str, links: PaperLinks
) -> tuple[InvoiceView, ...]:
    """The latest of the account, newest first."""
    rows = await invoice_rows.latest(connection, account_no)
    return tuple(invoice_rows.view(row, links) for row in rows)
