"""Auto-pay contracts (代扣): sign, end, and what the provider says of them.

The deduction itself is in ``autopay_run.py``.
"""

import contextlib
import secrets
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.errors import ContractExists, MethodRefused, NoContract, ProviderSilent
from billing_client.pay.messages import Contract, ContractState, NewContract
from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.pay.providers import Providers
from billing_client.pay.settings import PaymentSettings
from billing_client.services import notices
from billing_client.services.autopay_run import next_run_on
from billing_client.store import clock
from billing_client.store.engine import reading
from billing_client.store.locks import lock_account
from billing_client.store.tables import autopay_contract
from billing_client.views import AutopayView, Caller

log = structlog.get_logger(__name__)

LIVE = ("PENDING", "ACTIVE")
NONE = "NONE"
WAITING_LASTS = timedelta(days=1)  # a signing page is not opened later


class AutopayService:
    """Contracts of all providers; safe with any number of processes at once."""

    def __init__(
        self,
        engine: AsyncEngine,
        providers: Providers,
        settings: PaymentSettings,
    ) -> None:
        self._engine, self._reading = engine, reading(engine)
        self._providers = providers
        self._deduct_after = settings.deduct_after

    def methods(self) -> tuple[str, ...]:
        """The words by which customers choose where to sign, the default first."""
        return tuple(provider.method for provider in self._providers if provider.can.autopay)

    async def autopay(self, caller: Caller, account_no: str) -> AutopayView:
        """The newest contract of the account, state ``NONE`` when there never was one."""
        async with self._reading.connect() as connection:
            row = await newest(connection, account_no)
            if row is None:
                return AutopayView(account_no, NONE)
            run_on = None
            if row.state == "ACTIVE":
                run_on = await next_run_on(connection, account_no, self._deduct_after)
        return _view(row, run_on)

    async def sign_autopay(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        method: str | None = None,
    ) -> AutopayView:
        """A contract that waits for the customer's signature at ``sign_url``.

        The account has one live contract at most, so asking again finds the same one.
        """
        chosen = self._providers.for_autopay(method)
        if chosen is None:
            raise MethodRefused(method=method)
        async with self._engine.begin() as connection:
            await lock_account(connection, account_no)
            row = await newest(connection, account_no)
            if row is not None and row.state == "ACTIVE":
                raise ContractExists
            if row is None or row.state not in LIVE:
                row = await self._reserve(connection, caller, account_no, chosen.name)
        try:
            sign_url = await self._providers.of(row.provider).presign(_asked_for(row))
        except OutcomeUnknown as error:
            raise ProviderSilent from error
        except ProviderRefused:
            # The number is taken: signed already, and the notice has not come yet.
            await self.refresh(row.provider, row.contract_code)
            return await self.autopay(caller, account_no)
        await self._keep_sign_url(row.contract_code, sign_url)
        return await self.autopay(caller, account_no)

    async def _reserve(
        self, connection: AsyncConnection, caller: Caller, account_no: str, provider: str
    ) -> Row[Any]:
        at = await clock.now(connection)
        made = insert(autopay_contract).values(
            account_no=account_no,
            contract_code=f"XSDK{at:%Y%m%d}{secrets.token_hex(6)}",
            provider=provider,
            state="PENDING",
            conversation_id=caller.conversation_id,
            channel=caller.channel,
            channel_user=caller.channel_user,
            created_at=func.clock_timestamp(),
        )
        return (await connection.execute(made.returning(autopay_contract))).one()

    async def _keep_sign_url(self, contract_code: str, sign_url: str) -> None:
        mine = autopay_contract.c.contract_code == contract_code
        async with self._engine.begin() as connection:
            await connection.execute(update(autopay_contract).where(mine).values(sign_url=sign_url))

    async def cancel_autopay(self, caller: Caller, account_no: str) -> AutopayView:
        """End the live contract at the provider, then here. ``NoContract`` without one."""
        async with self._engine.begin() as connection:
            await lock_account(connection, account_no)
            row = await newest(connection, account_no)
            if row is None or row.state not in LIVE:
                raise NoContract
            # Said before the provider tells it back, so that its notice knows who ended it.
            mine = autopay_contract.c.contract_code == row.contract_code
            await connection.execute(
                update(autopay_contract).where(mine).values(ended_by="customer")
            )
        await self._end_at_provider(row.provider, row.contract_code)
        async with self._engine.begin() as connection:
            ended = Contract(row.contract_code, ContractState.ENDED)
            await contract_changed(connection, row.provider, ended)
        return await self.autopay(caller, account_no)

    async def _end_at_provider(self, name: str, contract_code: str) -> None:
        try:
            provider = self._providers.of(name)
            known = await provider.query_contract(contract_code)
            if known.state is ContractState.SIGNED:
                await provider.end_contract(contract_code)
        except OutcomeUnknown as error:
            raise ProviderSilent from error

    async def refresh(self, provider: str, contract_code: str) -> None:
        """Ask the provider where the contract stands, and keep it."""
        try:
            told = await self._providers.of(provider).query_contract(contract_code)
        except OutcomeUnknown as error:
            raise ProviderSilent from error
        async with self._engine.begin() as connection:
            await contract_changed(connection, provider, told)

    async def refresh_waiting(self) -> int:
        """Ask about the contracts of the last day that nobody has signed yet."""
        asked = select(autopay_contract.c.provider, autopay_contract.c.contract_code).where(
            autopay_contract.c.state == "PENDING",
            autopay_contract.c.created_at > func.now() - WAITING_LASTS,
        )
        async with self._reading.connect() as connection:
            waiting = list(await connection.execute(asked))
        for provider, contract_code in waiting:
            with contextlib.suppress(ProviderSilent):  # the next round asks again
                await self.refresh(provider, contract_code)
        return len(waiting)


async def newest(connection: AsyncConnection, account_no: str) -> Row[Any] | None:
    asked = (
        select(autopay_contract)
        .where(autopay_contract.c.account_no == account_no)
        .order_by(autopay_contract.c.created_at.desc())
        .limit(1)
    )
    return (await connection.execute(asked)).one_or_none()


async def contract_changed(connection: AsyncConnection, provider: str, contract: Contract) -> bool:
    """Take in what the provider says; False when it is no news. Each step is told once."""
    at = await clock.now(connection)
    if contract.state is ContractState.SIGNED:
        values = {
            "state": "ACTIVE",
            "signed_at": at,
            "provider_contract_id": contract.provider_contract_id,
        }
        return await _move(connection, provider, contract, ("PENDING",), values, "autopay_signed")
    if contract.state is ContractState.ENDED:
        ended_by = func.coalesce(autopay_contract.c.ended_by, "provider")
        values = {"state": "ENDED", "ended_at": at, "ended_by": ended_by}
        return await _move(connection, provider, contract, LIVE, values, "autopay_ended")
    return False


async def _move(
    connection: AsyncConnection,
    provider: str,
    contract: Contract,
    start: tuple[str, ...],
    values: dict[str, Any],
    topic: str,
) -> bool:
    moved = await connection.execute(
        update(autopay_contract)
        .where(
            autopay_contract.c.contract_code == contract.contract_code,
            autopay_contract.c.provider == provider,
            autopay_contract.c.state.in_(start),
        )
        .values(**values)
        .returning(autopay_contract)
    )
    row = moved.one_or_none()
    if row is None:
        log.info("autopay.no_news", contract_code=contract.contract_code, topic=topic)
        return False
    await notices.write_notice(
        connection,
        topic,
        f"{topic}:{row.contract_code}",
        account_no=row.account_no,
        conversation_id=row.conversation_id,
        channel=row.channel,
        channel_user=row.channel_user,
        payload={"account_no": row.account_no, "ended_by": row.ended_by},
    )
    return True


def _asked_for(row: Row[Any]) -> NewContract:
    return NewContract(
        contract_code=row.contract_code,
        display_account=f"户号尾号{row.account_no[-4:]}",
        serial=int(row.created_at.timestamp() * 1000),
    )


def _view(row: Row[Any], run_on: date | None) -> AutopayView:
    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(clock.SHANGHAI) if moment else None

    return AutopayView(
        account_no=row.account_no,
        state=row.state,
        contract_code=row.contract_code,
        provider=row.provider,
        sign_url=row.sign_url if row.state == "PENDING" else None,
        signed_at=local(row.signed_at),
        next_run_on=run_on,
        last_run_at=local(row.last_run_at),
        last_result=row.last_result,
    )
