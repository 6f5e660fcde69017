"""Takes in verified notices of the provider: stored first, then handled, once each."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.pay.messages import Notice
from billing_client.services import refund_results
from billing_client.services.autopay import contract_changed
from billing_client.services.settlement import Outcome, settle
from billing_client.store import clock
from billing_client.store.tables import notice_nonce, provider_notice


class Replayed(Exception):
    """These very bytes came before: a provider that tries again signs anew."""


class NoticeDesk:
    """The notices of one provider."""

    def __init__(self, engine: AsyncEngine, provider: str) -> None:
        self._engine = engine
        self._provider = provider

    async def take_in(self, notice: Notice) -> str:
        """The outcome, committed when this returns; a repeat finds what the first one did.

        When handling raises, the notice stays stored and unhandled, and the provider,
        who got no yes, sends it again. Raises ``Replayed``.
        """
        async with self._engine.begin() as connection:
            await self._remember(connection, notice.nonce)
            await connection.execute(
                insert(provider_notice)
                .values(
                    provider=self._provider,
                    notice_id=notice.notice_id,
                    event_type=notice.event_type,
                    resource=notice.resource,
                )
                .on_conflict_do_nothing()
            )
        async with self._engine.begin() as connection:
            return await self._handle_once(connection, notice)

    async def _remember(self, connection: AsyncConnection, nonce: str | None) -> None:
        if nonce is None:
            return
        kept = insert(notice_nonce).values(provider=self._provider, nonce=nonce)
        kept = kept.on_conflict_do_nothing().returning(notice_nonce.c.nonce)
        if await connection.scalar(kept) is None:
            raise Replayed

    async def _handle_once(self, connection: AsyncConnection, notice: Notice) -> str:
        mine = (
            provider_notice.c.provider == self._provider,
            provider_notice.c.notice_id == notice.notice_id,
        )
        asked = select(provider_notice.c.outcome).where(*mine).with_for_update()
        outcome = await connection.scalar(asked)
        if outcome is not None:
            return str(outcome)
        outcome = await self._handle(connection, notice)
        await connection.execute(
            update(provider_notice)
            .where(*mine)
            .values(outcome=outcome, handled_at=func.clock_timestamp())
        )
        return outcome

    async def _handle(self, connection: AsyncConnection, notice: Notice) -> str:
        at = await clock.now(connection)
        outcome: str = Outcome.NOTHING
        if notice.transaction is not None:
            outcome = await settle(connection, self._provider, notice.transaction, at)
        if notice.refund is not None:  # Alipay tells of a refund as news of its payment
            outcome = await refund_results.take_in(connection, self._provider, notice.refund, at)
        if notice.contract is not None:
            changed = await contract_changed(connection, self._provider, notice.contract)
            outcome = "contract" if changed else Outcome.NOTHING
        return outcome
