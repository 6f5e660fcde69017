"""Bills are cancelled and made again: the books stay right, and paid money finds the new bill."""

import asyncio
from datetime import date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from billing_client.domain.bill_cancelling import Hindrance
from billing_client.services import bill_cancelling, instalments, invoice_rows, ledger, rebilling
from billing_client.services.bill_cancelling import BillNotFound, CancelRefused, NoReason
from billing_client.services.billing_run import issue_bill
from billing_client.services.measuring import EstimateTooHigh, ReadingTooLow
from billing_client.services.rebilling import Rebilled
from billing_client.store import settings
from billing_client.store.tables import (
    account,
    audit,
    bill,
    cancelled_bill,
    payment_order,
    reading,
)
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town
from tests.integration.billing.test_billing_run import issue, pay

BY = "staff:周敏"


async def cancel(
    town: Town, bill_id: int, *, with_later: bool = False, reason: str = "抄错"
) -> int:
    async with town.engine.begin() as connection:
        done = await bill_cancelling.cancel(
            connection, ACCOUNT, bill_id, reason=reason, by=BY, now=NOON, with_later=with_later
        )
    return len(done)


async def rebill(town: Town, bill_id: int, now: datetime = NOON) -> Rebilled:
    async with town.engine.begin() as connection:
        return await rebilling.rebill(
            connection, ACCOUNT, bill_id, reason="人口核定有误", by=BY, now=now
        )


async def correct(town: Town, period: str) -> Rebilled:
    async with town.engine.begin() as connection:
        return await rebilling.correct_estimates(
            connection, ACCOUNT, period, reason="实抄低于估抄", by=BY, now=NOON
        )


async def prepaid(town: Town) -> int:
    async with town.engine.connect() as connection:
        return await ledger.prepaid_fen(connection, ACCOUNT)


async def estimate(town: Town, read_on: date, cubic_metres: int) -> None:
    await town.read_meter(read_on, cubic_metres)
    async with town.engine.begin() as connection:
        await connection.execute(
            update(reading).where(reading.c.read_on == read_on).values(source="estimate")
        )


async def test_a_paid_bill_leaves_its_money_with_the_customer(town: Town) -> None:
    await town.read_meter(date(2026, 9, 30), 20)
    bill_id = await issue(town, "2026-09")  # 9800 fen, due 5 November
    await pay(town, "P1", 9893, NOON, bill_id)  # with 19 days of late fee
    assert await cancel(town, bill_id) == 1
    assert await prepaid(town) == 9893
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(bill)) == 0
        kept = (await connection.execute(select(cancelled_bill))).mappings().one()
        seen = (
            await connection.execute(select(audit).where(audit.c.table_name == "cancelled_bill"))
        ).mappings()
        (entry,) = list(seen)
    assert (kept["total_fen"], kept["credited_fen"], kept["reason"]) == (9800, 9893, "抄错")
    assert kept["document"]["bill"]["used_l"] == 20_000
    assert sum(item["amount_fen"] for item in kept["document"]["items"]) == 9800
    assert len(kept["document"]["lines"]) == 2
    assert (entry["actor"], entry["account_no"]) == (BY, ACCOUNT)
    await town.assert_books_right()
    with pytest.raises(BillNotFound):
        await cancel(town, bill_id)


async def test_rebilled_with_what_is_known_today_and_paid_from_the_old_payment(town: Town) -> None:
    """Five persons move the tiers of 天津: 195 m³ lie in the first one after all."""
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 175)
    await town.read_meter(date(2026, 10, 31), 195)
    first, second = await issue(town, "2026-09"), await issue(town, "2026-10")
    await pay(town, "P1", 175 * 490, NOON, first)
    await pay(town, "P2", 11_750, NOON, second)
    # The late fee of September took its part of the money.
    async with town.engine.begin() as connection:
        await connection.execute(update(account).values(persons=5))
    before = await prepaid(town)
    done = await rebill(town, first)
    assert [old.period for old in done.cancelled] == ["2026-10", "2026-09"]
    assert [new.total_fen for new in done.issued] == [175 * 490, 20 * 490]
    assert done.without_bill == ()
    assert before == 0
    assert await prepaid(town) == 11_750 - 9_800
    views = await town.client.bills(WANG, ACCOUNT, "2026-09", "2026-10")
    assert [view.state for view in views] == ["paid", "paid"]
    assert [view.due_on for view in views] == [date(2026, 12, 9), date(2026, 12, 9)]
    assert views[1].issued_on == NOON.date()
    await town.assert_books_right()
    again = await rebill(town, done.issued[0].bill_id)  # nothing else is known: the same bills
    assert [new.total_fen for new in again.issued] == [175 * 490, 20 * 490]
    await town.assert_books_right()


async def test_an_estimate_too_high_comes_back_at_the_price_of_its_tier(town: Town) -> None:
    """The golden example E-1 with 天津's prices: 5 m³ leave the second tier, at its price."""
    await town.read_meter(date(2026, 9, 30), 165)
    await issue(town, "2026-09")
    await estimate(town, date(2026, 10, 31), 195)
    estimated = await issue(town, "2026-10")
    await pay(town, "P1", 200_000, NOON, estimated)
    left = await prepaid(town)
    await town.read_meter(date(2026, 11, 30), 190)
    with pytest.raises(EstimateTooHigh):
        await issue(town, "2026-11")
    done = await correct(town, "2026-11")
    assert [old.bill_id for old in done.cancelled] == [estimated]
    assert done.without_bill == ("2026-10",)
    async with town.engine.connect() as connection:
        row = (
            (await connection.execute(select(bill).where(bill.c.period == "2026-11")))
            .mappings()
            .one()
        )
    assert (row["used_l"], row["prior_l"], row["total_fen"]) == (25_000, 165_000, 13_550)
    assert await prepaid(town) - left == 16_650 - 13_550 == 5 * 620
    await town.assert_books_right()


async def test_only_as_many_estimates_go_as_it_takes(town: Town) -> None:
    await town.read_meter(date(2026, 8, 31), 0)
    await town.read_meter(date(2026, 9, 30), 20)
    await issue(town, "2026-09")
    await estimate(town, date(2026, 10, 31), 40)
    await estimate(town, date(2026, 11, 30), 60)
    kept, gone = await issue(town, "2026-10"), await issue(town, "2026-11")
    await town.read_meter(date(2026, 12, 31), 50)
    done = await correct(town, "2026-12")
    assert [old.bill_id for old in done.cancelled] == [gone]
    async with town.engine.connect() as connection:
        rows = await connection.execute(select(bill.c.period, bill.c.used_l).order_by("period"))
        assert list(map(tuple, rows)) == [
            ("2026-09", 20_000), ("2026-10", 20_000), ("2026-12", 10_000),
        ]  # fmt: skip
        assert kept
    await town.assert_books_right()


async def test_below_a_real_reading_no_bill_is_touched(town: Town) -> None:
    await town.read_meter(date(2026, 9, 30), 20)
    await issue(town, "2026-09")
    await estimate(town, date(2026, 10, 31), 40)
    await issue(town, "2026-10")
    await town.read_meter(date(2026, 11, 30), 15)
    with pytest.raises(ReadingTooLow):
        await correct(town, "2026-11")
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(bill)) == 2


async def test_later_bills_are_named_and_go_only_when_asked_for(town: Town) -> None:
    await town.read_meter(date(2026, 9, 30), 20)
    await town.read_meter(date(2026, 10, 31), 40)
    first, second = await issue(town, "2026-09"), await issue(town, "2026-10")
    with pytest.raises(CancelRefused) as refused:
        await cancel(town, first)
    assert (refused.value.reason, refused.value.later) == (Hindrance.LATER_BILLS, (second,))
    assert await cancel(town, first, with_later=True) == 2
    await town.assert_books_right()


async def test_bills_that_others_rely_on_stay(town: Town) -> None:
    await town.read_meter(date(2026, 9, 30), 30)
    bill_id = await issue(town, "2026-09")

    async def refusal() -> Hindrance:
        with pytest.raises(CancelRefused) as refused:
            await cancel(town, bill_id)
        return refused.value.reason

    async with town.engine.begin() as connection:
        await settings.write(connection, instalments.INSTALMENTS, {"least_total_fen": 100})
        await instalments.agree(connection, ACCOUNT, 2, "k", NOON)
    assert await refusal() is Hindrance.INSTALMENT_RUNS
    async with town.engine.begin() as connection:
        await connection.execute(text("UPDATE billing.instalment_plan SET state = 'BROKEN'"))
        order = {"order_no": "L1", "idempotency_key": "L1", "parameters_hash": "x"}
        await connection.execute(
            insert(payment_order).values(
                account_no=ACCOUNT, provider="counter", amount_fen=5, state="PENDING",
                expires_at=NOON + timedelta(hours=2), **order,
            )
        )  # fmt: skip
        await connection.execute(
            text("INSERT INTO billing.payment_order_bill VALUES ('L1', :bill, 0)"),
            {"bill": bill_id},
        )
    assert await refusal() is Hindrance.PAYMENT_PENDING
    async with town.engine.begin() as connection:
        await connection.execute(update(payment_order).values(state="CLOSED"))
        await connection.execute(update(bill).values(invoice_no="26"))
    assert await refusal() is Hindrance.INVOICED
    async with town.engine.begin() as connection:
        await connection.execute(update(bill).values(invoice_no=None))
        title = {"title_kind": "personal", "title_name": "王小明", "periods": [], "lines": []}
        values = {"idempotency_key": "k", "provider": "x", "kind": "blue", "remark": "", **title}
        await invoice_rows.write(
            connection,
            {"account_no": ACCOUNT, "request_no": "I1", "total_fen": 1, "tax_fen": 0, **values},
            [bill_id],
        )
    assert await refusal() is Hindrance.INVOICED, "an invoice is on its way"
    async with town.engine.begin() as connection:
        await invoice_rows.release(connection, "I1")
        await connection.execute(update(account).values(owner_since=date(2026, 10, 1)))
    assert await refusal() is Hindrance.FORMER_OWNER
    async with town.engine.begin() as connection:
        await connection.execute(update(account).values(owner_since=None))
    with pytest.raises(NoReason):
        await cancel(town, bill_id, reason=" ")
    await town.assert_books_right()


async def test_the_database_lets_no_bill_vanish(town: Town, database_url: str) -> None:
    await town.read_meter(date(2026, 9, 30), 20)
    bill_id = await issue(town, "2026-09")
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="without being cancelled"),
    ):
        connection.execute("DELETE FROM billing.bill")
    await cancel(town, bill_id)
    async with town.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text("DELETE FROM billing.cancelled_bill"))


async def test_two_cancel_at_once_and_one_does(town: Town) -> None:
    await town.read_meter(date(2026, 9, 30), 20)
    bill_id = await issue(town, "2026-09")
    await pay(town, "P1", 9893, NOON, bill_id)
    outcomes = await asyncio.gather(
        *(cancel(town, bill_id) for _ in range(4)), return_exceptions=True
    )
    assert sorted(map(str, outcomes)).count("1") == 1
    assert sum(isinstance(one, BillNotFound) for one in outcomes) == 3
    assert await prepaid(town) == 9893
    await town.assert_books_right()
    async with town.engine.begin() as connection:
        assert (await issue_bill(connection, ACCOUNT, "2026-09")).new
    await town.assert_books_right()
