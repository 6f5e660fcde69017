"""E-bills and e-invoices."""

from billing_client import views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class PaperSide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def bill_paper(self, caller: Caller, account_no: str, bill_id: int) -> views.PaperView:
        return await self.transport.ask(
            "bill_paper", caller, account_no=account_no, bill_id=bill_id
        )

    async def invoice_offer(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> views.InvoiceOfferView:
        return await self.transport.ask(
            "invoice_offer", caller, account_no=account_no, first=first, last=last
        )

    async def request_invoice(
        self,
        caller: Caller,
        account_no: str,
        *,
        bill_ids: tuple[int, ...],
        title_kind: str,
        title_name: str = "",
        tax_no: str | None = None,
        email: str | None = None,
        idempotency_key: str,
    ) -> views.InvoiceView:
        return await self.transport.ask(
            "request_invoice",
            caller,
            account_no=account_no,
            bill_ids=bill_ids,
            title_kind=title_kind,
            title_name=title_name,
            tax_no=tax_no,
            email=email,
            idempotency_key=idempotency_key,
        )

    async def correct_invoice(
        self,
        caller: Caller,
        account_no: str,
        *,
        request_no: str,
        title_kind: str,
        title_name: str = "",
        tax_no: str | None = None,
        idempotency_key: str,
    ) -> views.InvoiceView:
        return await self.transport.ask(
            "correct_invoice",
            caller,
            account_no=account_no,
            request_no=request_no,
            title_kind=title_kind,
            title_name=title_name,
            tax_no=tax_no,
            idempotency_key=idempotency_key,
        )

    async def invoices(self, caller: Caller, account_no: str) -> tuple[views.InvoiceView, ...]:
        return await self.transport.ask("invoices", caller, account_no=account_no)

    async def paper(self, kind: str, ref: str, token: str) -> bytes:
        return await self.transport.ask("paper", kind=kind, ref=ref, token=token)
