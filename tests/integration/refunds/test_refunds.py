"""Refunds: once, to the original way, with a second person above the limit, invoices first."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from billing_client.errors import KeyReused, NotFresh, RefundRefused
from billing_client.pay.messages import Refund, RefundResult, RefundState
from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.services import (
    refund_approval,
    refund_money,
    refund_results,
    refund_rows,
    refunds,
)
from billing_client.services.refund_approval import ApprovalRefused
from billing_client.services.refund_running import RefundRunner
from billing_client.services.refunds import RefundWish
from billing_client.store import settings
from billing_client.store.tables import binding, payment_order
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON
from tests.integration.refunds.conftest import Till

PROVIDER = "wechat_sandbox"


async def test_found_asked_given_back_and_told(till: Till) -> None:
    await till.utility.issue("2026-10", 5000)
    order_no = await till.too_much(8650)  # 50.00 settle the bill
    (offer,) = await till.client.refundable(CALLER, ACCOUNT)
    assert (offer.order_no, offer.refundable_fen, offer.original_way) == (order_no, 3650, True)
    refund_no = await till.ask(order_no)
    assert await till.ask(order_no) == refund_no
    with pytest.raises(KeyReused):
        await till.ask(order_no, fen=1)
    await till.sweep()
    told = await till.utility.told("refund_done")
    assert told["amount_fen"] == 3650
    assert await till.given_back_there() == (1, 3650)
    assert (await till.credit_fen(), await till.client.refundable(CALLER, ACCOUNT)) == (0, ())
    assert [it.state for it in await till.client.refunds(CALLER, ACCOUNT)] == ["DONE"]
    await till.utility.assert_books_right()


async def test_in_parts_and_never_more_than_there_is(till: Till) -> None:
    order_no = await till.too_much(1000)
    await till.ask(order_no, "a", 300)
    await till.ask(order_no, "b", 700)
    with pytest.raises(RefundRefused) as refused:
        await till.ask(order_no, "c", 1)
    assert refused.value.facts["reason"] == "nothing"
    await till.sweep()
    assert await till.given_back_there() == (2, 1000)
    await till.utility.assert_books_right()


async def test_ten_at_once_give_back_once(till: Till) -> None:
    order_no = await till.too_much(1000)
    asked = [till.ask(order_no, f"k{number}", 1000) for number in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    await till.sweep()
    assert await till.given_back_there() == (1, 1000)
    await till.utility.assert_books_right()


async def test_a_fresh_code_is_needed(till: Till) -> None:
    order_no = await till.too_much()
    async with till.utility.engine.begin() as connection:
        await connection.execute(update(binding).values(fresh_until=NOON))
    with pytest.raises(NotFresh):
        await till.ask(order_no)


async def test_the_database_keeps_more_from_going_back(till: Till) -> None:
    order_no = await till.too_much(1000)
    with pytest.raises(IntegrityError, match="given_back_once"):
        async with till.utility.engine.begin() as connection:
            await refund_money.hold_order(connection, order_no, 1001)


async def test_above_the_limit_two_persons_decide(till: Till) -> None:
    async with till.utility.engine.begin() as connection:
        await settings.write(connection, "refunds", {"approval_above_fen": 5000})
    order_no = await till.too_much(8650)
    wish = RefundWish(ACCOUNT, order_no, "s1", "staff:周敏", "交错户号")
    engine = till.utility.engine
    async with engine.begin() as connection:
        refund_no = await refunds.request(connection, wish, till.utility.providers, NOON)
    await till.sweep()
    assert (await till.state(refund_no), await till.credit_fen()) == ("WAITING_APPROVAL", 0)
    assert await till.tasks() == ["refund_approval"]
    with pytest.raises(ApprovalRefused, match="same_person"):
        async with engine.begin() as connection:
            await refund_approval.approve(connection, refund_no, "staff:周敏", NOON)
    for forced in ("approved_by = 'staff:周敏'", "state = 'RESERVED'"):
        with pytest.raises(IntegrityError, match=r"two_persons|above_the_limit"):
            async with engine.begin() as connection:
                await connection.execute(text(f"UPDATE billing.refund SET {forced}"))
    async with engine.begin() as connection:
        await refund_approval.approve(connection, refund_no, "staff:何磊", NOON)
    await till.sweep()
    assert (await till.state(refund_no), await till.tasks()) == ("DONE", [])
    await till.utility.assert_books_right()


async def test_what_is_rejected_is_credit_again(till: Till) -> None:
    async with till.utility.engine.begin() as connection:
        await settings.write(connection, "refunds", {"approval_above_fen": 0})
    refund_no = await till.ask(await till.too_much(700))
    async with till.utility.engine.begin() as connection:
        await refund_approval.reject(connection, refund_no, "staff:何磊", NOON)
    assert (await till.state(refund_no), await till.credit_fen()) == ("REJECTED", 700)
    assert await till.topics() == ["refund_rejected"]
    assert await till.given_back_there() == (0, 0)
    await till.utility.assert_books_right()


async def test_the_invoice_is_taken_back_before_the_money(till: Till) -> None:
    bill_id = await till.utility.issue("2026-10", 8650)
    order_no = await till.too_much(8650)
    await till.client.request_invoice(
        CALLER, ACCOUNT, bill_ids=(bill_id,), title_kind="personal", idempotency_key="i1"
    )
    await till.sweep()
    wish = RefundWish(ACCOUNT, order_no, "s1", "staff:周敏", "交错户号", from_bills=True)
    async with till.utility.engine.begin() as connection:
        refund_no = await refunds.request(connection, wish, till.utility.providers, NOON)
    assert await till.state(refund_no) == "RED_LETTER"
    await till.runner.sweep()
    assert await till.given_back_there() == (0, 0)
    await till.sweep(6)
    assert await till.state(refund_no) == "DONE"
    assert await till.utility.paid_fen(bill_id) == 0
    assert [it.kind for it in await till.client.invoices(CALLER, ACCOUNT)] == ["red", "blue"]
    await till.utility.assert_books_right()


@pytest.mark.parametrize(
    ("state", "ours", "credit_fen"), [("CLOSED", "CLOSED", 900), ("ABNORMAL", "ABNORMAL", 0)]
)
async def test_what_the_provider_cannot_give_back(
    till: Till, state: str, ours: str, credit_fen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_no = await till.too_much(900)
    accept = type(till.utility.provider).move_money

    async def taken(self: object, movement: Refund) -> None:  # nothing reaches the provider
        del self, movement

    monkeypatch.setattr(type(till.utility.provider), "move_money", taken)
    refund_no = await till.ask(order_no)
    told = RefundResult(refund_no, order_no, RefundState(state.lower()), 900)
    assert await till.runner.record(PROVIDER, told) == state.lower()
    assert await till.runner.record(PROVIDER, told) == "nothing"
    assert (await till.state(refund_no), await till.credit_fen()) == (ours, credit_fen)
    assert await till.tasks() == ["refund_abnormal"]
    await till.utility.assert_books_right()
    monkeypatch.setattr(type(till.utility.provider), "move_money", accept)
    late = replace(told, state=RefundState.DONE)
    await till.runner.record(PROVIDER, late)
    assert await till.state(refund_no) == ("DONE" if ours == "ABNORMAL" else "CLOSED")
    await till.utility.assert_books_right()


async def test_another_amount_is_never_booked(till: Till) -> None:
    order_no = await till.too_much(900)
    refund_no = await till.ask(order_no)
    wrong = RefundResult(refund_no, order_no, RefundState.DONE, 800)
    assert await till.runner.record(PROVIDER, wrong) == "mismatch"
    assert await till.tasks() == ["refund_abnormal"]


async def test_declined_for_good_and_declined_for_now(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_no = await till.too_much(900)
    kind = type(till.utility.provider)
    give_back = kind.move_money

    async def declined(self: object, movement: Refund) -> None:
        raise ProviderRefused(code)

    monkeypatch.setattr(kind, "move_money", declined)
    code = "NOT_ENOUGH"
    refund_no = await till.ask(order_no, "a")
    assert await till.state(refund_no) == "SENT"
    monkeypatch.setattr(kind, "move_money", give_back)
    await till.sweep()
    assert await till.state(refund_no) == "DONE"
    code = "PARAM_ERROR"
    monkeypatch.setattr(kind, "move_money", declined)
    second = await till.ask(await till.too_much(500, "second"), "b")
    assert (await till.state(second), await till.credit_fen()) == ("CLOSED", 500)
    await till.utility.assert_books_right()


async def test_silence_is_followed_by_a_question(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is lost, or its answer is: the same number goes out again, and counts once."""
    kind = type(till.utility.provider)
    give_back = kind.move_money
    calls: list[str] = []

    async def silent(self: object, movement: Refund) -> None:
        calls.append(movement.refund_no)
        if len(calls) == 2:
            await give_back(self, movement)  # pyright: ignore[reportArgumentType]
        raise OutcomeUnknown("timeout")

    order_no = await till.too_much(900)
    monkeypatch.setattr(kind, "move_money", silent)
    refund_no = await till.ask(order_no)
    await till.sweep(4)
    assert (await till.state(refund_no), set(calls)) == ("DONE", {refund_no})
    assert await till.given_back_there() == (1, 900)
    await till.utility.assert_books_right()


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


CRASHES = [
    (RefundRunner, "_mark_sent", "before"),
    (RefundRunner, "_mark_sent", "after"),
    ("provider", "move_money", "before"),
    ("provider", "move_money", "after"),
    ("provider", "query_refund", "after"),
    (refund_rows, "move", "before"),
    (refund_results, "take_in", "before"),
    (refund_results, "tell", "before"),
    (refund_money, "given_back", "before"),
    (refund_money, "given_back", "after"),
    (RefundRunner, "record", "after"),
]


@pytest.mark.parametrize(("where", "step", "moment"), CRASHES)
async def test_killed_between_any_two_steps(
    till: Till, where: object, step: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_no = await till.too_much(900)
    wish = RefundWish(ACCOUNT, order_no, "k", "web:visitor-1", "多缴退款", caller=CALLER)
    async with till.utility.engine.begin() as connection:
        refund_no = await refunds.request(connection, wish, till.utility.providers, NOON)
    owner = type(till.utility.provider) if where == "provider" else where
    whole = getattr(owner, step)

    async def dying(*arguments: object, **named: object) -> object:
        if moment == "before":
            raise Killed
        await whole(*arguments, **named)
        raise Killed

    # The simulator's own notice must not finish it while the process is dead.
    with monkeypatch.context() as dead:
        dead.setattr(owner, step, dying)
        for _ in range(2):
            try:
                await till.runner.go_on(refund_no)
            except Killed:
                break
    await till.sweep()
    assert await till.state(refund_no) == "DONE"
    assert await till.given_back_there() == (1, 900)
    assert (await till.credit_fen(), await till.topics()) == (0, ["refund_done"])
    await till.utility.assert_books_right()


async def test_a_payment_of_long_ago_goes_no_way_back(till: Till) -> None:
    order_no = await till.too_much(900)
    async with till.utility.engine.begin() as connection:
        await connection.execute(update(payment_order).values(paid_at=NOON - timedelta(days=366)))
    assert await till.client.refundable(CALLER, ACCOUNT) == ()
    with pytest.raises(RefundRefused):
        await till.ask(order_no)
