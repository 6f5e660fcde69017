"""``xiaoshui chat`` as a process of its own, against a database with a worker made by hand."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from channels import turns
from channels.database import Pool
from channels.heartbeat import beat
from channels.listening import being_cancelled
from channels.messages import Link, Option, Reply
from channels.ownership import release_to_bot, take_over
from channels.push import push
from tests.integration.channels.conversing import replies

pytestmark = pytest.mark.integration

PROGRAM = """
import asyncio, sys
from channels.terminal_chat import chat
url, name, channel, new, as_json = sys.argv[1:]
sys.exit(asyncio.run(chat(url, name or None, channel, new == "1", as_json == "1")))
"""
OFFER = Reply(
    "欠费 38.50 元",
    (Option("立即缴费"), Option("稍后再说")),
    Link("去缴费", "https://water.example/p"),
)


async def start(
    url: str, *, name: str = "wang", channel: str = "sms", new: bool = False, as_json: bool = True
) -> Process:
    arguments = (url, name, channel, "1" if new else "0", "1" if as_json else "0")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


@pytest.fixture
async def worker(pool: Pool) -> AsyncIterator[None]:
    """Answers with an offer, to 「缴费」 with a link and, a moment later, with a confirmation."""
    await beat(pool, "worker", datetime.now(UTC))

    async def work() -> None:
        while not being_cancelled():
            turn = await turns.claim(pool, "worker")
            if turn is None:
                await asyncio.sleep(0.02)
                continue
            await turns.finish(pool, turn, [OFFER, *replies(f"您说：{turn.said}")], None)
            if turn.said == "立即缴费":
                await asyncio.sleep(0.3)
                await push(
                    pool,
                    Reply("已收到 38.50 元"),
                    f"paid:{turn.seq}",
                    conversation_id=turn.conversation_id,
                )

    task = asyncio.create_task(work())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ask(process: Process, line: str) -> dict:
    assert process.stdin and process.stdout
    process.stdin.write(f"{line}\n".encode())
    return json.loads(await asyncio.wait_for(process.stdout.readline(), 20))


@pytest.mark.usefixtures("worker")
async def test_each_line_in_gives_one_line_out_with_what_was_pushed(database_url: str) -> None:
    process = await start(database_url)
    first = await ask(process, "查水费")
    assert first["replies"][0] == {
        "text": "欠费 38.50 元",
        "options": ["立即缴费", "稍后再说"],
        "link": "https://water.example/p",
        "image": None,
    }
    second = await ask(process, '{"say": "1"}')
    assert (second["say"], second["owner"]) == ("1", "bot")
    assert [reply["text"] for reply in second["replies"]] == [
        "欠费 38.50 元",
        "您说：立即缴费",
        "已收到 38.50 元",
    ]
    await process.communicate(b"")
    assert process.returncode == 0


@pytest.mark.usefixtures("worker")
async def test_a_bad_line_gets_one_line_with_an_error(database_url: str) -> None:
    process = await start(database_url)
    for line in ('{"say":', '{"say": 5}', '{"text": "hi"}', '{"say": " "}', r'{"say": "\ud800"}'):
        refused = await ask(process, line)
        assert (refused["say"], refused["replies"]) == (line, [])
        assert "没有发送" in refused["error"]
    assert (await ask(process, "你好"))["replies"]
    await process.communicate(b"")
    assert process.returncode == 0


@pytest.mark.usefixtures("worker")
async def test_bytes_that_are_no_text_do_not_end_it(database_url: str) -> None:
    process = await start(database_url)
    assert process.stdin and process.stdout
    process.stdin.write(b"\xff\xfe\n")
    garbled = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert garbled["say"] == "\ufffd\ufffd"
    assert (await ask(process, "[1, 2]"))["say"] == "[1, 2]", "not every bracket is JSON"
    await process.communicate(b"")


@pytest.mark.usefixtures("worker")
async def test_while_staff_own_it_the_line_comes_at_once_and_empty(
    database_url: str, pool: Pool
) -> None:
    process = await start(database_url)
    conversation = (await ask(process, "查水费"))["conversation"]
    await take_over(pool, conversation, "queue", "test")
    told = await ask(process, "有人吗")
    assert (told["replies"], told["owner"]) == ([], "queue")
    assert (await release_to_bot(pool, conversation)).owner == "bot"
    assert (await ask(process, "你好"))["replies"]
    await process.communicate(b"")


@pytest.mark.usefixtures("worker")
async def test_new_begins_another_conversation(database_url: str) -> None:
    conversations = []
    for new in (False, False, True):
        process = await start(database_url, new=new)
        conversations.append((await ask(process, "你好"))["conversation"])
        await process.communicate(b"")
    assert conversations[0] == conversations[1] != conversations[2]


@pytest.mark.usefixtures("worker")
async def test_the_keyboard_shows_the_channels_own_form(database_url: str) -> None:
    process = await start(database_url, as_json=False)
    shown, _ = await process.communicate("查水费\n".encode())
    assert (
        "小水：欠费 38.50 元\nhttps://water.example/p\n1 立即缴费  2 稍后再说，回数字"
        in shown.decode()
    )


async def test_without_a_worker_it_says_that_nothing_runs(database_url: str) -> None:
    process = await start(database_url)
    _, told = await process.communicate("你好\n".encode())
    assert (process.returncode, "没有在运行" in told.decode()) == (1, True)
