"""What must hold of every billing system behind the door, ours or another's.

Each test runs against the core in-process, the same core over HTTP, and the system at
``CONTRACT_URL`` when one is named. They read, and write nothing but a payment order.
"""

import uuid
from dataclasses import replace

import pytest

from billing_client.errors import KeyReused, NoSuchBill, NoSuchOrder, NotBound, NothingToPay
from billing_client.views import BillView, Level
from tests.integration.api.conftest import Subject

FIRST, LAST = "2020-01", "2099-12"


async def _bills(subject: Subject) -> tuple[BillView, ...]:
    return await subject.client.bills(subject.caller, subject.account_no, FIRST, LAST)


async def test_the_customer_is_known_and_masked(subject: Subject) -> None:
    known = await subject.client.identify(subject.caller)
    assert known.level >= Level.BOUND
    mine = next(one for one in known.accounts if one.account_no == subject.account_no)
    assert "*" in mine.owner_name
    assert "****" in mine.phone


async def test_a_stranger_sees_nothing_of_the_account(subject: Subject) -> None:
    stranger = replace(subject.caller, channel_user=f"stranger-{uuid.uuid4()}")
    client, account_no = subject.client, subject.account_no
    assert (await client.identify(stranger)).level is Level.ANYONE
    for asked in (client.bills, client.arrears, client.usage, client.payments, client.autopay,
                  client.balance, client.tier_position, client.chart_url, client.leak_signs,
                  client.forecast, client.instalment, client.reminders):  # fmt: skip
        with pytest.raises(NotBound):
            await asked(stranger, account_no)
    with pytest.raises(NotBound):
        await client.create_payment_order(stranger, account_no, idempotency_key=str(uuid.uuid4()))
    assert await client.service_orders(stranger) == ()


async def test_bills_add_up(subject: Subject) -> None:
    bills = await _bills(subject)
    assert bills
    assert [one.period for one in bills] == sorted(one.period for one in bills)
    for one in bills:
        assert one.total_fen == sum(item.amount_fen for item in one.items)
        assert one.open_fen == one.total_fen + one.late_fee_fen - one.paid_fen
        assert one.used_l >= 0
        for line in one.lines:
            assert line.amount_e5 == line.volume_l * line.price_e4


async def test_without_periods_the_latest_bill(subject: Subject) -> None:
    latest = await subject.client.bills(subject.caller, subject.account_no)
    assert latest == (await _bills(subject))[-1:]


async def test_arrears_are_the_open_bills(subject: Subject) -> None:
    owed = await subject.client.arrears(subject.caller, subject.account_no)
    still_open = [one for one in await _bills(subject) if one.open_fen]
    assert owed.open_fen == sum(one.open_fen for one in still_open)
    assert {one.bill_id for one in owed.bills} == {one.bill_id for one in still_open}
    balance = await subject.client.balance(subject.caller, subject.account_no)
    assert balance.open_fen == owed.open_fen
    assert balance.prepaid_fen >= 0


async def test_every_bill_can_be_explained(subject: Subject) -> None:
    for one in await _bills(subject):
        explained = await subject.client.explain_bill(
            subject.caller, subject.account_no, one.bill_id
        )
        assert explained.agrees
        assert explained.recomputed_fen == explained.bill.total_fen == one.total_fen
        assert sum(tier.volume_l for tier in explained.tiers) <= one.used_l


async def test_use_is_that_of_the_bills(subject: Subject) -> None:
    use = await subject.client.usage(subject.caller, subject.account_no)
    billed = {one.period: one.used_l for one in await _bills(subject)}
    assert use.points
    assert len(use.points) <= 12
    assert all(billed[point.period] == point.used_l for point in use.points)


async def test_what_does_not_exist_is_told_by_name(subject: Subject) -> None:
    with pytest.raises(NoSuchBill):
        await subject.client.explain_bill(subject.caller, subject.account_no, 2**62)
    with pytest.raises(NoSuchOrder):
        await subject.client.payment_order(subject.caller, "XS20000101000000000000000000")
    with pytest.raises(NoSuchOrder):
        await subject.client.service_order(subject.caller, "GD19990101001")


async def test_a_payment_order_is_made_once_a_key(subject: Subject) -> None:
    key, client = str(uuid.uuid4()), subject.client
    try:
        order = await client.create_payment_order(
            subject.caller, subject.account_no, idempotency_key=key
        )
    except NothingToPay:
        order = await client.create_payment_order(
            subject.caller, subject.account_no, idempotency_key=key, amount_fen=1_000
        )
        return
    again = await client.create_payment_order(
        subject.caller, subject.account_no, idempotency_key=key
    )
    assert again.order_no == order.order_no
    with pytest.raises(KeyReused):
        await client.create_payment_order(
            subject.caller, subject.account_no, idempotency_key=key, amount_fen=777
        )
    found = await client.payment_order(subject.caller, order.order_no)
    assert (found.amount_fen, found.account_no) == (order.amount_fen, subject.account_no)


async def test_the_clock_is_aware(subject: Subject) -> None:
    assert (await subject.client.now()).tzinfo is not None
