"""Payments, auto-pay and instalment plans."""

from billing_client import views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class PaymentSide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def payments(self, caller: Caller, account_no: str) -> tuple[views.PaymentView, ...]:
        return await self.transport.ask("payments", caller, account_no=account_no)

    async def payment_methods(self) -> tuple[str, ...]:
        return await self.transport.ask("payment_methods")

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
        return await self.transport.ask(
            "create_payment_order",
            caller,
            account_no=account_no,
            idempotency_key=idempotency_key,
            amount_fen=amount_fen,
            bill_ids=bill_ids,
            method=method,
        )

    async def payment_order(self, caller: Caller, order_no: str) -> views.PaymentOrderView:
        return await self.transport.ask("payment_order", caller, order_no=order_no)

    async def autopay(self, caller: Caller, account_no: str) -> views.AutopayView:
        return await self.transport.ask("autopay", caller, account_no=account_no)

    async def autopay_methods(self) -> tuple[str, ...]:
        return await self.transport.ask("autopay_methods")

    async def sign_autopay(
        self, caller: Caller, account_no: str, *, idempotency_key: str, method: str | None = None
    ) -> views.AutopayView:
        return await self.transport.ask(
            "sign_autopay",
            caller,
            account_no=account_no,
            idempotency_key=idempotency_key,
            method=method,
        )

    async def cancel_autopay(self, caller: Caller, account_no: str) -> views.AutopayView:
        return await self.transport.ask("cancel_autopay", caller, account_no=account_no)

    async def instalment(self, caller: Caller, account_no: str) -> views.InstalmentView | None:
        return await self.transport.ask("instalment", caller, account_no=account_no)

    async def instalment_offer(self, caller: Caller, account_no: str) -> views.InstalmentOfferView:
        return await self.transport.ask("instalment_offer", caller, account_no=account_no)

    async def agree_instalment(
        self, caller: Caller, account_no: str, *, count: int, idempotency_key: str
    ) -> views.InstalmentView:
        return await self.transport.ask(
            "agree_instalment",
            caller,
            account_no=account_no,
            count=count,
            idempotency_key=idempotency_key,
        )
