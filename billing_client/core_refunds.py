"""The core's side of refunds: what may go back, asked for, followed."""

from billing_client import views
from billing_client.core_session import Sessions
from billing_client.pay.providers import Providers
from billing_client.services import refund_offers, refund_rows, refunds
from billing_client.services.refund_running import RefundRunner
from billing_client.services.refunds import RefundWish
from billing_client.store.audit import actor_of
from billing_client.views import Caller

REASON = "多缴退款"  # shown to the payer by the provider


class RefundSide(Sessions):
    """Part of ``BillingClient``; see there for what each method promises."""

    _providers: Providers

    async def refundable(self, caller: Caller, account_no: str) -> tuple[views.RefundableView, ...]:
        async with self._allowed_to_read(caller, "refundable", account_no) as session:
            return await refund_offers.offers(
                session.connection, account_no, self._providers, session.now
            )

    async def request_refund(
        self,
        caller: Caller,
        account_no: str,
        *,
        order_no: str,
        amount_fen: int | None = None,
        idempotency_key: str,
    ) -> views.RefundView:
        wish = RefundWish(
            account_no,
            order_no,
            idempotency_key,
            proposed_by=actor_of(caller),
            reason=REASON,
            amount_fen=amount_fen,
            caller=caller,
        )
        async with self._allowed(caller, "request_refund", account_no) as session:
            number = await refunds.request(session.connection, wish, self._providers, session.now)
        await RefundRunner(self.engine, self._providers).go_on(number)
        async with self._reading() as session:
            row = await refund_rows.find(session.connection, number)
        assert row is not None, number
        return refund_rows.view(row)

    async def refunds(self, caller: Caller, account_no: str) -> tuple[views.RefundView, ...]:
        async with self._allowed_to_read(caller, "refunds", account_no) as session:
            rows = await refund_rows.latest(session.connection, account_no)
        return tuple(refund_rows.view(row) for row in rows)
