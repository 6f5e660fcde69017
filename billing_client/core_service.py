"""The core's side of service: contacts and reminders, service orders and outages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client import views
from billing_client.core_session import Session, Sessions
from billing_client.domain.service_order import TransitionRefused
from billing_client.errors import OrderEnded
from billing_client.services import (
    contacts,
    identity,
    order_handling,
    order_history,
    outages,
    reminders,
    service_orders,
)
from billing_client.store.audit import actor_of
from billing_client.store.tables import account
from billing_client.views import Caller


class ServiceSide(Sessions):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def reminders(self, caller: Caller, account_no: str) -> views.RemindersView:
        async with self._allowed(caller, "reminders", account_no) as session:
            return await reminders.read(session.connection, caller, account_no)

    async def set_reminders(
        self, caller: Caller, account_no: str, wanted: dict[str, bool]
    ) -> views.RemindersView:
        async with self._allowed(caller, "set_reminders", account_no) as session:
            return await reminders.write(session.connection, caller, account_no, wanted)

    async def change_phone(self, caller: Caller, account_no: str, phone: str) -> views.AccountView:
        async with self._allowed(caller, "change_phone", account_no) as session:
            return await contacts.change_phone(
                session.connection, caller, account_no, phone, session.now
            )

    async def open_service_order(
        self,
        caller: Caller,
        *,
        kind: str,
        place: str,
        severity: str,
        inside: bool | None = None,
        phone: str | None = None,
        photos: tuple[str, ...] = (),
        details: dict[str, Any] | None = None,
    ) -> views.ServiceOrderView:
        async with self._session() as session:
            bound = (await identity.known(session.connection, caller)).account_nos
            order = service_orders.NewOrder(
                kind=kind,
                place=place,
                severity=severity,
                inside=inside,
                phone=phone,
                account_no=service_orders.account_meant(bound, details or {}),
                photos=photos,
                details=details or {},
            )
            return await service_orders.open_order(session.connection, caller, order, session.now)

    async def service_orders(self, caller: Caller) -> tuple[views.ServiceOrderView, ...]:
        async with self._reading() as session:
            return await service_orders.own_orders(session.connection, caller)

    async def service_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        async with self._reading() as session:
            return await service_orders.own_order(session.connection, caller, ticket_no)

    async def urge(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        async with self._session() as session:
            return await service_orders.urge(session.connection, caller, ticket_no, session.now)

    async def order_history(
        self, caller: Caller, ticket_no: str
    ) -> tuple[views.OrderEventView, ...]:
        async with self._own_order(caller, ticket_no) as session:
            return await order_history.read(session.connection, ticket_no)

    async def add_evidence(
        self, caller: Caller, ticket_no: str, what: str, references: tuple[str, ...]
    ) -> views.ServiceOrderView:
        async with self._own_order(caller, ticket_no) as session:
            return await order_handling.add_evidence(
                session.connection, ticket_no, what, references, actor_of(caller), session.now
            )

    async def withdraw_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        async with self._own_order(caller, ticket_no) as session:
            return await order_handling.withdraw(
                session.connection, ticket_no, actor_of(caller), session.now
            )

    @asynccontextmanager
    async def _own_order(self, caller: Caller, ticket_no: str) -> AsyncIterator[Session]:
        """A session on an order that the caller opened; one that has ended is OrderEnded."""
        async with self._session() as session:
            await service_orders.own_order(session.connection, caller, ticket_no)
            try:
                yield session
            except TransitionRefused:
                raise OrderEnded(ticket_no=ticket_no) from None

    async def outages(
        self, caller: Caller, place: str | None = None
    ) -> tuple[views.OutageView, ...]:
        async with self._reading() as session:
            places = [place] if place else await self._own_areas(session.connection, caller)
            return await outages.running(session.connection, places, session.now)

    async def _own_areas(self, connection: AsyncConnection, caller: Caller) -> list[str]:
        bound = (await identity.known(connection, caller)).account_nos
        query = select(account.c.area).where(account.c.account_no.in_(bound)).distinct()
        return list((await connection.execute(query)).scalars())
