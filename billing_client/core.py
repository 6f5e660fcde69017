"""The bundled core behind the door: who may, one transaction, one use case, each time."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client import views
from billing_client.core_instalments import InstalmentSide
from billing_client.core_papers import PaperSide
from billing_client.core_refunds import RefundSide
from billing_client.core_service import ServiceSide
from billing_client.core_use import UseSide
from billing_client.errors import BillingRefusal, NoSuchOrder
from billing_client.invoicing.port import InvoiceProvider
from billing_client.invoicing.providers import provider_from as invoice_provider_from
from billing_client.pay.providers import providers_from
from billing_client.pay.settings import PaymentSettings, settings_from
from billing_client.services import (
    bill_changes,
    bills,
    identity,
    notice_ways,
    notices,
    one_time_codes,
    prices,
    self_reading,
    staff,
    tiers,
)
from billing_client.services.autopay import AutopayService
from billing_client.services.code_sender import CodeSender, SandboxCodeSender
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.payments import PaymentService
from billing_client.store.engine import create_engine
from billing_client.store.tables import account, payment_order
from billing_client.views import Caller


class CoreBillingClient(ServiceSide, UseSide, InstalmentSide, PaperSide, RefundSide):
    """``BillingClient`` on our own PostgreSQL. Safe to share by all tasks of a process."""

    def __init__(
        self,
        engine: AsyncEngine,
        payments: PaymentService,
        autopay: AutopayService,
        *,
        code_sender: CodeSender | None = None,
        public_url: str = "",
        invoice_provider: InvoiceProvider | None = None,
    ) -> None:
        super().__init__(engine)
        self._payments = payments
        self._providers = payments.providers
        self._autopay = autopay
        self._code_sender = code_sender or SandboxCodeSender()
        self._public_url = public_url.rstrip("/")
        self._issuing = InvoiceIssuing(
            engine, invoice_provider or invoice_provider_from(engine), self._public_url
        )

    async def close(self) -> None:
        """Give the pooled connections back."""
        await self.engine.dispose()

    # identity

    async def identify(self, caller: Caller) -> views.IdentityView:
        async with self._reading_engine.connect() as connection:
            known, view = await identity.identify(connection, caller)
        self._first_looks.keep(caller, known, view.now)
        return view

    async def request_code(self, caller: Caller, wanted: str | None = None) -> views.CodeSentView:
        async with self._session() as session:
            outcome = await one_time_codes.request_code(
                session.connection, caller, wanted, self._code_sender, session.now
            )
        if isinstance(outcome, BillingRefusal):
            raise outcome
        return outcome

    async def confirm_code(self, caller: Caller, code: str) -> views.IdentityView:
        self._first_looks.forget(caller)
        async with self._session() as session:
            outcome = await one_time_codes.confirm_code(
                session.connection, caller, code, session.now
            )
        if isinstance(outcome, BillingRefusal):
            raise outcome
        return outcome

    async def unbind(self, caller: Caller, account_no: str) -> None:
        async with self._allowed(caller, "unbind", account_no) as session:
            await identity.unbind(session.connection, caller, account_no)

    # bills and use

    async def bills(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> tuple[views.BillView, ...]:
        async with self._allowed_to_read(caller, "bills", account_no) as session:
            today = session.now.date()
            return await bills.bills(session.connection, account_no, first, last, today)

    async def arrears(self, caller: Caller, account_no: str) -> views.ArrearsView:
        async with self._allowed_to_read(caller, "arrears", account_no) as session:
            return await bills.arrears(session.connection, account_no, session.now.date())

    async def explain_bill(
        self, caller: Caller, account_no: str, bill_id: int
    ) -> views.BillExplanationView:
        async with self._allowed_to_read(caller, "explain_bill", account_no) as session:
            return await bill_changes.explained(
                session.connection, account_no, bill_id, session.now.date()
            )

    async def submit_reading(
        self,
        caller: Caller,
        account_no: str,
        shown_m3: int,
        *,
        meter_no: str | None = None,
        photos: tuple[str, ...] = (),
    ) -> views.SubmittedReadingView:
        async with self._allowed(caller, "submit_reading", account_no) as session:
            outcome = await self_reading.submit(
                session.connection, caller, account_no, shown_m3, meter_no, photos, session.now
            )
        if isinstance(outcome, BillingRefusal):
            raise outcome
        return outcome

    async def balance(self, caller: Caller, account_no: str) -> views.BalanceView:
        async with self._allowed_to_read(caller, "balance", account_no) as session:
            return await bills.balance(session.connection, account_no, session.now.date())

    async def tier_position(self, caller: Caller, account_no: str) -> views.TierPositionView:
        async with self._allowed_to_read(caller, "tier_position", account_no) as session:
            return await tiers.position(session.connection, account_no, session.now.date())

    async def tariff(self, caller: Caller, customer_class: str | None = None) -> views.TariffView:
        async with self._reading() as session:
            if customer_class is None:
                customer_class = await self._own_class(session.connection, caller)
            return await prices.table(session.connection, customer_class, session.now.date())

    async def _own_class(self, connection: AsyncConnection, caller: Caller) -> str | None:
        """The class of the caller's accounts when it is the same for all."""
        bound = (await identity.known(connection, caller)).account_nos
        query = select(account.c.customer_class).where(account.c.account_no.in_(bound)).distinct()
        classes = (await connection.execute(query)).scalars().all()
        return classes[0] if len(classes) == 1 else None

    # payment

    async def payments(self, caller: Caller, account_no: str) -> tuple[views.PaymentView, ...]:
        await self._check(caller, "payments", account_no)
        return await self._payments.payments(caller, account_no)

    async def payment_methods(self) -> tuple[str, ...]:
        return self._payments.methods()

    async def create_payment_order(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        amount_fen: int | None = None,
        bill_ids: tuple[int, ...] = (),
        method: str | None = None,
    ) -> views.PaymentOrderView:
        await self._check(caller, "create_payment_order", account_no)
        return await self._payments.create_payment_order(
            caller,
            account_no,
            idempotency_key=idempotency_key,
            amount_fen=amount_fen,
            bill_ids=bill_ids,
            method=method,
        )

    async def payment_order(self, caller: Caller, order_no: str) -> views.PaymentOrderView:
        query = select(payment_order.c.account_no).where(payment_order.c.order_no == order_no)
        async with self._reading() as session:
            account_no = (await session.connection.execute(query)).scalar_one_or_none()
        if account_no is None:
            raise NoSuchOrder(order_no=order_no)
        await self._check(caller, "payment_order", account_no)
        return await self._payments.payment_order(caller, order_no)

    async def autopay(self, caller: Caller, account_no: str) -> views.AutopayView:
        await self._check(caller, "autopay", account_no)
        return await self._autopay.autopay(caller, account_no)

    async def autopay_methods(self) -> tuple[str, ...]:
        return self._autopay.methods()

    async def sign_autopay(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        method: str | None = None,
    ) -> views.AutopayView:
        await self._check(caller, "sign_autopay", account_no)
        return await self._autopay.sign_autopay(
            caller, account_no, idempotency_key=idempotency_key, method=method
        )

    async def cancel_autopay(self, caller: Caller, account_no: str) -> views.AutopayView:
        await self._check(caller, "cancel_autopay", account_no)
        return await self._autopay.cancel_autopay(caller, account_no)

    # surroundings

    async def staff_on_duty(self) -> bool:
        async with self._reading() as session:
            return await staff.on_duty(session.connection)

    async def now(self) -> datetime:
        async with self._reading() as session:
            return session.now

    async def take_notices(self, limit: int = 20) -> tuple[views.NoticeView, ...]:
        async with self._session() as session:
            return await notices.take_notices(session.connection, limit, session.now)

    async def settle_notice(self, notice_id: int) -> None:
        async with self._session() as session:
            await notices.settle_notice(session.connection, notice_id)

    async def notice_failed(self, notice_id: int) -> None:
        async with self._session() as session:
            await notice_ways.failed(session.connection, notice_id)


def connect(
    database_url: str,
    *,
    payment_settings: PaymentSettings | None = None,
    code_sender: CodeSender | None = None,
) -> CoreBillingClient:
    """The core on a migrated database, with the payment provider that the environment names."""
    chosen = payment_settings or settings_from()
    engine = create_engine(database_url, plan_once=True)
    providers = providers_from(chosen)
    return CoreBillingClient(
        engine,
        PaymentService(engine, providers, chosen),
        AutopayService(engine, providers, chosen),
        code_sender=code_sender,
        public_url=chosen.public_url,
    )
