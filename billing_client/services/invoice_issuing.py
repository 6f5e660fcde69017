"""Carries invoice requests to the tax platform and brings its answers home.

Written down, told, asked, recorded: a process may die between any two of them. Whoever
looks next tells the platform the same request number again, which issues it once.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.invoice import WAITING, InvoiceState, Kind, RedReason
from billing_client.invoicing.port import (
    InvoiceProvider,
    InvoiceRequest,
    PlatformRefused,
    PlatformSilent,
    Progress,
    RedRequest,
    Result,
)
from billing_client.services import invoice_results, invoice_rows, tax_rules
from billing_client.services.paper_links import PaperLinks
from billing_client.store import clock, settings
from billing_client.store.tables import invoice

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = timedelta(seconds=2), timedelta(minutes=30)
REQUESTS_A_ROUND = 50
ROUNDS = 4  # a sweep looks again, so that a fast platform's answer does not wait for the next
PAUSE_SECONDS = 2.0


class InvoiceIssuing:
    def __init__(self, engine: AsyncEngine, provider: InvoiceProvider, public_url: str) -> None:
        self._engine = engine
        self._provider = provider
        self._public_url = public_url.rstrip("/")

    @property
    def provider_name(self) -> str:
        return self._provider.name

    async def sweep(self) -> int:
        """Go on with every request that is due, for a few seconds; how often one was asked."""
        looked_at = 0
        for _ in range(ROUNDS):
            due = await self._claim()
            for row in due:
                await self.go_on(row)
            looked_at += len(due)
            if not due:
                break
            await asyncio.sleep(PAUSE_SECONDS)
        return looked_at

    async def _claim(self) -> list[RowMapping]:
        """Requests that are due, each put off first: one sweeper at a time has it."""
        async with self._engine.begin() as connection:
            due = (
                select(invoice)
                .where(
                    invoice.c.next_try_at <= func.now(),
                    invoice.c.state.in_(WAITING),
                    invoice.c.provider == self._provider.name,
                )
                .order_by(invoice.c.next_try_at)
                .limit(REQUESTS_A_ROUND)
                .with_for_update(skip_locked=True)
            )
            rows = list((await connection.execute(due)).mappings())
            for row in rows:
                later = datetime.now(UTC) + min(SHORTEST * 2 ** min(row["attempts"], 12), LONGEST)
                await connection.execute(
                    update(invoice)
                    .where(invoice.c.request_no == row["request_no"])
                    .values(attempts=row["attempts"] + 1, next_try_at=later)
                )
        return rows

    async def go_on(self, row: RowMapping) -> None:
        """One step with one request. One request's trouble must not keep the others waiting."""
        try:
            result = await self._step(row)
            pdf = None
            if result.progress is Progress.ISSUED:
                pdf = await self._provider.pdf(result.request_no)
            await self.record(result, pdf)
        except PlatformSilent as silent:
            log.warning("invoice.unanswered", request_no=row["request_no"], error=str(silent))

    async def _step(self, row: RowMapping) -> Result:
        if row["state"] == InvoiceState.REQUESTED:
            return await self._submit(row)
        result = await self._provider.result(row["request_no"])
        if result.progress is Progress.MISSING:  # it was lost there: tell it again
            return await self._submit(row)
        return result

    async def _submit(self, row: RowMapping) -> Result:
        try:
            if row["kind"] == Kind.RED:
                await self._provider.submit_red(await self._red(row))
            else:
                await self._provider.submit(await self._blue(row))
        except PlatformRefused as refusal:
            return Result(row["request_no"], Progress.FAILED, failure=refusal.code)
        return Result(row["request_no"], Progress.ISSUING)

    async def _blue(self, row: RowMapping) -> InvoiceRequest:
        async with self._engine.connect() as connection:
            seller = await tax_rules.seller(connection)
        return InvoiceRequest(
            row["request_no"],
            seller,
            invoice_rows.title_of(row),
            invoice_rows.lines_of(row),
            row["remark"],
        )

    async def _red(self, row: RowMapping) -> RedRequest:
        async with self._engine.connect() as connection:
            blue = await invoice_rows.find(connection, row["red_of"])
        assert blue is not None, row["red_of"]
        return RedRequest(
            row["request_no"], blue["request_no"], blue["invoice_no"], RedReason(row["reason"])
        )

    async def record(self, result: Result, pdf: bytes | None) -> bool:
        """Take in what the platform, or the office, says. False when it changed nothing."""
        async with self._engine.begin() as connection:
            links = PaperLinks(self._public_url, await settings.signing_key(connection))
            now = await clock.now(connection)
            return await invoice_results.take_in(connection, result, pdf, links, now)

    async def push(self, request_no: str) -> None:
        """Take the first step of a new request at once; what fails is left to the sweep."""
        async with self._engine.connect() as connection:
            row = await invoice_rows.find(connection, request_no)
        if row is not None and row["state"] == InvoiceState.REQUESTED:
            await self.go_on(row)

    async def pdf(self, request_no: str) -> bytes | None:
        """The invoice's PDF as kept, else from the platform, and kept then."""
        async with self._engine.connect() as connection:
            row = await invoice_rows.find(connection, request_no)
        if row is None or row["state"] != InvoiceState.ISSUED:
            return None
        if row["pdf"] is not None or row["provider"] != self._provider.name:
            return row["pdf"]
        try:
            fetched = await self._provider.pdf(request_no)
        except PlatformSilent:
            return None
        if fetched is not None:
            async with self._engine.begin() as connection:
                await connection.execute(
                    update(invoice).where(invoice.c.request_no == request_no).values(pdf=fetched)
                )
        return fetched
