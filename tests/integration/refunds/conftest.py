"""A customer with money too much at the utility of the payment tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from billing_client.core import CoreBillingClient
from billing_client.invoicing.sandbox.provider import SandboxInvoices
from billing_client.pay.wechat_sandbox.store import refund as sandbox_refund
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.refund_running import RefundRunner
from billing_client.store.tables import binding, invoice, prepaid_balance, refund, staff_task
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility, eventually, utility

__all__ = ["utility"]

LATER = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass
class Till:
    """What a test of refunds holds."""

    utility: Utility
    client: CoreBillingClient
    runner: RefundRunner
    issuing: InvoiceIssuing

    async def too_much(self, fen: int = 8650, key: str = "top-up") -> str:
        """A payment that no bill needs; its order number."""
        order = await self.utility.order(key, amount_fen=fen)
        await self.utility.act(order.pay_url, "pay")

        async def paid() -> bool | None:
            return await self.utility.state(order.order_no) == "PAID" or None

        await eventually(paid)
        return order.order_no

    async def ask(self, order_no: str, key: str = "r1", fen: int | None = None) -> str:
        view = await self.client.request_refund(
            CALLER, ACCOUNT, order_no=order_no, amount_fen=fen, idempotency_key=key
        )
        return view.refund_no

    async def sweep(self, times: int = 3) -> None:
        """As the jobs do, but all is due now."""
        for _ in range(times):
            soon = datetime.now(UTC) - timedelta(seconds=1)
            async with self.utility.engine.begin() as connection:
                for table in (refund, invoice):
                    await connection.execute(
                        update(table).where(table.c.next_try_at.is_not(None)).values(
                            next_try_at=soon
                        )
                    )  # fmt: skip
            for row in await self.issuing._claim():
                await self.issuing.go_on(row)
            await self.runner.sweep()

    async def row(self, refund_no: str) -> Any:
        async with self.utility.engine.connect() as connection:
            asked = select(refund).where(refund.c.refund_no == refund_no)
            return (await connection.execute(asked)).one()

    async def state(self, refund_no: str) -> str:
        return str((await self.row(refund_no)).state)

    async def credit_fen(self) -> int:
        async with self.utility.engine.connect() as connection:
            return int(await connection.scalar(select(prepaid_balance.c.balance_fen)) or 0)

    async def given_back_there(self) -> tuple[int, int]:
        """How many refunds the provider's own books hold, and their fen."""
        async with self.utility.engine.connect() as connection:
            asked = select(func.count(), func.coalesce(func.sum(sandbox_refund.c.refund_fen), 0))
            count, fen = (await connection.execute(asked)).one()
            return int(count), int(fen)

    async def topics(self) -> list[str]:
        return [topic for topic, _ in await self.utility.notices() if topic.startswith("refund")]

    async def tasks(self) -> list[str]:
        async with self.utility.engine.connect() as connection:
            asked = select(staff_task.c.kind).where(staff_task.c.done_at.is_(None))
            return list(await connection.scalars(asked))


@pytest.fixture
async def till(utility: Utility) -> AsyncIterator[Till]:
    async with utility.engine.begin() as connection:
        await connection.execute(
            insert(binding).values(
                channel=CALLER.channel,
                channel_user=CALLER.channel_user,
                account_no=ACCOUNT,
                bound_at=NOON,
                fresh_until=LATER,
            )
        )
    invoices = SandboxInvoices(utility.engine, takes=timedelta(0))
    url = utility.settings.public_url
    client = CoreBillingClient(
        utility.engine,
        utility.payments,
        utility.autopay,
        public_url=url,
        invoice_provider=invoices,
    )
    yield Till(
        utility,
        client,
        RefundRunner(utility.engine, utility.providers),
        InvoiceIssuing(utility.engine, invoices, url),
    )
