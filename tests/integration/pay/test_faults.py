"""Faults of a provider: of its notices in each state of an order, of its answers at each call."""

from collections import Counter

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import ProviderSilent
from billing_client.pay.alipay_sandbox import trades as alipay_trades
from billing_client.pay.alipay_sandbox.store import trade as alipay_trade
from billing_client.pay.messages import Refund, RefundState, Transaction, TransactionState
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.simulator import faults, notifier
from billing_client.pay.simulator.faults import Fault
from billing_client.pay.wechat_sandbox import trades as wechat_trades
from billing_client.pay.wechat_sandbox.store import trade as wechat_trade
from billing_client.services import settlement
from billing_client.store.tables import notice, payment_order, posting, staff_task
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility, eventually

STATES = ("CREATED", "UNKNOWN", "PENDING", "CLOSED", "FAILED", "PAID")
METHODS = ("wechat", "alipay")
FEN = 8650

# What an order comes to when the notice of its payment has this fault: PAID, but for these.
KEPT_APART = dict.fromkeys(STATES, "FAILED") | {"CLOSED": "CLOSED", "PAID": "PAID"}
# Nobody asks about an order that is over; the provider's bill of the day tells of it.
NOT_TOLD = dict.fromkeys(STATES, "PAID") | {"CLOSED": "CLOSED", "FAILED": "FAILED"}
ENDS = {Fault.OTHER_AMOUNT: KEPT_APART, Fault.DROPPED: NOT_TOLD}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(notifier, "LATE_SECONDS", 0.3)
    monkeypatch.setattr("billing_client.pay.simulator.gate_faults.SLOW_SECONDS", 0.2)


async def _pay(connection: AsyncConnection, method: str, order_no: str) -> str:
    """The payer pays; the number of the transaction. The notice waits in the same transaction."""
    if method == "wechat":
        asked = select(wechat_trade.c.token).where(wechat_trade.c.out_trade_no == order_no)
        assert await wechat_trades.settle(connection, str(await connection.scalar(asked)))
        return str((await wechat_trades.find(connection, order_no)).transaction_id)
    asked = select(alipay_trade.c.token).where(alipay_trade.c.out_trade_no == order_no)
    token = str(await connection.scalar(asked))
    await alipay_trades.scan(connection, token)
    assert await alipay_trades.pay(connection, token)
    return str((await alipay_trades.find(connection, order_no)).trade_no)


async def _orders(utility: Utility, method: str) -> dict[str, str]:
    """An order over a bill of its own for each state, not yet paid."""
    made = {}
    for number, state in enumerate(STATES, 1):
        bill_id = await utility.issue(f"2026-{number:02d}", FEN)
        order = await utility.order(state, bill_ids=(bill_id,), method=method)
        made[state] = order.order_no
        if state not in ("PENDING", "PAID"):
            async with utility.engine.begin() as connection:
                mine = payment_order.c.order_no == order.order_no
                await connection.execute(update(payment_order).where(mine).values(state=state))
    return made


async def _pay_all(utility: Utility, method: str, orders: dict[str, str], knob: Fault) -> None:
    async with utility.engine.begin() as connection:
        times = len(orders) - (knob is Fault.OUT_OF_ORDER)  # the last one lets the others go
        await faults.arm(connection, method, knob, times)
        for state, order_no in orders.items():
            txn = await _pay(connection, method, order_no)
            if state == "PAID":  # a query was faster than the notice
                paid = Transaction(order_no, TransactionState.PAID, FEN, provider_txn=txn)
                await settlement.settle(connection, f"{method}_sandbox", paid, NOON)


async def _states(utility: Utility) -> dict[str, str]:
    asked = select(payment_order.c.order_no, payment_order.c.state)
    async with utility.engine.connect() as connection:
        return {row[0]: row[1] for row in await connection.execute(asked)}


@pytest.mark.parametrize("knob", faults.NOTICE_FAULTS)
@pytest.mark.parametrize("method", METHODS)
async def test_a_faulty_notice(utility: Utility, method: str, knob: Fault) -> None:
    orders = await _orders(utility, method)
    await _pay_all(utility, method, orders, knob)
    ends = ENDS.get(knob, dict.fromkeys(STATES, "PAID"))
    wanted = {order_no: ends[state] for state, order_no in orders.items()}

    async def reached() -> bool | None:
        if knob is Fault.DROPPED:
            async with utility.engine.begin() as connection:
                due = update(payment_order).values(next_query_at=func.now())
                await connection.execute(due)
            await utility.duties.sweep_orders()
        return True if await _states(utility) == wanted and await _all_sent(utility) else None

    try:
        await eventually(reached)
    finally:
        assert await _states(utility) == wanted
    await _assert_each_once(utility, wanted, apart=knob is Fault.OTHER_AMOUNT)


async def _all_sent(utility: Utility) -> bool:
    """Every notice was taken: what comes twice has come twice."""
    sent = notifier.notify
    async with utility.engine.connect() as connection:
        waiting = select(func.count()).select_from(sent).where(sent.c.done_at.is_(None))
        return await connection.scalar(waiting) == 0


async def _assert_each_once(utility: Utility, wanted: dict[str, str], *, apart: bool) -> None:
    """Every payment is in the books once, told once; what fits no order has a task of its own."""
    async with utility.engine.connect() as connection:
        banked = select(func.sum(posting.c.amount_fen)).where(posting.c.debit.like("bank:%"))
        banked_fen = await connection.scalar(banked)
        tasks = await connection.scalar(select(func.count()).select_from(staff_task))
        told = select(notice.c.payload["order_no"].astext).where(
            notice.c.topic == "payment_settled"
        )
        settled = Counter(await connection.scalars(told))
    paid = [order_no for order_no, state in wanted.items() if state == "PAID"]
    assert settled == Counter(paid)
    suspended = len(wanted) - len(paid) if apart else 0
    assert (banked_fen, tasks) == (len(paid) * FEN + suspended * (FEN + 1), suspended)
    await utility.assert_books_right()


async def _arm(utility: Utility, method: str, knob: Fault) -> None:
    async with utility.engine.begin() as connection:
        await faults.arm(connection, method, knob)


@pytest.mark.parametrize("knob", [Fault.SERVER_ERROR, Fault.TIMEOUT_AFTER_COMMIT])
@pytest.mark.parametrize("method", METHODS)
async def test_no_answer_at_any_call(utility: Utility, method: str, knob: Fault) -> None:
    """Whether it was done or not, trying again makes one order, one payment, one refund."""
    await utility.issue("2026-10", FEN)
    await _arm(utility, method, knob)
    with pytest.raises(ProviderSilent):
        await utility.order("k1", method=method)
    first = await utility.order("k1", method=method)
    assert (first.state, await utility.orders()) == ("PENDING", 1)

    await utility.payer.get(first.pay_url, follow_redirects=True)  # the code is scanned
    await _arm(utility, method, knob)
    assert (await utility.payments.payment_order(CALLER, first.order_no)).state == "PENDING"

    await _arm(utility, method, knob)
    with pytest.raises(ProviderSilent):
        await utility.order("k2", method=method, amount_fen=FEN + 100)
    second = await utility.order("k2", method=method, amount_fen=FEN + 100)
    assert await utility.state(first.order_no) == "CLOSED"

    await utility.act(second.pay_url, "pay")
    assert (await utility.told("payment_settled"))["credited_fen"] == 100
    await _refund_without_answer(utility, method, knob, second.order_no)
    await utility.assert_books_right()


async def _refund_without_answer(utility: Utility, method: str, knob: Fault, order_no: str) -> None:
    provider = utility.providers.of(f"{method}_sandbox")
    wanted = Refund("RF1", order_no, 100, FEN + 100, "多缴退款")
    await _arm(utility, method, knob)
    with pytest.raises(OutcomeUnknown):
        await provider.move_money(wanted)
    done = RefundState.DONE if knob is Fault.TIMEOUT_AFTER_COMMIT else RefundState.MISSING
    assert (await provider.query_refund(wanted)).state is done
    await provider.move_money(wanted)  # the same number: at most once
    told = await provider.query_refund(wanted)
    assert (told.state, told.amount_fen) == (RefundState.DONE, 100)


@pytest.mark.parametrize("knob", [Fault.SERVER_ERROR, Fault.TIMEOUT_AFTER_COMMIT])
@pytest.mark.parametrize("method", METHODS)
async def test_a_deduction_without_answer_is_taken_once(
    utility: Utility, method: str, knob: Fault
) -> None:
    contract = await utility.autopay.sign_autopay(
        CALLER, ACCOUNT, idempotency_key="s1", method=method
    )
    assert contract.sign_url is not None
    await utility.act(contract.sign_url, "sign")
    await utility.told("autopay_signed")
    bill_id = await utility.issue("2026-10", FEN)
    await _arm(utility, method, knob)
    assert await utility.duties.run_autopay() == 1

    async def paid() -> bool | None:
        async with utility.engine.begin() as connection:
            await connection.execute(update(payment_order).values(next_query_at=func.now()))
        await utility.duties.sweep_orders()
        return True if await utility.paid_fen(bill_id) == FEN else None

    await eventually(paid)
    assert await utility.orders() == 1
    await utility.assert_books_right()


@pytest.mark.parametrize("method", METHODS)
async def test_a_slow_provider_is_waited_for(utility: Utility, method: str) -> None:
    await utility.issue("2026-10", FEN)
    await _arm(utility, method, Fault.SLOW)
    assert (await utility.order(method=method)).state == "PENDING"


@pytest.mark.parametrize("method", METHODS)
async def test_paid_after_it_was_closed(utility: Utility, method: str) -> None:
    """The first order is closed for the second and paid all the same; then the second is paid."""
    bill_id = await utility.issue("2026-10", FEN)
    first = await utility.order("k1", method=method)
    await utility.payer.get(first.pay_url, follow_redirects=True)
    await _arm(utility, method, Fault.SUCCESS_AFTER_CLOSE)
    second = await utility.order("k2", method=method, amount_fen=FEN + 100)
    assert (await utility.told("payment_settled"))["order_no"] == first.order_no
    assert (await utility.state(first.order_no), await utility.paid_fen(bill_id)) == ("PAID", FEN)
    await utility.act(second.pay_url, "pay")

    async def both() -> list[int] | None:
        credited = [
            payload["credited_fen"]
            for topic, payload in await utility.notices()
            if topic == "payment_settled"
        ]
        return credited if len(credited) == 2 else None

    assert await eventually(both) == [0, FEN + 100]
    await utility.assert_books_right()
