"""Service orders and outages."""

from typing import Any

from billing_client import views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class ServiceSide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

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
        return await self.transport.ask(
            "open_service_order",
            caller,
            kind=kind,
            place=place,
            severity=severity,
            inside=inside,
            phone=phone,
            photos=photos,
            details=details,
        )

    async def service_orders(self, caller: Caller) -> tuple[views.ServiceOrderView, ...]:
        return await self.transport.ask("service_orders", caller)

    async def service_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        return await self.transport.ask("service_order", caller, ticket_no=ticket_no)

    async def urge(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        return await self.transport.ask("urge", caller, ticket_no=ticket_no)

    async def order_history(
        self, caller: Caller, ticket_no: str
    ) -> tuple[views.OrderEventView, ...]:
        return await self.transport.ask("order_history", caller, ticket_no=ticket_no)

    async def add_evidence(
        self, caller: Caller, ticket_no: str, what: str, references: tuple[str, ...]
    ) -> views.ServiceOrderView:
        return await self.transport.ask(
            "add_evidence", caller, ticket_no=ticket_no, what=what, references=references
        )

    async def withdraw_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        return await self.transport.ask("withdraw_order", caller, ticket_no=ticket_no)

    async def outages(
        self, caller: Caller, place: str | None = None
    ) -> tuple[views.OutageView, ...]:
        return await self.transport.ask("outages", caller, place=place)
