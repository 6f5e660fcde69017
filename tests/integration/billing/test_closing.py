"""Closed days stay as they are; what comes late is booked on the first open day."""

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing_client.domain.ledger import payment_postings
from billing_client.services import closing, ledger
from billing_client.services.billing_run import issue_bill
from billing_client.store.clock import SHANGHAI
from tests.integration.billing.conftest import ACCOUNT, NOON, Town

OCTOBER = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


async def paid(town: Town, ref: str, at: datetime) -> None:
    async with town.engine.begin() as connection:
        lines = payment_postings(ACCOUNT, "counter", 500)
        await ledger.post(connection, "suspense", ref, ACCOUNT, lines, at)


async def test_the_trial_balance_adds_up(town: Town) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    async with town.engine.begin() as connection:
        await issue_bill(connection, ACCOUNT, "2026-10")
    await paid(town, "1", datetime(2026, 10, 20, tzinfo=SHANGHAI))
    async with town.engine.connect() as connection:
        balances = await closing.trial_balance(connection, *NOVEMBER)
    by_account = {it.account: it for it in balances}
    assert sum(it.debit_fen for it in balances) == sum(it.credit_fen for it in balances)
    assert sum(it.closing_fen for it in balances) == 0
    assert by_account["ar"].debit_fen == 9800
    assert by_account["credit"].opening_fen == -500


async def test_nothing_is_booked_into_a_closed_day(town: Town) -> None:
    await paid(town, "1", datetime(2026, 10, 31, 9, tzinfo=SHANGHAI))
    async with town.engine.begin() as connection:
        await closing.close_day(connection, date(2026, 10, 31), "staff:周敏", NOON)
    async with town.engine.connect() as connection:
        before = await closing.trial_balance(connection, *OCTOBER)
    await paid(town, "2", datetime(2026, 10, 31, 23, tzinfo=SHANGHAI))
    async with town.engine.connect() as connection:
        assert await closing.trial_balance(connection, *OCTOBER) == before
        november = await closing.trial_balance(connection, *NOVEMBER)
    assert sum(it.debit_fen for it in november) == 500
    with pytest.raises(DBAPIError, match="books are closed until 2026-10-31"):
        async with town.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO billing.journal (kind, ref, account_no, at)"
                    " VALUES ('pay', '3', '1', '2026-10-30')"
                )
            )


async def test_a_month_that_is_not_over_or_not_right_stays_open(town: Town) -> None:
    async with town.engine.begin() as connection:
        with pytest.raises(closing.CannotClose, match="还没有过完"):
            await closing.close_month(connection, "2026-11", "staff:周敏", NOON)
        with pytest.raises(closing.CannotClose, match="还没有过完"):
            await closing.close_day(connection, NOON.date(), "staff:周敏", NOON)
        await closing.close_month(connection, "2026-10", "staff:周敏", NOON)
        await closing.close_month(connection, "2026-10", "staff:周敏", NOON)
    await town.read_meter(date(2026, 10, 31), 20)
    async with town.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO billing.bill (account_no, period, meter_no, reading_from_l,"
                " reading_to_l, read_from, read_to, used_l, prior_l, persons, tariff_id,"
                " customer_class, total_fen, issued_on, due_on) VALUES (:account_no, '2026-09',"
                " 'M', 0, 0, '2026-08-31', '2026-09-30', 0, 0, 3, 'TJ-2016', 'RESIDENT', 5,"
                " '2026-10-05', '2026-11-05')"
            ),
            {"account_no": ACCOUNT},
        )
    async with town.engine.begin() as connection:
        with pytest.raises(closing.CannotClose, match="账目不符"):
            await closing.close_month(connection, "2026-09", "staff:周敏", NOON)
