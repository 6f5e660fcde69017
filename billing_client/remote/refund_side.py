"""Money back."""

from billing_client import views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class RefundSide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def refundable(self, caller: Caller, account_no: str) -> tuple[views.RefundableView, ...]:
        return await self.transport.ask("refundable", caller, account_no=account_no)

    async def request_refund(
        self,
        caller: Caller,
        account_no: str,
        *,
        order_no: str,
        amount_fen: int | None = None,
        idempotency_key: str,
    ) -> views.RefundView:
        return await self.transport.ask(
            "request_refund",
            caller,
            account_no=account_no,
            order_no=order_no,
            amount_fen=amount_fen,
            idempotency_key=idempotency_key,
        )

    async def refunds(self, caller: Caller, account_no: str) -> tuple[views.RefundView, ...]:
        return await self.transport.ask("refunds", caller, account_no=account_no)
