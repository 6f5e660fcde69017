"""Whatever the provider says twice, late, wrongly or not at all: one effect, balanced books."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select, update

from billing_client.errors import ProviderSilent
from billing_client.pay.messages import NewOrder, Transaction, TransactionState
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.providers import Providers
from billing_client.pay.simulator.notifier import outgoing
from billing_client.pay.simulator.sealing import OutgoingNotice
from billing_client.pay.simulator.store import outgoing_notice
from billing_client.pay.wechat.provider import WeChatPayProvider
from billing_client.pay.wechat_sandbox.keys import load_or_create
from billing_client.pay.wechat_sandbox.seals import WeChatSeals
from billing_client.services import settlement
from billing_client.services.order_placing import OrderPlacer
from billing_client.store.tables import payment_order, posting
from tests.integration.pay.conftest import NOON, Utility, eventually


async def _sent_notice(utility: Utility) -> tuple[WeChatSeals, OutgoingNotice]:
    """The notice of the one payment, and who seals it."""
    async with utility.engine.connect() as connection:
        row = (await connection.execute(select(outgoing_notice))).one()
    return WeChatSeals(load_or_create(utility.settings.data_dir)), outgoing(row)


async def test_sixty_notices_from_24_threads_settle_once(utility: Utility) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    order = await utility.order()
    await utility.act(order.pay_url, "pay")
    seals, row = await _sent_notice(utility)
    url = utility.settings.local_notify_url(utility.provider.name)
    gate = threading.Barrier(24)

    def send(number: int) -> int:
        if number < 24:
            gate.wait()
        sealed = seals.seal(row)  # each try is signed anew
        headers = dict(sealed.headers)
        return httpx.post(
            url, content=sealed.body, headers=headers, timeout=60, trust_env=False
        ).status_code

    def send_all() -> list[int]:
        with ThreadPoolExecutor(24) as threads:
            return list(threads.map(send, range(60)))

    answers = await asyncio.to_thread(send_all)
    assert set(answers) <= {204, 500}  # 500: the pool was busy, the provider sends it again
    assert 204 in answers
    assert await utility.paid_fen(bill_id) == 8650
    assert [topic for topic, _ in await utility.notices()] == ["payment_settled"]
    await utility.assert_books_right()


async def test_many_settlements_at_once_post_once(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    paid = Transaction(order.order_no, TransactionState.PAID, 8650, provider_txn="T1")

    async def settle() -> settlement.Outcome:
        async with utility.engine.begin() as connection:
            return await settlement.settle(connection, utility.provider.name, paid, NOON)

    outcomes = await asyncio.gather(*(settle() for _ in range(20)))
    assert outcomes.count(settlement.Outcome.SETTLED) == 1
    assert outcomes.count(settlement.Outcome.DUPLICATE) == 19
    await utility.assert_books_right()


async def test_a_forged_notice_changes_nothing(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    url = utility.settings.local_notify_url(utility.provider.name)
    answer = await utility.payer.post(url, json={"event_type": "TRANSACTION.SUCCESS"})
    assert (answer.status_code, answer.json()["code"]) == (401, "FAIL")
    assert await utility.state(order.order_no) == "PENDING"


async def test_paid_twice_becomes_credit(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    first = await utility.order("k1")
    await utility.duties.sweep_orders()
    # Closed here while the payer was paying: a success that comes late is still settled.
    async with utility.engine.begin() as connection:
        await connection.execute(update(payment_order).values(state="CLOSED"))
    second = await utility.order("k2")
    for order in (second, first):
        paid = Transaction(
            order.order_no, TransactionState.PAID, 8650, provider_txn=f"T{order.order_no}"
        )
        await utility.payments.placer.take_in(utility.provider.name, paid)
    told = [payload["credited_fen"] for _, payload in await utility.notices()]
    assert told == [0, 8650]
    assert await utility.state(first.order_no) == "PAID"
    await utility.assert_books_right()


@pytest.mark.parametrize(
    "change", [{"amount_fen": 1}, {"currency": "USD"}, {"order_no": "XS00000000"}]
)
async def test_money_that_fits_no_order_is_kept_in_suspense(
    utility: Utility, change: dict[str, object]
) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    order = await utility.order()
    paid = replace(
        Transaction(order.order_no, TransactionState.PAID, 8650, provider_txn="T1"), **change
    )
    assert (
        await utility.payments.placer.take_in(utility.provider.name, paid)
        is settlement.Outcome.SUSPENSE
    )
    assert (
        await utility.payments.placer.take_in(utility.provider.name, paid)
        is settlement.Outcome.DUPLICATE
    )
    assert await utility.paid_fen(bill_id) == 0
    async with utility.engine.connect() as connection:
        kept = select(posting.c.amount_fen).where(posting.c.credit == "suspense")
        assert list(await connection.scalars(kept)) == [paid.amount_fen]
    assert [topic for topic, _ in await utility.notices()] == ["payment_suspense"]
    await utility.assert_books_right()


class DiesAfterTheAnswer(WeChatPayProvider):
    """A provider whose answer arrives, and then our process dies before it is recorded."""

    def __init__(self, utility: Utility, error: Exception) -> None:
        super().__init__(
            load_or_create(utility.settings.data_dir).merchant_credentials(),
            notify_url=utility.settings.local_notify_url(utility.provider.name),
            base_url=f"{utility.settings.local_url}/sandbox/wechat",
            name=utility.provider.name,
        )
        self._error = error

    async def create_order(self, order: NewOrder) -> str:
        await super().create_order(order)
        raise self._error


async def _crash(utility: Utility, error: Exception) -> None:
    dying = DiesAfterTheAnswer(utility, error)
    healthy = utility.payments.placer
    utility.payments.placer = OrderPlacer(utility.engine, Providers((dying,)))
    with pytest.raises((RuntimeError, ProviderSilent)):
        await utility.order("k1")
    utility.payments.placer = healthy
    await dying.aclose()


@pytest.mark.parametrize("error", [RuntimeError("killed"), OutcomeUnknown("ReadTimeout")])
async def test_a_retry_after_a_crash_goes_on_with_the_same_order(
    utility: Utility, error: Exception
) -> None:
    await utility.issue("2026-10", 8650)
    await _crash(utility, error)
    order = await utility.order("k1")
    assert (order.state, await utility.orders()) == ("PENDING", 1)
    await utility.act(order.pay_url, "pay")
    await utility.told("payment_settled")
    await utility.assert_books_right()


async def test_the_janitor_finishes_an_order_after_a_crash(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    await _crash(utility, OutcomeUnknown("ReadTimeout"))

    async def placed() -> bool | None:
        await utility.duties.sweep_orders()
        async with utility.engine.connect() as connection:
            state = await connection.scalar(select(payment_order.c.state))
        return True if state == "PENDING" else None

    assert await eventually(placed)
    assert await utility.orders() == 1


async def test_the_janitor_closes_an_expired_order_and_says_so(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    async with utility.engine.begin() as connection:
        await connection.execute(update(payment_order).values(expires_at=NOON, next_query_at=NOON))
    await utility.duties.sweep_orders()
    assert await utility.state(order.order_no) == "CLOSED"
    assert (await utility.told("payment_expired"))["order_no"] == order.order_no
