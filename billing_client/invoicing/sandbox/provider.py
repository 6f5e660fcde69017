"""The sandbox platform behind the port: takes a request, issues it a little later."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain.invoice import InvoiceState, state_of_confirmation
from billing_client.invoicing.port import (
    InvoiceRequest,
    PlatformRefused,
    Progress,
    RedRequest,
    Result,
)
from billing_client.invoicing.sandbox import sample
from billing_client.invoicing.sandbox.store import make_tables, tax_invoice, tax_platform
from billing_client.papers import typesetting

SANDBOX = "invoice_sandbox"
TAKES = timedelta(seconds=2)
# What the sandbox does otherwise than issue: rows of ``tax_platform``.
LOGIN_REQUIRED = "login_required"  # any value: the clerk must log in first
FAILS_WITH = "fails_with"  # the code that new requests fail with
BUYER = "buyer"  # waits | declines: what becomes of the 确认单 of new red letters
CONFIRMATIONS = {None: "01", "waits": "02", "confirms": "04", "declines": "06"}


class SandboxInvoices:
    name = SANDBOX

    def __init__(self, engine: AsyncEngine, takes: timedelta = TAKES) -> None:
        self._engine = engine
        self._takes = takes
        self._made = False

    async def _books(self) -> AsyncEngine:
        """The engine, once its tables are there."""
        if not self._made:
            await make_tables(self._engine)
            self._made = True
        return self._engine

    async def submit(self, request: InvoiceRequest) -> None:
        await self._take(
            request.request_no, kind="blue", content=sample.content(request), confirmation=None
        )

    async def submit_red(self, request: RedRequest) -> None:
        async with (await self._books()).connect() as connection:
            blue = await _find(connection, request.blue_request_no)
            buyer = await _knob(connection, BUYER)
        if blue is None or blue.invoice_no != request.blue_invoice_no:
            raise PlatformRefused("BLUE_INVOICE_NOT_FOUND")
        await self._take(
            request.request_no,
            kind="red",
            blue_request_no=request.blue_request_no,
            content=sample.red_content(blue.content, request),
            confirmation=CONFIRMATIONS[buyer],
        )

    async def _take(self, request_no: str, **values: Any) -> None:
        async with (await self._books()).begin() as connection:
            values["failure"] = await _knob(connection, FAILS_WITH)
            statement = upsert(tax_invoice).values(
                request_no=request_no, due_at=datetime.now(UTC) + self._takes, **values
            )
            await connection.execute(statement.on_conflict_do_nothing())

    async def result(self, request_no: str) -> Result:
        async with (await self._books()).begin() as connection:
            row = await _find(connection, request_no, lock=True)
            if row is None:
                return Result(request_no, Progress.MISSING)
            if row.invoice_no is None and (held := await self._held(connection, row)):
                return held
            return await _issued(connection, row)

    async def _held(self, connection: AsyncConnection, row: Row[Any]) -> Result | None:
        """Why there is no invoice yet, or None when its time has come."""
        if row.failure is not None:
            return Result(row.request_no, Progress.FAILED, failure=row.failure)
        if row.kind == "red":
            state = state_of_confirmation(row.confirmation)
            if state is InvoiceState.CONFIRMING:
                return Result(row.request_no, Progress.CONFIRMING, confirmation=row.confirmation)
            if state is InvoiceState.VOID:
                return Result(row.request_no, Progress.VOID, confirmation=row.confirmation)
        if await _knob(connection, LOGIN_REQUIRED):
            return Result(row.request_no, Progress.LOGIN_REQUIRED)
        waits = row.due_at > datetime.now(UTC)
        return Result(row.request_no, Progress.ISSUING) if waits else None

    async def pdf(self, request_no: str) -> bytes | None:
        async with (await self._books()).connect() as connection:
            row = await _find(connection, request_no)
        if row is None or row.invoice_no is None:
            return None
        shown = sample.shown(row.content, row.invoice_no, row.issued_at)
        return typesetting.pdf("invoice", shown)


async def set_knob(connection: AsyncConnection, name: str, value: str | None) -> None:
    """Misbehave so, or no longer."""
    if value is None:
        await connection.execute(tax_platform.delete().where(tax_platform.c.name == name))
        return
    statement = upsert(tax_platform).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


async def _knob(connection: AsyncConnection, name: str) -> str | None:
    return await connection.scalar(select(tax_platform.c.value).where(tax_platform.c.name == name))


async def _find(
    connection: AsyncConnection, request_no: str, *, lock: bool = False
) -> Row[Any] | None:
    asked = select(tax_invoice).where(tax_invoice.c.request_no == request_no)
    answer = await connection.execute(asked.with_for_update() if lock else asked)
    return answer.one_or_none()


async def _issued(connection: AsyncConnection, row: Row[Any]) -> Result:
    if row.invoice_no is None:
        issued = (
            update(tax_invoice)
            .where(tax_invoice.c.request_no == row.request_no)
            .values(invoice_no=_number(), issued_at=datetime.now(UTC))
            .returning(tax_invoice)
        )
        row = (await connection.execute(issued)).one()
    return Result(
        row.request_no,
        Progress.ISSUED,
        invoice_no=row.invoice_no,
        issued_at=row.issued_at,
        confirmation=row.confirmation,
    )


def _number() -> str:
    """20 digits as a 数电发票 has, the year first; 00 is no year of a real one."""
    return f"00{secrets.randbelow(10**18):018d}"
