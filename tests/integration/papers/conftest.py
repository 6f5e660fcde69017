"""The utility of the payment tests with its books, and a customer who asks for papers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from billing_client.core import CoreBillingClient
from billing_client.domain.invoice_title import Title, TitleKind
from billing_client.invoicing.sandbox.provider import SandboxInvoices, set_knob
from billing_client.invoicing.sandbox.store import make_tables
from billing_client.pay.messages import Transaction, TransactionState
from billing_client.services import invoices, settlement, tariffs
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.invoices import InvoiceWish, Origin
from billing_client.store.tables import binding, invoice, staff_task
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility, utility

__all__ = ["utility"]

COMPANY = {"title_kind": "company", "title_name": "清源小食店", "tax_no": "91350100M000100Y43"}


@dataclass
class Office:
    """What a test of papers holds."""

    utility: Utility
    client: CoreBillingClient
    provider: SandboxInvoices
    issuing: InvoiceIssuing

    async def paid_bill(self, period: str = "2026-10", fen: int = 8650) -> int:
        bill_id = await self.utility.issue(period, fen)
        order = await self.utility.order(f"pay-{period}", bill_ids=(bill_id,))
        await self.pay(order.order_no, fen)
        return bill_id

    async def pay(self, order_no: str, fen: int) -> None:
        told = Transaction(order_no, TransactionState.PAID, fen, provider_txn=f"T{order_no}")
        async with self.utility.engine.begin() as connection:
            await settlement.settle(connection, self.utility.provider.name, told, NOON)

    async def ask(self, *bill_ids: int, key: str = "k1", **title: Any) -> str:
        wanted = title or {"title_kind": "personal"}
        view = await self.client.request_invoice(
            CALLER, ACCOUNT, bill_ids=bill_ids, idempotency_key=key, **wanted
        )
        return view.request_no

    async def write_down(self, bill_id: int) -> str:
        """A request that nobody has told the platform of yet."""
        wish = InvoiceWish(ACCOUNT, (bill_id,), Title(TitleKind.PERSONAL, "王小明"), "w1")
        async with self.utility.engine.begin() as connection:
            origin = Origin(self.provider.name, CALLER)
            return await invoices.request(connection, wish, origin, NOON)

    async def sweep(self) -> None:
        """As the job does, but all is due now and nobody waits."""
        for _ in range(6):
            async with self.utility.engine.begin() as connection:
                await connection.execute(
                    update(invoice)
                    .where(invoice.c.next_try_at.is_not(None), invoice.c.emailed_at.is_(None))
                    .values(next_try_at=datetime.now(UTC) - timedelta(seconds=1))
                )
            for row in await self.issuing._claim():
                await self.issuing.go_on(row)

    async def row(self, request_no: str) -> Any:
        async with self.utility.engine.connect() as connection:
            asked = select(invoice).where(invoice.c.request_no == request_no)
            return (await connection.execute(asked)).one()

    async def knob(self, name: str, value: str | None) -> None:
        async with self.utility.engine.begin() as connection:
            await set_knob(connection, name, value)

    async def tasks(self) -> list[tuple[str, str]]:
        async with self.utility.engine.connect() as connection:
            asked = select(staff_task.c.kind, staff_task.c.ref).order_by(staff_task.c.task_id)
            return [(row[0], row[1]) for row in await connection.execute(asked)]

    async def topics(self) -> list[str]:
        return [topic for topic, _ in await self.utility.notices() if topic.startswith("invoice")]


@pytest.fixture
async def office(utility: Utility) -> AsyncIterator[Office]:
    async with utility.engine.begin() as connection:
        await connection.execute(
            insert(binding).values(
                channel=CALLER.channel,
                channel_user=CALLER.channel_user,
                account_no=ACCOUNT,
                bound_at=NOON,
            )
        )
        await tariffs.load(connection, tariffs.shipped("TJ-2016"))
    await make_tables(utility.engine)
    provider = SandboxInvoices(utility.engine, takes=timedelta(0))
    url = utility.settings.public_url
    client = CoreBillingClient(
        utility.engine,
        utility.payments,
        utility.autopay,
        public_url=url,
        invoice_provider=provider,
    )
    yield Office(utility, client, provider, InvoiceIssuing(utility.engine, provider, url))
