"""Taking an issued invoice back by a red letter, and issuing it anew with another title."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.invoice import InvoiceState, Kind, RedReason
from billing_client.errors import InvoiceRefused
from billing_client.services import invoice_rows
from billing_client.services.invoices import InvoiceWish, Origin
from billing_client.store.locks import lock_account


async def correct_title(
    connection: AsyncConnection,
    wish: InvoiceWish,
    request_no: str,
    origin: Origin,
    now: datetime,
) -> str:
    """Take an issued invoice back and issue it anew with another title.

    The number of the red letter; the new invoice is asked for when that is issued. Raises
    InvoiceRefused (not_issued, being_reversed).
    """
    followed_by = {
        "title_kind": wish.title.kind,
        "title_name": wish.title.name,
        "title_tax_no": wish.title.tax_no,
        "email": wish.email,
    }
    return await reverse(
        connection,
        request_no,
        RedReason.WRONG,
        (wish.account_no, wish.idempotency_key),
        origin,
        now,
        followed_by=followed_by,
    )


async def reverse(
    connection: AsyncConnection,
    request_no: str,
    reason: RedReason,
    key: tuple[str, str],
    origin: Origin,
    now: datetime,
    *,
    followed_by: dict[str, Any] | None = None,
) -> str:
    """Ask for the red letter of an issued invoice; ``key`` is (account, idempotency key).

    Returns its request number, the same for the same key. Raises InvoiceRefused.
    """
    account_no, idempotency_key = key
    await lock_account(connection, account_no)
    known = await invoice_rows.find_by_key(connection, account_no, idempotency_key)
    if known is not None:
        return known["request_no"]
    blue = await invoice_rows.find(connection, request_no, lock=True)
    if blue is None or blue["account_no"] != account_no or blue["state"] != InvoiceState.ISSUED:
        raise InvoiceRefused(reason="not_issued")
    if blue["kind"] != Kind.BLUE:
        raise InvoiceRefused(reason="not_issued")
    if await invoice_rows.red_of(connection, request_no) is not None:
        raise InvoiceRefused(reason="being_reversed")
    kept = ("title_kind", "title_name", "title_tax_no", "periods", "lines", "remark", "email")
    values = {name: blue[name] for name in kept} | {
        "account_no": account_no,
        "request_no": (number := invoice_rows.new_request_no(now)),
        "idempotency_key": idempotency_key,
        "kind": Kind.RED,
        "red_of": request_no,
        "reason": reason,
        "followed_by": followed_by,
        "total_fen": -blue["total_fen"],
        "tax_fen": -blue["tax_fen"],
        "next_try_at": datetime.now(UTC),
    }
    await invoice_rows.write(connection, values | origin.values)
    return number
