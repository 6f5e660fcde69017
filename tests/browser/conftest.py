"""Real Chromium on the running system. Without Chromium the run fails: nothing is skipped."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.browser.chat_page import ChatPage
from tests.dialogue.person import Person, fresh_person, stranger
from tests.running_system import RunningSystem

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",  # its own sandbox does not run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page of another host may not fetch from this machine; here the bot is on this machine.
    "--disable-features=LocalNetworkAccessChecks",
]
ANSWER_MS = 20_000
PHONE = {"width": 375, "height": 667}

expect.set_options(timeout=ANSWER_MS)
OpenChat = Callable[..., ChatPage]


def pytest_collection_finish(session: pytest.Session) -> None:
    if CHROMIUM is None and any(
        item.path.parent == Path(__file__).parent for item in session.items
    ):
        raise pytest.UsageError("浏览器测试需要 Chromium,请先执行 scripts/browser 安装。")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def screenshots(output: Path) -> Path:
    folder = output / "browser"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What pages did wrong by themselves: scripts that failed, things their policy forbids."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext], faults: list[str]) -> BrowserContext:
    return watched(new_context(), faults)


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], faults: list[str]) -> BrowserContext:
    """As on a small phone: touch, and no room."""
    context = new_context(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    return watched(context, faults)


@pytest.fixture
def open_chat(system: RunningSystem, context: BrowserContext, screenshots: Path) -> OpenChat:
    """``open_chat("arrears")`` is a new customer in that situation, before the chat page.

    A ``Person`` instead of a name opens one more page for the same customer.
    """

    def opened(
        who: str | Person | None = None, *, within: BrowserContext = context, fresh: bool = False
    ) -> ChatPage:
        person = who if isinstance(who, Person) else _person(system.database_url, who, fresh)
        chat = ChatPage(within.new_page(), person, system.base_url, screenshots)
        chat.open()
        return chat

    return opened


def watched(context: BrowserContext, faults: list[str]) -> BrowserContext:
    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            faults.append(message.text)

    def on_page(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(str(error)))

    context.on("console", on_console)
    context.on("page", on_page)
    return context


def _person(database_url: str, situation: str | None, fresh: bool) -> Person:
    if situation is None:
        return stranger(database_url)
    return fresh_person(database_url, situation, code_proved=fresh)
