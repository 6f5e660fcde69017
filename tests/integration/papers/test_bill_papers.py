"""The e-bill of a demo household, read back from its PDF, and paid from its code."""

from pathlib import Path

import pypdfium2
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from billing_client.errors import NoSuchBill, NotBound
from billing_client.http.papers import PaperPage
from billing_client.pay.links import PaymentLinks
from billing_client.services.bill_papers import figures
from billing_client.store import settings
from billing_client.views import Caller
from tests.integration.papers.conftest import Office
from tests.integration.papers.test_invoices import text_of
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON


async def test_it_says_what_the_bot_says(office: Office, output: Path) -> None:
    await office.paid_bill("2026-09", 4200)
    bill_id = await office.utility.issue("2026-10", 8650)
    link = await office.client.bill_paper(CALLER, ACCOUNT, bill_id)
    _, kind, ref, token = link.url.removesuffix(".pdf").rsplit("/", 3)
    made = await office.client.paper(kind, ref, token)
    (output / "bill.pdf").write_bytes(made)
    shown = text_of(made)
    for words in (
        "本账单不是发票",
        "86.50",
        "捌拾陆元伍角整",
        "王*明",
        "扫码缴费",
        "8.65",
        "上一期",
        "42.00",
    ):
        assert words in shown, words
    assert "王小明" not in shown
    assert len(pypdfium2.PdfDocument(made)) == 1


async def test_others_get_no_link(office: Office) -> None:
    bill_id = await office.utility.issue("2026-10", 8650)
    with pytest.raises(NotBound):
        await office.client.bill_paper(Caller("web", "stranger"), ACCOUNT, bill_id)
    with pytest.raises(NoSuchBill):
        await office.client.bill_paper(CALLER, ACCOUNT, bill_id + 1)


async def test_its_code_leads_to_a_payment(office: Office) -> None:
    bill_id = await office.utility.issue("2026-10", 8650)
    url = office.utility.settings.public_url
    async with office.utility.engine.begin() as connection:
        links = PaymentLinks(url, await settings.signing_key(connection))
        shown = await figures(connection, ACCOUNT, bill_id, NOON.date(), url)
    assert shown["pay_code"].startswith("<?xml")
    payer = office.utility.payer
    page = await payer.get(links.bill(bill_id))
    assert "86.50" in page.text
    assert ACCOUNT not in page.text
    assert (await payer.get(links.bill(bill_id) + "x")).status_code == 404
    pressed = await payer.post(links.bill(bill_id))
    again = await payer.post(links.bill(bill_id))
    assert pressed.status_code == again.status_code == 303
    assert pressed.headers["Location"] == again.headers["Location"]
    await office.utility.act(pressed.headers["Location"], "pay")
    await office.utility.told("payment_settled")
    assert "已缴清" in (await payer.get(links.bill(bill_id))).text


async def test_pages_refuse_what_is_not_signed(office: Office) -> None:
    bill_id = await office.utility.issue("2026-10", 8650)
    link = await office.client.bill_paper(CALLER, ACCOUNT, bill_id)
    application = web.Application()
    application.add_routes(PaperPage(office.client).routes())
    async with TestClient(TestServer(application)) as browser:
        path = link.url.removeprefix(office.utility.settings.public_url)
        opened = await browser.get(path)
        assert (opened.status, opened.content_type) == (200, "application/pdf")
        assert (await browser.get(path.replace(".pdf", "0.pdf"))).status == 404
        assert (await browser.get("/paper/cat/1/1-x.pdf")).status == 404
