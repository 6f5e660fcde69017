"""A payment from the order to the ledger, through HTTP and signatures, on the sandbox."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from billing_client.errors import AmountRefused, KeyReused, NoSuchBill, NothingToPay
from billing_client.services import payment_orders
from billing_client.services.payment_orders import Reservation
from billing_client.store import clock, settings
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility


async def test_a_paid_order_settles_its_bill_and_is_told_once(utility: Utility) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    order = await utility.order()
    assert (order.amount_fen, order.state, order.bill_ids) == (8650, "PENDING", (bill_id,))
    assert len(order.order_no) <= 32
    assert "支付成功" in await utility.act(order.pay_url, "pay")
    payload = await utility.told("payment_settled")
    assert payload == {
        "order_no": order.order_no,
        "account_no": ACCOUNT,
        "amount_fen": 8650,
        "left_open_fen": 0,
        "credited_fen": 0,
        "periods": ["2026-10"],
    }
    assert await utility.paid_fen(bill_id) == 8650
    assert (await utility.payments.payment_order(CALLER, order.order_no)).state == "PAID"
    assert [topic for topic, _ in await utility.notices()] == ["payment_settled"]
    await utility.assert_books_right()


async def test_a_payment_without_balance_fails_and_can_be_tried_again(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    await utility.act(order.pay_url, "fail")
    assert (await utility.told("payment_failed"))["reason"] == "NOTENOUGH"
    second = await utility.order("k2")
    assert second.order_no != order.order_no
    await utility.act(second.pay_url, "pay")
    await utility.told("payment_settled")
    await utility.assert_books_right()


async def test_a_query_settles_what_no_notice_told(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    await utility.act(order.pay_url, "cancel")
    assert (await utility.payments.payment_order(CALLER, order.order_no)).state == "PENDING"
    await utility.act(order.pay_url, "pay")
    seen = await utility.payments.payment_order(CALLER, order.order_no)
    assert seen.state == "PAID"
    await utility.assert_books_right()


async def test_asking_again_hands_out_the_same_order(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    first = await utility.order("k1")
    again = await utility.order("k2")
    assert (again.order_no, again.reused) == (first.order_no, True)
    with pytest.raises(KeyReused):
        await utility.order("k1", amount_fen=100)


async def test_another_amount_closes_the_order_in_the_way(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    first = await utility.order("k1")
    second = await utility.order("k2", amount_fen=10_000)
    assert await utility.state(first.order_no) == "CLOSED"
    assert (await utility.payer.get(first.pay_url)).status_code == 410
    await utility.act(second.pay_url, "pay")
    assert (await utility.told("payment_settled"))["credited_fen"] == 1350
    await utility.assert_books_right()


async def test_the_same_key_at_once_makes_one_order(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    orders = await asyncio.gather(*(utility.order("same") for _ in range(8)))
    assert len({order.order_no for order in orders}) == 1
    different = await asyncio.gather(*(utility.order(f"k{number}") for number in range(8)))
    assert {order.order_no for order in different} == {orders[0].order_no}
    assert await utility.orders() == 1


async def test_the_database_too_holds_one_live_order_for_a_set_of_bills(
    utility: Utility,
) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order("k1")
    async with utility.engine.connect() as connection:
        row = await payment_orders.find(connection, order.order_no)
    assert row is not None
    second = Reservation(
        account_no=ACCOUNT,
        idempotency_key="k2",
        parameters_hash="",
        provider=row.provider,
        kind=row.kind,
        amount_fen=8650,
        bill_ids=order.bill_ids,
        expires_at=row.expires_at,
        conversation_id=None,
    )
    with pytest.raises(IntegrityError, match="one_live_order_of_bills"):
        async with utility.engine.begin() as connection:
            await payment_orders.reserve(connection, second, NOON)


async def test_what_cannot_be_ordered(utility: Utility) -> None:
    with pytest.raises(NothingToPay):
        await utility.order()
    bill_id = await utility.issue("2026-10", 8650)
    for amount_fen in (99, 5_000_001):
        with pytest.raises(AmountRefused):
            await utility.order("k2", amount_fen=amount_fen)
    with pytest.raises(NoSuchBill):
        await utility.order("k3", bill_ids=(bill_id + 1,))
    assert await utility.orders() == 0


async def test_a_small_bill_can_be_paid_off(utility: Utility) -> None:
    await utility.issue("2026-10", 37)
    assert (await utility.order()).amount_fen == 37


async def test_links_open_only_with_their_signature(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    picture = await utility.payer.get(order.qr_url)
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in picture.content
    for forged in (order.qr_url[:-1] + "!", order.pay_url[:-1] + "!"):
        assert (await utility.payer.get(forged)).status_code == 404


async def test_late_fees_are_in_the_order_and_paying_in_time_clears_the_bill(
    utility: Utility,
) -> None:
    bill_id = await utility.issue("2026-10", 10_000)
    ordered_at = datetime(2026, 12, 15, 23, 30, tzinfo=clock.SHANGHAI)  # due on the 5th
    async with utility.engine.begin() as connection:
        await settings.write(connection, "late_fee", {"rate_per_day": "0.0005"})
        await clock.set_now(connection, ordered_at, running=False)
    order = await utility.order()
    assert order.amount_fen == 10_000 + 50  # 10 days of 0.5‰
    async with utility.engine.begin() as connection:
        await clock.set_now(connection, ordered_at + timedelta(hours=1), running=False)
    await utility.act(order.pay_url, "pay")
    payload = await utility.told("payment_settled")
    assert (payload["left_open_fen"], payload["credited_fen"]) == (0, 0)
    assert await utility.paid_fen(bill_id) == 10_050
    await utility.assert_books_right()
