"""Bills agree with the ledger, once each, and use prepaid balance."""

import asyncio
from datetime import date, datetime

import pytest
from sqlalchemy import func, insert, select

from billing_client.domain.ledger import payment_postings
from billing_client.services import ledger
from billing_client.services.allocation import allocate
from billing_client.services.billing_run import issue_bill
from billing_client.services.measuring import NoReading
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import bill, journal, payment_order
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town


async def issue(town: Town, period: str, *, notify: bool = False) -> int:
    async with town.engine.begin() as connection:
        return (await issue_bill(connection, ACCOUNT, period, notify=notify)).bill_id


async def pay(town: Town, order_no: str, fen: int, at: datetime, *bill_ids: int) -> int:
    async with town.engine.begin() as connection:
        await connection.execute(
            insert(payment_order).values(
                account_no=ACCOUNT,
                order_no=order_no,
                idempotency_key=order_no,
                parameters_hash="x",
                provider="counter",
                amount_fen=fen,
                state="PAID",
                expires_at=at,
            )
        )
        lines = payment_postings(ACCOUNT, "counter", fen)
        await ledger.post(connection, "pay", f"counter:{order_no}", ACCOUNT, lines, at)
        return await allocate(connection, ACCOUNT, order_no, bill_ids, at)


async def test_a_bill_is_computed_posted_and_explained(town: Town) -> None:
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 175)
    await town.read_meter(date(2026, 10, 31), 195)
    await issue(town, "2026-09")
    bill_id = await issue(town, "2026-10")
    (view,) = await town.client.bills(WANG, ACCOUNT)
    assert (view.period, view.used_l, view.total_fen, view.state) == (
        "2026-10", 20_000, 11750, "unpaid",
    )  # fmt: skip
    assert [(item.name, item.amount_fen) for item in view.items] == [
        ("水费(含水资源税)", 9850),
        ("污水处理费", 1900),
    ]
    explained = await town.client.explain_bill(WANG, ACCOUNT, bill_id)
    assert (explained.agrees, explained.prior_l, explained.previous_period_l) == (
        True, 175_000, 175_000,
    )  # fmt: skip
    assert [(tier.tier, tier.volume_l, tier.price_e4) for tier in explained.tiers] == [
        (1, 5000, 49000),
        (2, 15000, 62000),
    ]
    position = await town.client.tier_position(WANG, ACCOUNT)
    assert (position.tier, position.used_l, position.left_l) == (2, 195_000, 45_000)
    await town.assert_books_right()


async def test_running_twice_at_once_bills_once(town: Town) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    bill_ids = await asyncio.gather(*(issue(town, "2026-10") for _ in range(6)))
    assert len(set(bill_ids)) == 1
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(bill)) == 1
        assert await connection.scalar(select(func.count()).select_from(journal)) == 1
    await town.assert_books_right()


async def test_a_period_without_a_reading_is_not_billed(town: Town) -> None:
    with pytest.raises(NoReading):
        await issue(town, "2026-10")
    await town.read_meter(date(2026, 9, 30), 20)
    await issue(town, "2026-09")
    await town.read_meter(date(2026, 10, 31), 19)
    with pytest.raises(NoReading):
        await issue(town, "2026-10")


async def test_prepaid_balance_is_used_by_the_next_bill(town: Town) -> None:
    await town.bind()
    await town.read_meter(date(2026, 10, 31), 20)
    await pay(town, "P1", 15_000, datetime(2026, 11, 1, 9, tzinfo=SHANGHAI))
    await issue(town, "2026-10")
    balance = await town.client.balance(WANG, ACCOUNT)
    assert (balance.prepaid_fen, balance.open_fen) == (15_000 - 9800, 0)
    (view,) = await town.client.bills(WANG, ACCOUNT)
    assert view.state == "paid"
    await town.assert_books_right()


async def test_late_fee_accrues_is_paid_first_and_follows_the_principal(town: Town) -> None:
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 20)  # 9800 fen, due 5 November
    bill_id = await issue(town, "2026-09")
    owed = await town.client.arrears(WANG, ACCOUNT)
    assert owed.late_fee_fen == 93  # 9800 x 0.0005 x 19 days = 93.1
    assert owed.overdue_fen == owed.open_fen == 9893
    await pay(town, "P1", 5093, NOON, bill_id)
    await town.set_now(datetime(2026, 12, 4, 12, tzinfo=SHANGHAI))
    owed = await town.client.arrears(WANG, ACCOUNT)
    assert owed.late_fee_fen == 117  # 93.1 + 4800 x 0.0005 x 10 days
    assert owed.open_fen == 4800 + 24
    assert await pay(town, "P2", 5000, datetime(2026, 12, 4, 12, tzinfo=SHANGHAI)) == 176
    assert (await town.client.arrears(WANG, ACCOUNT)).bills == ()
    await town.assert_books_right()


async def test_bound_chats_are_told_of_a_bill_once(town: Town) -> None:
    await town.bind()
    await town.read_meter(date(2026, 10, 31), 20)
    await issue(town, "2026-10", notify=True)
    taken = await asyncio.gather(*(town.client.take_notices() for _ in range(4)))
    (told,) = [notice for batch in taken for notice in batch]
    assert (told.topic, told.channel_user, told.payload["total_fen"]) == (
        "bill_issued", "wang", 9800,
    )  # fmt: skip
    await town.client.settle_notice(told.notice_id)
    assert await town.client.take_notices() == ()


async def test_chart_opens_by_its_signature_alone(town: Town) -> None:
    await town.bind()
    signature = (await town.client.chart_url(WANG, ACCOUNT)).rsplit("/", 1)[1]
    signed = signature.removesuffix(".svg")
    assert (await town.client.usage_chart(ACCOUNT, signed)).startswith("<svg")
    with pytest.raises(Exception, match="not_bound"):
        await town.client.usage_chart(NEIGHBOUR, signed)
