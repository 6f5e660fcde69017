"""A payment by Alipay, from the order to the ledger; refund, contract and bill on its simulator."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing_client.pay.alipay.provider import AlipayProvider
from billing_client.pay.alipay.transport import SHANGHAI
from billing_client.pay.capabilities import Scene
from billing_client.pay.messages import (
    NewOrder,
    Refund,
    RefundState,
    RowKind,
    TransactionState,
)
from billing_client.pay.port import NumberTaken, ProviderRefused
from tests.integration.pay.conftest import ACCOUNT, CALLER, Utility

ALIPAY = "alipay_sandbox"


def _alipay(utility: Utility) -> AlipayProvider:
    provider = utility.providers.of(ALIPAY)
    assert isinstance(provider, AlipayProvider)
    return provider


async def test_an_order_by_alipay_is_paid_and_settled_once(utility: Utility) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    order = await utility.order(method="alipay")
    assert order.provider == ALIPAY
    assert "86.50" in (await utility.payer.get(order.pay_url, follow_redirects=True)).text
    await utility.act(order.pay_url, "fail")  # tells nobody, the payer tries again
    assert await utility.state(order.order_no) == "PENDING"
    assert "支付成功" in await utility.act(order.pay_url, "pay")
    assert (await utility.told("payment_settled"))["amount_fen"] == 8650
    assert await utility.paid_fen(bill_id) == 8650
    await utility.assert_books_right()


async def test_another_method_takes_the_place_of_the_first(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    first = await utility.order("k1", method="wechat")
    second = await utility.order("k2", method="alipay")
    assert (await utility.state(first.order_no), second.state) == ("CLOSED", "PENDING")


async def test_a_query_settles_what_no_notice_told(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order(method="alipay")
    assert (await _alipay(utility).query(order.order_no)).state is TransactionState.MISSING
    await utility.payer.get(order.pay_url, follow_redirects=True)  # scanned
    assert (await _alipay(utility).query(order.order_no)).state is TransactionState.WAITING
    await utility.act(order.pay_url, "pay")
    seen = await utility.payments.payment_order(CALLER, order.order_no)
    assert seen.state == "PAID"
    await utility.assert_books_right()


async def _paid(utility: Utility) -> str:
    """The number of a paid order of 86.50 yuan."""
    await utility.issue("2026-10", 8650)
    order = await utility.order(method="alipay")
    await utility.act(order.pay_url, "pay")
    await utility.told("payment_settled")
    return order.order_no


async def test_a_refund_number_gives_money_back_once(utility: Utility) -> None:
    alipay, order_no = _alipay(utility), await _paid(utility)
    part = Refund("RF1", order_no, 650, 8650, "多缴退款")
    assert (await alipay.query_refund(part)).state is RefundState.MISSING
    for _ in range(2):
        await alipay.move_money(part)
    told = await alipay.query_refund(part)
    assert (told.state, told.amount_fen) == (RefundState.DONE, 650)
    with pytest.raises(ProviderRefused):
        await alipay.move_money(Refund("RF2", order_no, 8001, 8650, "多退"))
    await alipay.move_money(Refund("RF3", order_no, 8000, 8650, "全退"))
    # A full refund closes the trade at Alipay: to us it stays paid.
    assert (await alipay.query(order_no)).state is TransactionState.PAID
    assert await utility.state(order_no) == "PAID"


async def test_the_bill_of_the_day_has_payments_and_refunds(utility: Utility) -> None:
    alipay, order_no = _alipay(utility), await _paid(utility)
    await alipay.move_money(Refund("RF1", order_no, 650, 8650, "多缴退款"))
    today = datetime.now(SHANGHAI).date()
    payment, refund = await alipay.trade_bill(today)
    assert (payment.kind, payment.order_no, payment.amount_fen) == (
        RowKind.PAYMENT,
        order_no,
        8650,
    )
    assert payment.fee_yuan == Decimal("0.52")
    assert (refund.kind, refund.amount_fen, refund.refund_no) == (RowKind.REFUND, 650, "RF1")
    assert await alipay.trade_bill(today.replace(year=today.year - 1)) == ()


async def test_the_phones_page_makes_the_order_when_it_is_opened(utility: Utility) -> None:
    alipay = _alipay(utility)
    wanted = NewOrder("XSWAP00001", 100, "水费", datetime(2099, 1, 1, tzinfo=UTC), Scene.PHONE_PAGE)
    page = await alipay.create_order(wanted)
    assert (await alipay.query("XSWAP00001")).state is TransactionState.MISSING
    await utility.act(page, "pay")
    assert (await alipay.query("XSWAP00001")).state is TransactionState.PAID
    with pytest.raises(NumberTaken):
        await alipay.create_order(
            NewOrder("XSWAP00001", 100, "水费", datetime(2099, 1, 1, tzinfo=UTC))
        )


async def test_a_contract_is_signed_deducts_fails_and_ends(utility: Utility) -> None:
    waiting = await utility.autopay.sign_autopay(
        CALLER, ACCOUNT, idempotency_key="s1", method="alipay"
    )
    assert (waiting.provider, waiting.state) == (ALIPAY, "PENDING")
    assert waiting.sign_url is not None
    assert "签约成功" in await utility.act(waiting.sign_url, "sign")
    await utility.told("autopay_signed")
    bill_id = await utility.issue("2026-10", 8650)
    assert await utility.duties.run_autopay() == 1
    await utility.told("autopay_paid")
    assert await utility.paid_fen(bill_id) == 8650
    assert (await utility.autopay.cancel_autopay(CALLER, ACCOUNT)).state == "ENDED"
    await utility.assert_books_right()


async def test_a_deduction_without_balance_is_told_with_its_reason(utility: Utility) -> None:
    waiting = await utility.autopay.sign_autopay(
        CALLER, ACCOUNT, idempotency_key="s1", method="alipay"
    )
    assert waiting.sign_url is not None
    await utility.act(waiting.sign_url, "sign")
    await utility.told("autopay_signed")
    await utility.act(waiting.sign_url, "drain")
    await utility.issue("2026-10", 8650)
    assert await utility.duties.run_autopay() == 1
    assert (await utility.told("autopay_failed"))["reason"] == "NOTENOUGH"
    await utility.assert_books_right()
