"""The core's side of instalment plans: shown, offered, agreed."""

from billing_client import views
from billing_client.core_session import Sessions
from billing_client.services import instalments
from billing_client.store.audit import acting_as, actor_of
from billing_client.views import Caller


class InstalmentSide(Sessions):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def instalment(self, caller: Caller, account_no: str) -> views.InstalmentView | None:
        async with self._allowed_to_read(caller, "instalment", account_no) as session:
            return await instalments.current(session.connection, account_no, session.now.date())

    async def instalment_offer(self, caller: Caller, account_no: str) -> views.InstalmentOfferView:
        async with self._allowed_to_read(caller, "instalment_offer", account_no) as session:
            return await instalments.offer(session.connection, account_no, session.now.date())

    async def agree_instalment(
        self, caller: Caller, account_no: str, *, count: int, idempotency_key: str
    ) -> views.InstalmentView:
        async with self._allowed(caller, "agree_instalment", account_no) as session:
            await acting_as(session.connection, actor_of(caller))
            return await instalments.agree(
                session.connection, account_no, count, idempotency_key, session.now
            )
