"""What the tax platform says, taken in once: states, bills, tasks, and what customers hear."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.invoice import InvoiceState, Kind, may_follow
from billing_client.domain.invoice_title import Title, TitleKind
from billing_client.invoicing.port import Progress, Result
from billing_client.services import invoice_rows, invoices, staff_tasks
from billing_client.services.invoices import InvoiceWish, Origin
from billing_client.services.notices import write_notice
from billing_client.services.paper_links import PaperLinks
from billing_client.services.staff_tasks import TaskKind
from billing_client.store.locks import lock_account
from billing_client.store.tables import bill, invoice
from billing_client.views import Caller

STATES = {
    Progress.ISSUING: InvoiceState.ISSUING,
    Progress.CONFIRMING: InvoiceState.CONFIRMING,
    Progress.LOGIN_REQUIRED: InvoiceState.LOGIN_REQUIRED,
    Progress.ISSUED: InvoiceState.ISSUED,
    Progress.FAILED: InvoiceState.FAILED,
    Progress.VOID: InvoiceState.VOID,
}
ENDS = (InvoiceState.ISSUED, InvoiceState.FAILED, InvoiceState.VOID)


async def take_in(
    connection: AsyncConnection,
    result: Result,
    pdf: bytes | None,
    links: PaperLinks,
    now: datetime,
) -> bool:
    """Move the invoice to what the result says; False when that was known or cannot follow."""
    found = await invoice_rows.find(connection, result.request_no)
    if found is None or result.progress is Progress.MISSING:
        return False
    await lock_account(connection, found["account_no"])
    row = await invoice_rows.find(connection, result.request_no, lock=True)
    assert row is not None
    state = STATES[result.progress]
    if not may_follow(InvoiceState(row["state"]), state, Kind(row["kind"])):
        return False
    moved = await _move(connection, row, state, result, pdf)
    await _effects(connection, moved, links, now)
    return True


async def _move(
    connection: AsyncConnection,
    row: RowMapping,
    state: InvoiceState,
    result: Result,
    pdf: bytes | None,
) -> RowMapping:
    values: dict[str, Any] = {
        "state": state,
        "failure": result.failure,
        "confirmation": result.confirmation,
        "attempts": 0,
        "next_try_at": None if state in ENDS else datetime.now(UTC),
    }
    if state is InvoiceState.ISSUED:
        values |= {"invoice_no": result.invoice_no, "issued_at": result.issued_at, "pdf": pdf}
    changed = (
        update(invoice)
        .where(invoice.c.request_no == row["request_no"])
        .values(values)
        .returning(invoice)
    )
    return (await connection.execute(changed)).mappings().one()


async def _effects(
    connection: AsyncConnection, row: RowMapping, links: PaperLinks, now: datetime
) -> None:
    state = InvoiceState(row["state"])
    if state is InvoiceState.LOGIN_REQUIRED:
        await staff_tasks.open_task(
            connection, TaskKind.INVOICE_LOGIN, f"{now:%Y-%m-%d}", {"provider": row["provider"]}
        )
        return
    if row["kind"] == Kind.BLUE:
        await _blue(connection, row, state, links)
    else:
        await _red(connection, row, state, links, now)


async def _blue(
    connection: AsyncConnection, row: RowMapping, state: InvoiceState, links: PaperLinks
) -> None:
    if state is InvoiceState.ISSUED:
        await _name_on_bills(connection, row["request_no"], row["invoice_no"])
        await _tell(connection, row, "invoice_issued", links)
    elif state is InvoiceState.FAILED:
        await invoice_rows.release(connection, row["request_no"])
        await _task(connection, TaskKind.INVOICE_FAILED, row)
        await _tell(connection, row, "invoice_failed", links)


async def _red(
    connection: AsyncConnection,
    row: RowMapping,
    state: InvoiceState,
    links: PaperLinks,
    now: datetime,
) -> None:
    if state is InvoiceState.ISSUED:
        await _taken_back(connection, row, links, now)
    elif state is InvoiceState.CONFIRMING:
        await _tell(connection, row, "invoice_red_confirming", links)
    elif state in (InvoiceState.VOID, InvoiceState.FAILED):
        await _task(connection, TaskKind.RED_LETTER_VOID, row)
        await _tell(connection, row, "invoice_red_void", links)


async def _taken_back(
    connection: AsyncConnection, row: RowMapping, links: PaperLinks, now: datetime
) -> None:
    """The bills have no invoice any more; the corrected one is asked for at once."""
    ids = await invoice_rows.bill_ids(connection, row["red_of"])
    await _name_on_bills(connection, row["red_of"], None)
    await invoice_rows.release(connection, row["red_of"])
    after = row["followed_by"]
    if after is None:
        await _tell(connection, row, "invoice_reversed", links)
        return
    wish = InvoiceWish(
        row["account_no"],
        tuple(ids),
        Title(TitleKind(after["title_kind"]), after["title_name"], after["title_tax_no"]),
        f"after:{row['request_no']}",
        after.get("email"),
    )
    caller = None
    if row["channel"] is not None:
        caller = Caller(row["channel"], row["channel_user"], row["conversation_id"])
    await invoices.request(connection, wish, Origin(row["provider"], caller), now)


async def _name_on_bills(
    connection: AsyncConnection, request_no: str, invoice_no: str | None
) -> None:
    ids = await invoice_rows.bill_ids(connection, request_no)
    await connection.execute(
        update(bill).where(bill.c.bill_id.in_(ids)).values(invoice_no=invoice_no)
    )


async def _task(connection: AsyncConnection, kind: TaskKind, row: RowMapping) -> None:
    facts = {
        "request_no": row["request_no"],
        "failure": row["failure"] or row["confirmation"],
        "periods": row["periods"],
        "total_fen": row["total_fen"],
    }
    await staff_tasks.open_task(connection, kind, row["request_no"], facts, row["account_no"])


async def _tell(
    connection: AsyncConnection, row: RowMapping, topic: str, links: PaperLinks
) -> None:
    payload: dict[str, Any] = {
        "request_no": row["request_no"],
        "periods": row["periods"],
        "total_fen": abs(row["total_fen"]),
        "invoice_no": row["invoice_no"],
    }
    if row["state"] == InvoiceState.ISSUED:
        payload["link_url"] = links.view("invoice", row["request_no"]).url
    await write_notice(
        connection,
        topic,
        f"{topic}:{row['request_no']}",
        payload=payload,
        account_no=row["account_no"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        channel_user=row["channel_user"],
    )
