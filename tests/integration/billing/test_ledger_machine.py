"""Whatever staff, customers and the clock do, and in whatever order: the books stay right.

After each step every invariant of the proof holds, and the money that came in is where it
must be: on bills or in the prepaid balance, to the fen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain.adjustment import AdjustmentRefused, Kind
from billing_client.domain.ledger import payment_postings
from billing_client.domain.period import issued_on, last_day, shifted
from billing_client.services import (
    adjustments,
    bill_cancelling,
    late_fee_waivers,
    late_fees,
    ledger,
    rebilling,
    tariffs,
)
from billing_client.services.adjustment_charges import Correction
from billing_client.services.allocation import CREDIT, allocate, open_bills
from billing_client.services.bill_cancelling import CancelRefused
from billing_client.services.billing_run import issue_bill
from billing_client.services.late_fee_waivers import WaiverRefused
from billing_client.services.write_offs import written_off_fen
from billing_client.store import settings as stored_settings
from billing_client.store.clock import SHANGHAI
from billing_client.store.engine import create_engine
from billing_client.store.proof import first_difference
from billing_client.store.tables import account, bill, meter, payment_order, reading

ZHOU, CHEN = "staff:周敏", "staff:陈立"
BEGIN = datetime(2026, 1, 1, 12, tzinfo=SHANGHAI)
accounts = count(5_000_000_001)
EXAMPLES, STEPS = 12, 20
pick = st.integers(0, 5)
fen = st.integers(1, 30_000)
Work = Callable[[AsyncConnection], Awaitable[Any]]


class Books(RuleBasedStateMachine):
    """One account of its own in a database that all runs share."""

    def __init__(self, runner: asyncio.Runner, engine: AsyncEngine) -> None:
        super().__init__()
        self.runner, self.engine = runner, engine
        self.account_no = str(next(accounts))
        self.now, self.period = BEGIN, "2025-12"
        self.stand_l, self.estimated_from_l = 0, None
        self.paid_fen = self.credited_fen = self.orders = 0
        self.write_offs: list[int] = []
        self.do(self._open)

    def do(self, work: Work) -> Any:
        async def once() -> Any:
            async with self.engine.begin() as connection:
                return await work(connection)

        return self.runner.run(once())

    async def _open(self, connection: AsyncConnection) -> None:
        await connection.execute(
            insert(account).values(
                account_no=self.account_no, owner_name="王", phone="138", address="路", area="路",
                customer_class="RESIDENT", opened_on=date(2025, 12, 31),
            )
        )  # fmt: skip
        await connection.execute(
            insert(meter).values(
                account_no=self.account_no, meter_no=f"M{self.account_no}", kind="smart",
                installed_on=date(2025, 12, 31),
            )
        )  # fmt: skip

    async def _read(self, connection: AsyncConnection, source: str) -> None:
        self.period = shifted(self.period, 1)
        issued = datetime.combine(issued_on(self.period), BEGIN.timetz())
        self.now = max(self.now, issued)
        await connection.execute(
            insert(reading).values(
                account_no=self.account_no, meter_no=f"M{self.account_no}",
                read_on=last_day(self.period), reading_l=self.stand_l, source=source,
            )
        )  # fmt: skip

    @rule(litres=st.integers(0, 60_000), source=st.sampled_from(["remote", "estimate"]))
    def bill(self, litres: int, source: str) -> None:
        async def work(connection: AsyncConnection) -> None:
            before_l = self.stand_l
            self.stand_l += litres
            await self._read(connection, source)
            await issue_bill(connection, self.account_no, self.period)
            self.estimated_from_l = before_l if source == "estimate" else None

        self.do(work)

    @precondition(lambda self: self.estimated_from_l is not None)
    @rule(share=st.integers(0, 9))
    def read_below_the_estimate(self, share: int) -> None:
        async def work(connection: AsyncConnection) -> None:
            assert self.estimated_from_l is not None
            more_l = self.stand_l - self.estimated_from_l
            self.stand_l = self.estimated_from_l + more_l * share // 10
            await self._read(connection, "remote")
            self.estimated_from_l = None
            await rebilling.correct_estimates(
                connection, self.account_no, self.period, reason="实抄", by=ZHOU, now=self.now
            )

        # Refused (a credit was given, it was written off): then nothing happened at all.
        kept = (self.period, self.stand_l, self.estimated_from_l)
        try:
            self.do(work)
        except CancelRefused:
            self.period, self.stand_l, self.estimated_from_l = kept

    @rule(amount=fen, named=pick)
    def pay(self, amount: int, named: int) -> None:
        async def work(connection: AsyncConnection) -> None:
            self.orders += 1
            order_no = f"{self.account_no}-{self.orders}"
            await connection.execute(
                insert(payment_order).values(
                    account_no=self.account_no, order_no=order_no, idempotency_key=order_no,
                    parameters_hash="x", provider="counter", amount_fen=amount, state="PAID",
                    expires_at=self.now,
                )
            )  # fmt: skip
            lines = payment_postings(self.account_no, "counter", amount)
            await ledger.post(connection, "pay", order_no, self.account_no, lines, self.now)
            await allocate(
                connection,
                self.account_no,
                order_no,
                (await self._bills(connection))[named:],
                self.now,
            )
            self.paid_fen += amount

        self.do(work)

    @rule(days=st.integers(1, 60))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def use_credit(self) -> None:
        self.do(lambda connection: allocate(connection, self.account_no, CREDIT, (), self.now))

    @rule()
    def post_late_fees(self) -> None:
        async def work(connection: AsyncConnection) -> None:
            rows = await open_bills(connection, self.account_no)
            await late_fees.post_accrued(connection, self.account_no, rows, self.now)

        self.do(work)

    @rule(place=pick, amount=st.integers(1, 300))
    def waive(self, place: int, amount: int) -> None:
        async def work(connection: AsyncConnection, bill_id: int) -> None:
            asked = await late_fee_waivers.ask(
                connection,
                self.account_no,
                bill_id,
                amount,
                reason="x",
                asked_by=ZHOU,
                now=self.now,
            )
            await late_fee_waivers.approve(
                connection, self.account_no, asked.waiver_id, CHEN, self.now
            )

        self._on_a_bill(place, work, WaiverRefused)

    @rule(place=pick, anew=st.booleans())
    def take_back(self, place: int, anew: bool) -> None:
        async def work(connection: AsyncConnection, bill_id: int) -> None:
            told: dict[str, Any] = {"reason": "x", "by": ZHOU, "now": self.now}
            if anew:
                await rebilling.rebill(connection, self.account_no, bill_id, **told)
            else:
                await bill_cancelling.cancel(
                    connection, self.account_no, bill_id, with_later=True, **told
                )
            self.estimated_from_l = None

        self._on_a_bill(place, work, CancelRefused)

    @rule(kind=st.sampled_from([Kind.CREDIT, Kind.DEBIT]), amount=fen, place=st.none() | pick)
    def adjust(self, kind: Kind, amount: int, place: int | None) -> None:
        async def work(connection: AsyncConnection, bill_id: int | None) -> None:
            made = await adjustments.propose(
                connection, self.account_no, Correction(kind, amount, bill_id),
                reason="x", by=ZHOU, now=self.now,
            )  # fmt: skip
            await adjustments.approve(connection, made.adjustment_id, CHEN, self.now)
            self.credited_fen += amount if kind is Kind.CREDIT else 0

        if place is None:
            self.do(lambda connection: work(connection, None))
        else:
            self._on_a_bill(place, work, AdjustmentRefused)

    @rule(place=pick)
    def write_off(self, place: int) -> None:
        async def work(connection: AsyncConnection, bill_id: int) -> None:
            made = await adjustments.propose_write_off(
                connection, self.account_no, bill_id, reason="x", by=ZHOU, now=self.now
            )
            await adjustments.approve(connection, made.adjustment_id, CHEN, self.now)
            self.write_offs.append(made.adjustment_id)

        self._on_a_bill(place, work, AdjustmentRefused)

    @precondition(lambda self: bool(self.write_offs))
    @rule()
    def recover(self) -> None:
        async def work(connection: AsyncConnection) -> None:
            made = await adjustments.propose_recovery(
                connection,
                self.account_no,
                self.write_offs.pop(),
                reason="x",
                by=CHEN,
                now=self.now,
            )
            await adjustments.approve(connection, made.adjustment_id, ZHOU, self.now)

        self.do(work)

    def _on_a_bill(
        self,
        place: int,
        work: Callable[[AsyncConnection, int], Awaitable[None]],
        refusal: type[Exception],
    ) -> None:
        """On the bill at a place, the oldest first; a refusal undoes all of it."""

        async def once(connection: AsyncConnection) -> None:
            bills = await self._bills(connection)
            if bills:
                await work(connection, bills[place % len(bills)])

        try:
            self.do(once)
        except refusal:
            return

    async def _bills(self, connection: AsyncConnection) -> list[int]:
        query = select(bill.c.bill_id).where(bill.c.account_no == self.account_no)
        return list((await connection.execute(query.order_by(bill.c.bill_id))).scalars())

    @invariant()
    def the_proof_is_green(self) -> None:
        assert self.do(first_difference) is None

    @invariant()
    def the_money_that_came_in_is_somewhere(self) -> None:
        async def work(connection: AsyncConnection) -> tuple[int, int]:
            query = select(func.coalesce(func.sum(bill.c.paid_fen), 0)).where(
                bill.c.account_no == self.account_no
            )
            settled = int((await connection.execute(query)).scalar_one())
            bills = await self._bills(connection)
            given_up = sum((await written_off_fen(connection, self.account_no, bills)).values())
            return settled - given_up, await ledger.prepaid_fen(connection, self.account_no)

        settled_fen, prepaid_fen = self.do(work)
        assert settled_fen + prepaid_fen == self.paid_fen + self.credited_fen
        assert prepaid_fen >= 0


async def prepare(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await tariffs.load(connection, tariffs.shipped("TJ-2016"))
        await stored_settings.write(connection, late_fees.LATE_FEE, {"rate_per_day": "0.002"})


def test_the_books_stay_right_in_any_order(database_url: str) -> None:
    with asyncio.Runner() as runner:
        engine = create_engine(database_url)
        runner.run(prepare(engine))

        class Run(Books):
            def __init__(self) -> None:
                super().__init__(runner, engine)

        run_state_machine_as_test(
            Run,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
        runner.run(engine.dispose())
