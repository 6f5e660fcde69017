"""The core's side of papers: e-bills and e-invoices."""

import contextlib

from billing_client import views
from billing_client.core_session import Sessions
from billing_client.errors import LinkUnknown
from billing_client.services import bill_papers, invoice_reversal, invoice_rows, invoices
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.invoices import InvoiceWish, Origin
from billing_client.services.paper_links import PaperLinks
from billing_client.store import settings
from billing_client.store.audit import acting_as, actor_of
from billing_client.views import Caller


class PaperSide(Sessions):
    """Part of ``BillingClient``; see there for what each method promises."""

    _public_url: str
    _issuing: InvoiceIssuing

    async def bill_paper(self, caller: Caller, account_no: str, bill_id: int) -> views.PaperView:
        async with self._allowed_to_read(caller, "bill_paper", account_no) as session:
            await bill_papers.check(session.connection, account_no, bill_id)
        return (await self._links()).view("bill", str(bill_id))

    async def invoice_offer(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> views.InvoiceOfferView:
        links = await self._links()
        async with self._allowed_to_read(caller, "invoice_offer", account_no) as session:
            today = session.now.date()
            return await invoices.offer(session.connection, account_no, (first, last), today, links)

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
        async with self._allowed(caller, "request_invoice", account_no) as session:
            await acting_as(session.connection, actor_of(caller))
            owner, _ = await invoices.owner_and_email(session.connection, account_no)
            title = invoices.title_wanted(title_kind, title_name, tax_no, owner)
            wish = InvoiceWish(account_no, bill_ids, title, idempotency_key, email)
            origin = Origin(self._issuing.provider_name, caller)
            number = await invoices.request(session.connection, wish, origin, session.now)
        return await self._pushed(number)

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
        async with self._allowed(caller, "correct_invoice", account_no) as session:
            await acting_as(session.connection, actor_of(caller))
            owner, _ = await invoices.owner_and_email(session.connection, account_no)
            title = invoices.title_wanted(title_kind, title_name, tax_no, owner)
            wish = InvoiceWish(account_no, (), title, idempotency_key)
            origin = Origin(self._issuing.provider_name, caller)
            number = await invoice_reversal.correct_title(
                session.connection, wish, request_no, origin, session.now
            )
        return await self._pushed(number)

    async def _pushed(self, request_no: str) -> views.InvoiceView:
        """Told to the platform at once, after the commit; the sweep goes on with it."""
        with contextlib.suppress(OSError):
            await self._issuing.push(request_no)
        links = await self._links()
        async with self._reading() as session:
            row = await invoice_rows.find(session.connection, request_no)
        assert row is not None, request_no
        return invoice_rows.view(row, links)

    async def invoices(self, caller: Caller, account_no: str) -> tuple[views.InvoiceView, ...]:
        links = await self._links()
        async with self._allowed_to_read(caller, "invoices", account_no) as session:
            return await invoices.invoices(session.connection, account_no, links)

    async def paper(self, kind: str, ref: str, token: str) -> bytes:
        (await self._links()).check(kind, ref, token)
        if kind == "invoice":
            found = await self._issuing.pdf(ref)
        else:
            async with self._session() as session:
                found = await bill_papers.pdf(
                    session.connection, int(ref), session.now.date(), self._public_url
                )
        if found is None:
            raise LinkUnknown
        return found

    async def _links(self) -> PaperLinks:
        async with self._session() as session:
            return PaperLinks(self._public_url, await settings.signing_key(session.connection))
