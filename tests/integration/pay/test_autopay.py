"""Auto-pay: sign at the provider, deduct, fail, end."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from billing_client.errors import ContractExists, NoContract
from billing_client.pay.wechat_sandbox.store import contract
from billing_client.services import payment_orders
from billing_client.services.payment_orders import AUTOPAY, Reservation
from billing_client.store import clock
from billing_client.views import AutopayView
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility, eventually


async def _sign(utility: Utility) -> str:
    """Sign as the payer; the address of the contract's page."""
    waiting = await utility.autopay.sign_autopay(CALLER, ACCOUNT, idempotency_key="s1")
    assert waiting.state == "PENDING"
    assert waiting.sign_url is not None
    assert "签约成功" in await utility.act(waiting.sign_url, "sign")
    await utility.told("autopay_signed")
    return waiting.sign_url


async def _seen(utility: Utility) -> AutopayView:
    return await utility.autopay.autopay(CALLER, ACCOUNT)


async def test_a_signed_contract_pays_the_open_bill_once(utility: Utility) -> None:
    assert (await _seen(utility)).state == "NONE"
    await _sign(utility)
    bill_id = await utility.issue("2026-10", 8650)
    assert (await _seen(utility)).next_run_on is not None
    assert await utility.duties.run_autopay() == 1
    payload = await utility.told("autopay_paid")
    assert (payload["amount_fen"], payload["left_open_fen"]) == (8650, 0)
    assert await utility.paid_fen(bill_id) == 8650
    assert await utility.duties.run_autopay() == 0
    assert (await _seen(utility)).last_result == "paid"
    await utility.assert_books_right()


async def test_a_deduction_without_balance_is_told_with_its_reason(utility: Utility) -> None:
    page = await _sign(utility)
    await utility.act(page, "drain")
    bill_id = await utility.issue("2026-10", 8650)
    assert await utility.duties.run_autopay() == 1
    assert (await utility.told("autopay_failed"))["reason"] == "NOTENOUGH"
    assert (await _seen(utility)).last_result == "NOTENOUGH"
    assert await utility.duties.run_autopay() == 0  # once a day
    assert await utility.paid_fen(bill_id) == 0
    await utility.assert_books_right()


async def test_no_deduction_while_the_customer_is_paying(utility: Utility) -> None:
    await _sign(utility)
    await utility.issue("2026-10", 8650)
    await utility.order()
    assert await utility.duties.run_autopay() == 0


async def test_one_live_contract_and_its_end(utility: Utility) -> None:
    with pytest.raises(NoContract):
        await utility.autopay.cancel_autopay(CALLER, ACCOUNT)
    await _sign(utility)
    with pytest.raises(ContractExists):
        await utility.autopay.sign_autopay(CALLER, ACCOUNT, idempotency_key="s2")
    assert (await utility.autopay.cancel_autopay(CALLER, ACCOUNT)).state == "ENDED"
    assert (await utility.told("autopay_ended"))["ended_by"] == "customer"
    await utility.issue("2026-10", 8650)
    assert await utility.duties.run_autopay() == 0


async def test_a_contract_ended_at_the_provider_ends_here(utility: Utility) -> None:
    page = await _sign(utility)
    await utility.act(page, "end")
    assert (await utility.told("autopay_ended"))["ended_by"] == "provider"

    async def ended() -> bool | None:
        return True if (await _seen(utility)).state == "ENDED" else None

    assert await eventually(ended)


async def test_after_three_failures_a_bill_waits_for_its_customer(utility: Utility) -> None:
    await utility.act(await _sign(utility), "drain")
    await utility.issue("2026-10", 8650)
    for day in range(5):
        async with utility.engine.begin() as connection:
            await clock.set_now(connection, NOON + timedelta(days=day), running=False)
        assert await utility.duties.run_autopay() == (1 if day < 3 else 0)
        await eventually(partial(_failed, utility, min(day, 2) + 1))


async def _failed(utility: Utility, tries: int) -> bool | None:
    topics = [topic for topic, _ in await utility.notices()]
    return True if topics.count("autopay_failed") == tries else None


async def test_a_lost_signing_notice_is_made_up_for(utility: Utility) -> None:
    await utility.autopay.sign_autopay(CALLER, ACCOUNT, idempotency_key="s1")
    async with utility.engine.begin() as connection:
        await connection.execute(update(contract).values(contract_state="SIGNED", contract_id="C1"))
    assert (await _seen(utility)).state == "PENDING"
    await utility.duties.sweep_contracts()
    assert (await _seen(utility)).state == "ACTIVE"


async def test_a_deduction_that_never_left_does_not_block_the_account(utility: Utility) -> None:
    await _sign(utility)
    await utility.issue("2026-10", 8650)
    async with utility.engine.begin() as connection:
        stuck = Reservation(
            account_no=ACCOUNT,
            idempotency_key="autopay:stuck",
            parameters_hash="",
            provider=utility.provider.name,
            kind=AUTOPAY,
            amount_fen=8650,
            bill_ids=(),
            expires_at=NOON - timedelta(hours=1),
            conversation_id=None,
        )
        order_no = await payment_orders.reserve(connection, stuck, NOON)
        await payment_orders.ask_again_after(connection, order_no, timedelta(0))
    assert await utility.duties.run_autopay() == 0
    await utility.duties.sweep_orders()
    assert await utility.state(order_no) == "CLOSED"
    assert await utility.duties.run_autopay() == 1
    await utility.told("autopay_paid")
