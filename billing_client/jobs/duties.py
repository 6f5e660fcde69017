"""The work behind the schedule, without the queue: tests and commands call it directly."""

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.invoicing.port import InvoiceProvider
from billing_client.invoicing.providers import provider_from as invoice_provider_from
from billing_client.jobs.stale_orders import sweep
from billing_client.pay.providers import Providers
from billing_client.pay.settings import PaymentSettings
from billing_client.services import (
    due_reminders,
    dunning_run,
    instalment_keeping,
    invoice_mail,
    retention,
    supply,
    terms,
)
from billing_client.services.autopay import AutopayService
from billing_client.services.autopay_run import AutopayRun
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.order_placing import OrderPlacer
from billing_client.services.reconciliation_run import reconcile_all
from billing_client.services.refund_running import RefundRunner
from billing_client.store import clock
from billing_client.store.audit import acting_as
from billing_client.store.proof import first_difference

log = structlog.get_logger(__name__)


class Duties:
    def __init__(
        self,
        engine: AsyncEngine,
        providers: Providers,
        settings: PaymentSettings,
        invoice_provider: InvoiceProvider | None = None,
    ) -> None:
        self._engine = engine
        self._providers = providers
        self._placer = OrderPlacer(engine, providers)
        self._autopay = AutopayRun(engine, self._placer, settings, providers)
        self._contracts = AutopayService(engine, providers, settings)
        self._refunds = RefundRunner(engine, providers)
        self._issuing = InvoiceIssuing(
            engine, invoice_provider or invoice_provider_from(engine), settings.public_url
        )

    async def sweep_orders(self) -> int:
        """Ask about quiet orders, close the ones past their time."""
        return await sweep(self._engine, self._placer, self._providers.askable())

    async def sweep_contracts(self) -> int:
        """Ask about contracts that wait for a signature: its notice may have been lost."""
        return await self._contracts.refresh_waiting()

    async def run_autopay(self) -> int:
        """Demand the open bills of the accounts whose contract is active."""
        return await self._autopay.run()

    async def sweep_invoices(self) -> int:
        """Go on with invoices that the tax platform has not issued yet, and mail those it has."""
        looked_at = await self._issuing.sweep()
        await invoice_mail.send_waiting(self._engine, self._issuing)
        return looked_at

    async def sweep_refunds(self) -> int:
        """Go on with refunds that the provider has not finished."""
        return await self._refunds.sweep()

    async def reconcile_yesterday(self) -> int:
        """Compare yesterday with each provider's bill, once; how many days were compared."""
        async with self._engine.connect() as connection:
            day = (await clock.now(connection)).date() - timedelta(days=1)
        return await reconcile_all(self._engine, self._providers, day)

    async def renew_accounts(self) -> None:
        """Grants that begin or end today, pauses that are over, and whom to tell beforehand."""
        async with self._engine.begin() as connection:
            await acting_as(connection, "job:renew_accounts")
            today = (await clock.now(connection)).date()
            await terms.apply(connection, today)
            await terms.announce_ends(connection, today)
            await supply.end_pauses(connection, today)

    async def dun(self) -> None:
        """Remind of overdue bills and take the steps that are due."""
        outcomes = await dunning_run.run(self._engine)
        log.info("dunning", **outcomes)

    async def keep_instalments(self) -> int:
        """End plans that are paid or broken, and remind of the next part."""
        return await instalment_keeping.keep_all(self._engine)

    async def remind_of_due_bills(self) -> int:
        """In the morning, since it is customers who are told."""
        async with self._engine.begin() as connection:
            today = (await clock.now(connection)).date()
            return await due_reminders.remind(connection, today)

    async def let_go(self) -> None:
        """Rows past their retention."""
        async with self._engine.connect() as connection:
            now = await clock.now(connection)
        gone = await retention.let_go(self._engine, now)
        log.info("retention", **gone)

    async def prove_books(self) -> None:
        """Raises when an invariant of the ledger is broken: the job fails where staff see it."""
        async with self._engine.connect() as connection:
            difference = await first_difference(connection)
        if difference is not None:
            raise RuntimeError(f"the books are wrong: {difference.invariant}: {difference.row}")
