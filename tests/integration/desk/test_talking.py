"""From the queue to the customer and back, over HTTP as the pages do it."""

import secrets

import pytest

from channels import inbox, ownership, turns
from channels.database import Pool
from channels.desk import history
from channels.messages import Reply
from tests.integration.channels.conversing import message, replies, rows
from tests.integration.desk.conftest import LogIn

pytestmark = pytest.mark.integration


async def waiting(pool: Pool, text: str = "我要找人工", user: str = "visitor-1") -> str:
    """A conversation that the bot has handed over."""
    received = await inbox.receive(pool, message(text, user))
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    await turns.finish(pool, turn, replies("正在为您转人工"), b"{}", "queue", "asked")
    return received.conversation_id


def address(conversation_id: str, what: str = "") -> str:
    return f"/desk/conversations/{conversation_id}{what}"


async def test_a_shift_claim_answer_hand_back(pool: Pool, log_in: LogIn) -> None:
    conversation = await waiting(pool, "管子爆了,路都淹了,你们到底管不管")
    browser = await log_in("小李")
    queue = await (await browser.get("/desk")).text()
    assert all(
        shown in queue for shown in ("客户要求人工", "紧急", "不满", "路都淹了", "访客 …or-1")
    )

    assert (await browser.post(address(conversation, "/claim"))).status == 303
    key = secrets.token_hex(16)
    for _ in range(2):  # pressed twice
        answer = await browser.post(address(conversation, "/reply"), text="马上派人", key=key)
        assert answer.status == 303
    page = await (await browser.get(address(conversation))).text()
    assert "由我接待" in page and "马上派人" in page and "您好，客服小李为您服务。" in page
    assert (await browser.post(address(conversation, "/back-to-bot"))).status == 303

    told = await history.read(pool, "web", "visitor-1")
    assert [(line.author, line.state) for line in told] == [
        ("user", "answered"),
        ("bot", "waiting"),
        ("change", "queue"),
        ("change", "agent"),
        ("system", "waiting"),
        ("agent", "waiting"),
        ("change", "bot"),
        ("system", "waiting"),
    ]
    assert told[5].reply.name == "小李"
    assert told[7].reply.text.startswith("人工服务已结束")
    await inbox.receive(pool, message("查水费"))
    assert await turns.claim(pool, "worker") is not None


async def test_a_late_reply_is_shown_greyed_and_never_sent(pool: Pool, log_in: LogIn) -> None:
    received = await inbox.receive(pool, message("查水费"))
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    browser = await log_in("小李")
    assert "查水费" in await (await browser.get("/desk/with-bot")).text()
    assert (await browser.post(address(received.conversation_id, "/claim"))).status == 303
    assert not (await turns.finish(pool, turn, replies("迟到的回答"), b"{}")).sent
    lines = await (await browser.get(address(received.conversation_id, "/lines?after=0"))).text()
    assert "迟到的回答" in lines and "没有发给客户" in lines and 'class="bot held_back"' in lines


async def test_what_still_waits_for_a_push_channel_stays_unsent(pool: Pool) -> None:
    received = await inbox.receive(pool, message("查水费", channel="sms", user="13800001111"))
    turn = await turns.claim(pool, "worker")
    assert turn is not None
    await turns.finish(pool, turn, replies("您好"), b"{}")
    await ownership.change(pool, received.conversation_id, ownership.Change("agent", agent="小李"))
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("held_back",)]


async def test_the_loser_of_a_claim_is_told_who_has_it(pool: Pool, log_in: LogIn) -> None:
    conversation = await waiting(pool)
    first, second = await log_in("小李"), await log_in("小王")
    assert (await first.post(address(conversation, "/claim"))).status == 303
    refused = await second.post(address(conversation, "/claim"))
    assert refused.status == 409
    assert "这段会话已由小李接手" in await refused.text()
    assert (await first.post(address(conversation, "/claim"))).status == 303  # pressed twice
    reply = await second.post(address(conversation, "/reply"), text="您好", key="0" * 32)
    assert reply.status == 409


async def test_passed_on_and_returned(pool: Pool, log_in: LogIn) -> None:
    conversation = await waiting(pool)
    li, wang, chief = await log_in("小李"), await log_in("小王"), await log_in("班长")
    await li.post(address(conversation, "/claim"))
    assert (await li.post(address(conversation, "/pass-on"), colleague="无此人")).status == 409
    assert (await li.post(address(conversation, "/pass-on"), colleague="小王")).status == 303
    assert (await ownership.ownership_of(pool, conversation)).agent == "小王"
    assert (await chief.post(address(conversation, "/step-in"))).status == 303
    assert (await ownership.ownership_of(pool, conversation)).agent == "班长"
    assert (await wang.post(address(conversation, "/back-to-queue"))).status == 409
    assert (await chief.post(address(conversation, "/back-to-queue"))).status == 303
    now = await ownership.ownership_of(pool, conversation)
    assert (now.owner, now.agent) == ("queue", None)
    assert (await wang.post(address(conversation, "/claim"))).status == 303
    assert (await wang.post(address(conversation, "/close"))).status == 303
    assert (await wang.post(address(conversation, "/claim"))).status == 409


async def test_a_reply_too_long_for_its_channel_is_refused(pool: Pool, log_in: LogIn) -> None:
    conversation = await waiting(pool)
    browser = await log_in("小李")
    await browser.post(address(conversation, "/claim"))
    for text, status in (("字" * 4000, 303), ("字" * 4001, 422), (" \n ", 422)):
        key = secrets.token_hex(16)
        answer = await browser.post(address(conversation, "/reply"), text=text, key=key)
        assert answer.status == status


async def test_new_words_are_told_to_the_open_page(pool: Pool, log_in: LogIn) -> None:
    conversation = await waiting(pool)
    browser = await log_in("小李")
    await browser.post(address(conversation, "/claim"))
    path = f"/desk/news?conversation={conversation}"
    socket = await browser.client.ws_connect(path, headers={"Origin": "http://desk.example"})
    assert await socket.receive_str() == "alive"
    await inbox.receive(pool, message("还在吗"))
    assert await socket.receive_str(timeout=2) == "lines"
    await socket.close()


async def test_the_board_is_told_of_a_new_waiting_customer(pool: Pool, log_in: LogIn) -> None:
    browser = await log_in("小李")
    socket = await browser.client.ws_connect(
        "/desk/news", headers={"Origin": "http://desk.example"}
    )
    assert await socket.receive_str() == "alive"
    await waiting(pool, "有人吗")
    assert await socket.receive_str(timeout=3) == "board"
    assert "有人吗" in await (await browser.get("/desk/board")).text()
    await socket.close()


async def test_words_cannot_become_markup(pool: Pool, log_in: LogIn) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    conversation = await waiting(pool, evil)
    browser = await log_in("小李")
    await browser.post(address(conversation, "/claim"))
    await browser.post(address(conversation, "/reply"), text=evil, key="a" * 32)
    async with pool.connection() as connection:
        link = '{"text": "t", "link": {"title": "<b>", "url": "javascript:alert(1)"}}'
        await connection.execute(
            "UPDATE channels.outbox SET reply = %s WHERE author = 'bot'", (link,)
        )
    for path in ("/desk", "/desk/board", address(conversation), address(conversation, "/lines")):
        page = await (await browser.get(path)).text()
        assert (
            "<script>alert" not in page and "<img src=x" not in page and "javascript:" not in page
        )
        assert "&lt;script&gt;" in page


def test_reply_carries_the_name() -> None:
    assert Reply.from_dict(Reply("x", author="agent", name="小李").as_dict()).name == "小李"
