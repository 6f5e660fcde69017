"""Invoices that the business office issues by hand at the tax bureau's site.

The platform never answers by itself: staff enter number and file with
``xiaoshui billing invoice enter``, and the customer is told as with any other provider.
"""

from billing_client.invoicing.port import InvoiceRequest, Progress, RedRequest, Result

OFFICE = "office"


class OfficeInvoices:
    name = OFFICE

    async def submit(self, request: InvoiceRequest) -> None:
        """Nobody is called: the request is in the office's list already."""

    async def submit_red(self, request: RedRequest) -> None:
        """As above."""

    async def result(self, request_no: str) -> Result:
        return Result(request_no, Progress.ISSUING)

    async def pdf(self, request_no: str) -> bytes | None:
        return None
