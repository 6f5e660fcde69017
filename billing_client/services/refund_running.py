"""Carries refunds to the provider: reserve, commit, call, record, reconcile.

Before the call the refund is marked SENT; from then on only a query or a notice says what
became of it. A repeated call bears the same number, which gives back once.
"""

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.refund import UNDER_WAY, RefundStage
from billing_client.pay.messages import RefundResult, RefundState
from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.pay.providers import Providers
from billing_client.services import payment_orders, refund_results, refund_rows, refunds
from billing_client.store import clock
from billing_client.store.locks import lock_account
from billing_client.store.tables import refund

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = timedelta(seconds=2), timedelta(hours=1)
REFUNDS_A_ROUND = 50
# The merchant's balance is too low just now: the same request goes through later.
LATER = frozenset({"NOT_ENOUGH", "NOTENOUGH", "ACQ.SELLER_BALANCE_NOT_ENOUGH"})


class RefundRunner:
    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers

    async def sweep(self) -> int:
        """Go on with every refund that is due; how many were looked at."""
        rows = await self._claim()
        for row in rows:
            await self.go_on(row["refund_no"])
        return len(rows)

    async def _claim(self) -> list[RowMapping]:
        """Those that are due, each put off first: one sweeper at a time has it."""
        due = (
            select(refund)
            .where(refund.c.next_try_at <= func.now(), refund.c.state.in_(UNDER_WAY))
            .order_by(refund.c.next_try_at)
            .limit(REFUNDS_A_ROUND)
            .with_for_update(skip_locked=True)
        )
        async with self._engine.begin() as connection:
            rows = list((await connection.execute(due)).mappings())
            for row in rows:
                later = datetime.now(UTC) + min(SHORTEST * 2 ** min(row["attempts"], 12), LONGEST)
                await connection.execute(
                    update(refund)
                    .where(refund.c.refund_no == row["refund_no"])
                    .values(attempts=row["attempts"] + 1, next_try_at=later)
                )
        return rows

    async def go_on(self, refund_no: str) -> None:
        """The next steps with one refund. Its trouble must not keep the others waiting."""
        try:
            await self._steps(refund_no)
        except (OutcomeUnknown, ProviderRefused) as error:
            log.warning("refund.unanswered", refund_no=refund_no, error=str(error))

    async def _steps(self, refund_no: str) -> None:
        row = await self._row(refund_no)
        if row["state"] == RefundStage.RED_LETTER:
            if not await self._after_red_letters(row):
                return
            row = await self._row(refund_no)
        if row["state"] == RefundStage.RESERVED:
            await self._mark_sent(refund_no)
            await self._send(row)
        elif row["state"] in (RefundStage.SENT, RefundStage.ABNORMAL):
            await self._ask(row)

    async def _row(self, refund_no: str) -> RowMapping:
        async with self._engine.connect() as connection:
            row = await refund_rows.find(connection, refund_no)
        assert row is not None, refund_no
        return row

    async def _after_red_letters(self, row: RowMapping) -> bool:
        async with self._engine.begin() as connection:
            await payment_orders.find(connection, row["order_no"], lock=True)
            await lock_account(connection, row["account_no"])
            now = await clock.now(connection)
            return await refunds.after_red_letters(connection, row, now)

    async def _mark_sent(self, refund_no: str) -> None:
        async with self._engine.begin() as connection:
            await refund_rows.move(connection, refund_no, (RefundStage.RESERVED,), RefundStage.SENT)

    async def _send(self, row: RowMapping) -> None:
        """Tell the provider. What it declines for good is asked after before it is believed."""
        provider = self._providers.of(row["provider"])
        async with self._engine.connect() as connection:
            asked = await refund_rows.asked(connection, row)
        try:
            await provider.move_money(asked)
        except ProviderRefused as refusal:
            if refusal.code in LATER:
                raise
            told = await provider.query_refund(asked)
            if told.state is RefundState.MISSING:
                await self._refused(row, refusal.code)
            else:
                await self.record(row["provider"], told)

    async def _ask(self, row: RowMapping) -> None:
        provider = self._providers.of(row["provider"])
        async with self._engine.connect() as connection:
            asked = await refund_rows.asked(connection, row)
        told = await provider.query_refund(asked)
        if told.state is RefundState.MISSING:
            await self._send(row)
        else:
            await self.record(row["provider"], told)

    async def record(self, provider: str, told: RefundResult) -> str:
        async with self._engine.begin() as connection:
            at = await clock.now(connection)
            return await refund_results.take_in(connection, provider, told, at)

    async def _refused(self, row: RowMapping, code: str) -> None:
        async with self._engine.begin() as connection:
            at = await clock.now(connection)
            await refund_results.refused(connection, row["refund_no"], code, at)
