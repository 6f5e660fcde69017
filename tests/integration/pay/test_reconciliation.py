"""A provider's bill beside our books: each fault named, dropped money taken in, once."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import func, select, text

from billing_client.domain.reconciliation import Fault
from billing_client.pay.messages import BillRow, RowKind
from billing_client.services import closing, reconciliation_state, staff_tasks
from billing_client.services.closing import CannotClose
from billing_client.services.reconciliation import reconcile
from billing_client.services.reconciliation_run import reconcile_all
from billing_client.store.tables import journal, posting, recon_finding, staff_task
from tests.integration.pay.conftest import ACCOUNT, NOON, Utility

DAY = NOON.date()
PROVIDER = "wechat_sandbox"
ROWS, FAULTS = 10_000, 100


@dataclass
class ItsBill:
    """A provider of whom nothing but the daily bill is asked."""

    rows: tuple[BillRow, ...]
    name: str = PROVIDER

    async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
        return self.rows if day == DAY else ()


def _row(number: int, fen: int | None = None) -> BillRow:
    return BillRow(
        RowKind.PAYMENT, f"XS{number:06d}", f"T{number}", fen or 100 + number, NOON,
        fee_yuan=Decimal("0.00600"),
    )  # fmt: skip


# Orders 1..n, paid at noon and booked; what the arrays name is left out or spoiled.
_ORDERS = text("""
WITH made AS (
    INSERT INTO billing.payment_order
        (account_no, order_no, idempotency_key, parameters_hash, provider, amount_fen, state,
         provider_txn, expires_at, paid_at)
    SELECT :account, 'XS' || lpad(n::text, 6, '0'), 'k' || n, '', :provider, 100 + n,
           CASE WHEN n = ANY(:dropped) THEN 'PENDING' ELSE 'PAID' END,
           CASE WHEN n = ANY(:dropped) THEN NULL WHEN n = ANY(:other) THEN 'O' || n
                ELSE 'T' || n END,
           :at, CASE WHEN n = ANY(:dropped) THEN NULL ELSE CAST(:at AS timestamptz) END
      FROM generate_series(1, :rows) AS n WHERE n <> ALL(:unknown) RETURNING order_no),
booked AS (
    INSERT INTO billing.journal (kind, ref, account_no, at)
    SELECT 'pay', :provider || ':' || CASE WHEN n = ANY(:other) THEN 'O' ELSE 'T' END || n,
           :account, :at
      FROM generate_series(1, :rows) AS n
     WHERE n <> ALL(:unknown) AND n <> ALL(:dropped) AND n <> ALL(:unbooked)
    RETURNING journal_id, ref)
INSERT INTO billing.posting (journal_id, line, debit, credit, amount_fen)
SELECT journal_id, 1, 'bank:' || :provider, 'credit:' || :account,
       100 + n + CASE WHEN n = ANY(:wrong) THEN 1 ELSE 0 END
  FROM booked, LATERAL (SELECT substr(ref, length(:provider) + 3)::integer) AS it (n)
""")


async def _orders(utility: Utility, rows: int, **spoiled: list[int]) -> None:
    names = ("dropped", "other", "unknown", "unbooked", "wrong")
    values = {"account": ACCOUNT, "provider": PROVIDER, "rows": rows, "at": NOON}
    async with utility.engine.begin() as connection:
        lists = {name: spoiled.get(name, []) for name in names}
        await connection.execute(_ORDERS, values | lists)


async def _found(utility: Utility) -> dict[str, tuple[str, bool]]:
    columns = recon_finding.c.number, recon_finding.c.fault, recon_finding.c.settled_late
    async with utility.engine.connect() as connection:
        rows = await connection.execute(select(*columns))
        return {number: (fault, late) for number, fault, late in rows}


async def _booked(utility: Utility, kind: str) -> int:
    query = (
        select(func.coalesce(func.sum(posting.c.amount_fen), 0))
        .join(journal, journal.c.journal_id == posting.c.journal_id)
        .where(journal.c.kind == kind)
    )
    async with utility.engine.connect() as connection:
        return int(await connection.scalar(query) or 0)


async def test_ten_thousand_rows_with_one_in_a_hundred_wrong(utility: Utility) -> None:
    chosen = Random(7).sample(range(1, ROWS + 1), FAULTS)
    places = {fault: chosen[number::8] for number, fault in enumerate(Fault)}
    await _orders(
        utility,
        ROWS,
        dropped=places[Fault.DROPPED],
        other=places[Fault.OTHER_TRANSACTION],
        unknown=places[Fault.UNKNOWN],
        unbooked=places[Fault.NOT_BOOKED],
        wrong=places[Fault.BOOKED_WRONG],
    )
    rows = [
        _row(n, 99 + n if n in places[Fault.AMOUNT] else None)
        for n in range(1, ROWS + 1)
        if n not in places[Fault.MISSING_THERE]
    ]
    rows += [_row(n) for n in places[Fault.TWICE_THERE]]
    report = await reconcile(utility.engine, ItsBill(tuple(rows)), DAY)
    wanted = {
        f"XS{n:06d}": (fault.value, fault is Fault.DROPPED)
        for fault, numbers in places.items()
        for n in numbers
    }
    assert await _found(utility) == wanted
    assert (len(report.findings), len(report.late)) == (
        FAULTS - len(places[Fault.DROPPED]),
        len(places[Fault.DROPPED]),
    )
    assert {await utility.state(f"XS{n:06d}") for n in places[Fault.DROPPED]} == {"PAID"}
    async with utility.engine.connect() as connection:
        tasks = select(func.count()).where(staff_task.c.kind == "reconciliation")
        assert await connection.scalar(tasks) == len(report.findings)
    booked = await _booked(utility, "payout")
    assert await _booked(utility, "fee") == report.fee_fen == round(len(rows) * 0.6)
    again = await reconcile(utility.engine, ItsBill(tuple(rows)), DAY)
    assert (again.findings, again.late) == (report.findings, ())
    assert await _found(utility) == wanted
    assert await _booked(utility, "payout") == booked == report.payout_fen


async def test_a_dropped_payment_clears_its_bill(utility: Utility) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    order = await utility.order()
    row = BillRow(RowKind.PAYMENT, order.order_no, "T1", 8650, NOON, fee_yuan=Decimal("0.51900"))
    report = await reconcile(utility.engine, ItsBill((row,)), DAY)
    assert [it.fault for it in report.late] == [Fault.DROPPED]
    assert (report.fee_fen, report.payout_fen) == (52, 8598)
    assert await utility.paid_fen(bill_id) == 8650
    assert [topic for topic, _ in await utility.notices()] == ["payment_settled"]
    await utility.assert_books_right()
    async with utility.engine.connect() as connection:
        balances = await closing.trial_balance(connection, DAY, DAY)
    clearing = {it.account: it.closing_fen for it in balances}
    assert (clearing[f"bank:{PROVIDER}"], clearing["bank_account"]) == (0, 8598)


async def test_money_for_nobody_is_kept_and_named(utility: Utility) -> None:
    report = await reconcile(utility.engine, ItsBill((_row(1),)), DAY)
    assert [it.fault for it in report.findings] == [Fault.UNKNOWN]
    assert await _booked(utility, "suspense") == 101
    await utility.assert_books_right()


async def test_the_simulator_s_own_bill_agrees(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    await utility.act(order.pay_url, "pay")
    await utility.told("payment_settled")
    today = datetime.now(NOON.tzinfo).date()
    report = await reconcile(utility.engine, utility.provider, today)
    assert (report.rows, report.payments_fen, report.findings) == (1, 8650, ())
    assert report.fee_fen == 52
    await reconcile_all(utility.engine, utility.providers, today)
    assert await reconcile_all(utility.engine, utility.providers, today) == 0  # compared already
    await utility.assert_books_right()


async def test_midnight_and_the_bill_of_the_next_day(utility: Utility) -> None:
    await _orders(utility, 2)
    late = datetime(2026, 11, 24, 23, 55, tzinfo=NOON.tzinfo)
    async with utility.engine.begin() as connection:
        await connection.execute(
            text("UPDATE billing.payment_order SET paid_at = :at WHERE order_no = 'XS000002'"),
            {"at": late},
        )
    report = await reconcile(utility.engine, ItsBill((_row(1),)), DAY)
    assert report.findings == ()  # it may be in tomorrow's
    tomorrow = replace(_row(2), at=late + timedelta(minutes=10))

    class Tomorrow(ItsBill):
        async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
            return (tomorrow,)

    assert (await reconcile(utility.engine, Tomorrow(()), DAY + timedelta(days=1))).findings == ()
    assert (await reconcile(utility.engine, ItsBill((_row(1),)), DAY)).findings == ()


async def test_a_month_closes_only_when_every_day_is_clean(utility: Utility) -> None:
    await _orders(utility, 2)
    january = datetime(2027, 1, 2, tzinfo=UTC)

    async def close() -> None:
        async with utility.engine.begin() as connection:
            await closing.close_month(
                connection, "2026-11", "staff:周敏", january, reconciled=(PROVIDER,)
            )

    with pytest.raises(CannotClose, match="2026-11-24"):
        await close()
    await reconcile(utility.engine, ItsBill((_row(1),)), DAY)
    with pytest.raises(CannotClose, match="2026-11-24"):
        await close()
    async with utility.engine.begin() as connection:
        (day,) = await reconciliation_state.unclean(
            connection, (PROVIDER,), date(2026, 11, 1), date(2026, 11, 30)
        )
        assert (day.compared, day.open_findings) == (True, 1)
        (task,) = await staff_tasks.open_tasks(connection)
        await staff_tasks.finish(connection, task["task_id"], "staff:周敏", "已查明", january)
    await close()
