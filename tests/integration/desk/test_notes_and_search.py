"""Notes stay among staff; conversations are found by what was said and by who the customer is."""

import pytest

from billing_client.demo import city, making
from billing_client.demo.situation import parse
from channels import inbox, ownership
from channels.database import Pool
from channels.desk import searching
from channels.ownership import Change
from tests.integration.channels.conversing import message, rows
from tests.integration.desk.conftest import LogIn

pytestmark = pytest.mark.integration


async def test_a_note_is_shown_to_staff_once_and_to_no_customer(pool: Pool, log_in: LogIn) -> None:
    conversation = (await inbox.receive(pool, message())).conversation_id
    await ownership.change(pool, conversation, Change("agent", agent="小王"))
    browser = await log_in("小李")
    address = f"/desk/conversations/{conversation}"
    form = {"note": "老客户 <b>脾气急</b>", "key": "a" * 32}
    for _ in range(2):
        assert (await browser.post(f"{address}/note", **form)).status == 303
    page = await (await browser.get(address)).text()
    assert page.count("老客户 &lt;b&gt;脾气急&lt;/b&gt;") == 1 and "内部备注 · 小李" in page
    assert await rows(pool, "SELECT count(*) FROM channels.outbox") == [(0,)]
    assert (await browser.post(f"{address}/note", note=" ", key="b" * 32)).status == 422
    assert (await browser.post(f"{address}/note", note="长" * 2001, key="b" * 32)).status == 422


async def test_conversations_are_found_by_words_and_by_customer(
    pool: Pool, database_url: str, log_in: LogIn
) -> None:
    city.fill(database_url, accounts=0)
    customer = making.make(database_url, parse(["name=wang"]))
    said = (
        await inbox.receive(pool, message("厨房水表漏水100%", user="demo:wang"))
    ).conversation_id
    await inbox.receive(pool, message("漏了水表", user="somebody"))
    assert [one.conversation_id for one in await searching.said(pool, "水表漏")] == [said]
    for words in ("100%", "表", "0_%"):
        found = [one.conversation_id for one in await searching.said(pool, words)]
        assert (said in found) is (words == "100%")
    browser = await log_in("小李")
    for words in (customer.account_no, customer.phone[-4:], "水表漏水"):
        page = await (await browser.get(f"/desk/search?q={words}")).text()
        assert page.count(f"/desk/conversations/{said}") == 1, words
    odd = await (await browser.get('/desk/search?q=<script>"x')).text()
    assert "没有找到" in odd and "<script>&#34;" not in odd and '<script>"' not in odd
