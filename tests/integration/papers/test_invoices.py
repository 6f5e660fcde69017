"""E-invoices: one a bill, whoever asks at once and whoever dies; taken back by red letters."""

import asyncio
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from billing_client.errors import (
    InvoiceRefused,
    KeyReused,
    LinkExpired,
    LinkUnknown,
    NoSuchBill,
)
from billing_client.invoicing.port import InvoiceRequest, RedRequest, Result
from billing_client.invoicing.sandbox.provider import BUYER, FAILS_WITH, LOGIN_REQUIRED
from billing_client.invoicing.sandbox.store import tax_invoice
from billing_client.services import invoice_rows
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.services.paper_links import PaperLinks
from billing_client.store import settings
from billing_client.store.tables import bill
from tests.integration.papers.conftest import COMPANY, Office
from tests.integration.pay.conftest import ACCOUNT, CALLER


async def _number_on(office: Office, bill_id: int) -> str | None:
    async with office.utility.engine.connect() as connection:
        return await connection.scalar(select(bill.c.invoice_no).where(bill.c.bill_id == bill_id))


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


async def _opened(office: Office, url: str) -> str:
    _, kind, ref, token = url.removesuffix(".pdf").rsplit("/", 3)
    return text_of(await office.client.paper(kind, ref, token))


async def test_asked_issued_told_and_opened(office: Office) -> None:
    bill_id = await office.paid_bill()
    offer = await office.client.invoice_offer(CALLER, ACCOUNT)
    assert ([it.bill_id for it in offer.bills], offer.total_fen) == ([bill_id], 8650)
    request_no = await office.ask(bill_id, **COMPANY)
    await office.sweep()
    row = await office.row(request_no)
    assert (row.state, row.total_fen, row.tax_fen) == ("ISSUED", 8650, 252)
    assert row.invoice_no == await _number_on(office, bill_id)
    told = await office.utility.told("invoice_issued")
    shown = await _opened(office, told["link_url"])
    for words in (
        "样票",
        row.invoice_no,
        "清源小食店",
        COMPANY["tax_no"],
        ACCOUNT,
        "捌拾陆元伍角整",
    ):
        assert words in shown
    (view,) = await office.client.invoices(CALLER, ACCOUNT)
    assert view.url is not None
    offer = await office.client.invoice_offer(CALLER, ACCOUNT)
    assert [it.invoice_no for it in offer.made] == [row.invoice_no]


async def test_the_same_wish_is_one_invoice(office: Office) -> None:
    bill_id = await office.paid_bill()
    assert await office.ask(bill_id) == await office.ask(bill_id)
    with pytest.raises(KeyReused):
        await office.ask(bill_id, **COMPANY)
    with pytest.raises(InvoiceRefused, match="made"):
        await office.ask(bill_id, key="k2")


async def test_ten_at_once_get_one(office: Office) -> None:
    bill_id = await office.paid_bill()
    asked = [office.ask(bill_id, key=f"k{number}") for number in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvoiceRefused) for outcome in outcomes) == 9


async def test_the_database_refuses_a_second_one(office: Office) -> None:
    bill_id = await office.paid_bill()
    row = await office.row(await office.ask(bill_id))
    second = dict(row._mapping) | {"request_no": "FP-other", "idempotency_key": "other"}
    second.pop("state")
    with pytest.raises(IntegrityError, match="one_invoice_a_bill"):
        async with office.utility.engine.begin() as connection:
            await invoice_rows.write(connection, second, [bill_id])


async def test_what_is_not_paid_gets_none(office: Office) -> None:
    bill_id = await office.utility.issue("2026-10", 8650)
    with pytest.raises(InvoiceRefused, match="unpaid"):
        await office.ask(bill_id)
    with pytest.raises(NoSuchBill):
        await office.ask(bill_id + 1)
    with pytest.raises(InvoiceRefused, match="tax_number_check"):
        await office.ask(bill_id, **COMPANY | {"tax_no": "91350100M000100Y44"})


async def test_a_year_on_one_invoice(office: Office) -> None:
    ids = [await office.paid_bill(f"2026-{month:02d}", 1001) for month in range(1, 6)]
    offer = await office.client.invoice_offer(CALLER, ACCOUNT, "2026-01", "2026-12")
    request_no = await office.ask(*(it.bill_id for it in offer.bills))
    await office.sweep()
    row = await office.row(request_no)
    assert (row.total_fen, row.tax_fen, row.periods[-1]) == (5005, 146, "2026-05")
    assert {await _number_on(office, bill_id) for bill_id in ids} == {row.invoice_no}


async def test_it_waits_for_the_clerk_and_goes_on(office: Office) -> None:
    bill_id = await office.paid_bill()
    await office.knob(LOGIN_REQUIRED, "1")
    request_no = await office.ask(bill_id)
    await office.sweep()
    assert (await office.row(request_no)).state == "LOGIN_REQUIRED"
    assert [kind for kind, _ in await office.tasks()] == ["invoice_login"]
    await office.knob(LOGIN_REQUIRED, None)
    await office.sweep()
    assert (await office.row(request_no)).state == "ISSUED"
    assert await office.topics() == ["invoice_issued"]


async def test_a_failed_one_frees_the_bill(office: Office) -> None:
    bill_id = await office.paid_bill()
    await office.knob(FAILS_WITH, "BUYER_NAME_WRONG")
    failed = await office.ask(bill_id)
    await office.sweep()
    assert (await office.row(failed)).failure == "BUYER_NAME_WRONG"
    assert await office.tasks() == [("invoice_failed", failed)]
    await office.knob(FAILS_WITH, None)
    again = await office.ask(bill_id, key="k2")
    await office.sweep()
    assert (await office.row(again)).state == "ISSUED"
    assert await office.topics() == ["invoice_failed", "invoice_issued"]


async def test_a_wrong_title_is_put_right(office: Office) -> None:
    bill_id = await office.paid_bill()
    first = await office.ask(bill_id)
    await office.sweep()
    wrong = await office.row(first)
    red = await office.client.correct_invoice(
        CALLER, ACCOUNT, request_no=first, idempotency_key="c1", **COMPANY
    )
    with pytest.raises(InvoiceRefused, match="being_reversed"):
        await office.client.correct_invoice(
            CALLER, ACCOUNT, request_no=first, idempotency_key="c2", **COMPANY
        )
    await office.sweep()
    assert (await office.row(red.request_no)).total_fen == -8650
    number = await _number_on(office, bill_id)
    assert number not in (None, wrong.invoice_no)
    newest = (await office.client.invoices(CALLER, ACCOUNT))[0]
    assert (newest.invoice_no, newest.title_name) == (number, "清源小食店")
    assert await office.topics() == ["invoice_issued", "invoice_issued"]


@pytest.mark.parametrize(("buyer", "state"), [("waits", "CONFIRMING"), ("declines", "VOID")])
async def test_a_buyer_who_booked_it_is_asked(office: Office, buyer: str, state: str) -> None:
    bill_id = await office.paid_bill()
    first = await office.ask(bill_id)
    await office.sweep()
    await office.knob(BUYER, buyer)
    red = await office.client.correct_invoice(
        CALLER, ACCOUNT, request_no=first, idempotency_key="c1", **COMPANY
    )
    await office.sweep()
    assert (await office.row(red.request_no)).state == state
    assert await _number_on(office, bill_id) == (await office.row(first)).invoice_no
    if state == "VOID":
        assert await office.tasks() == [("red_letter_void", red.request_no)]
        await office.knob(BUYER, None)
        await office.client.correct_invoice(
            CALLER, ACCOUNT, request_no=first, idempotency_key="c2", **COMPANY
        )
        await office.sweep()
        assert await _number_on(office, bill_id) != (await office.row(first)).invoice_no


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


class Dying:
    """A platform whose caller dies right after one of its answers."""

    def __init__(self, office: Office, dies_after: str) -> None:
        self._platform = office.provider
        self._dies_after = dies_after
        self.name = office.provider.name

    def _die(self, after: str) -> None:
        if after == self._dies_after:
            raise Killed

    async def submit(self, request: InvoiceRequest) -> None:
        await self._platform.submit(request)
        self._die("submit")

    async def submit_red(self, request: RedRequest) -> None:
        await self._platform.submit_red(request)

    async def result(self, request_no: str) -> Result:
        told = await self._platform.result(request_no)
        if told.invoice_no is not None:
            self._die("result")
        return told

    async def pdf(self, request_no: str) -> bytes | None:
        made = await self._platform.pdf(request_no)
        self._die("pdf")
        return made


@pytest.mark.parametrize("dies_after", ["submit", "result", "pdf"])
async def test_a_killed_worker_leaves_one_invoice(office: Office, dies_after: str) -> None:
    bill_id = await office.paid_bill()
    request_no = await office.write_down(bill_id)
    url = office.utility.settings.public_url
    healthy = office.issuing
    office.issuing = InvoiceIssuing(office.utility.engine, Dying(office, dies_after), url)
    with pytest.raises(Killed):
        await office.sweep()
    office.issuing = healthy
    await office.sweep()
    assert (await office.row(request_no)).state == "ISSUED"
    async with office.utility.engine.connect() as connection:
        asked = select(func.count()).select_from(tax_invoice)
        assert await connection.scalar(asked) == 1
    assert await office.topics() == ["invoice_issued"]


async def test_links_end_and_cannot_be_made_up(office: Office) -> None:
    request_no = await office.ask(await office.paid_bill())
    await office.sweep()
    async with office.utility.engine.begin() as connection:
        links = PaperLinks("", await settings.signing_key(connection))
    url = links.view("invoice", request_no).url
    assert "样票" in await _opened(office, url)
    token = url.removesuffix(".pdf").rsplit("/", 1)[1]
    with pytest.raises(LinkExpired):
        links.check("invoice", request_no, token, datetime.now(UTC) + timedelta(days=8))
    later = f"{int(token.partition('-')[0]) + 60}-{token.partition('-')[2]}"
    for kind, forged in (("invoice", later), ("bill", token), ("invoice", "x"), ("invoice", "9-é")):
        with pytest.raises(LinkUnknown):
            links.check(kind, request_no, forged)
