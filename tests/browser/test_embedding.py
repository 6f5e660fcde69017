"""The chat in a page of the utility's own site, which has a strict policy of its own."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.conftest import PHONE, watched
from tests.running_system import UTILITY_SITE, RunningSystem

STRANGER_SITE = "http://www.stranger.example"
PAGE = """<!doctype html><html lang="zh-CN">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>供水公司</title><link rel="icon" href="data:,">
<h1>城关供水公司</h1><p>营业公告……</p><script async src="{bot}/embed.js"></script></html>"""


def test_one_line_embeds_the_chat(
    context: BrowserContext, system: RunningSystem, screenshots: Path
) -> None:
    page = _site(context, system, UTILITY_SITE)
    page.screenshot(path=screenshots / "embed-closed.png")
    page.get_by_role("button", name="打开在线客服").click()
    chat = page.frame_locator("iframe")
    expect(chat.locator("#state")).to_have_class("online")
    _say(chat, "现在水价多少", "元/吨")
    page.wait_for_timeout(300)
    page.screenshot(path=screenshots / "embed-open.png")

    chat.get_by_label("要说的话").press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.get_by_role("button", name="打开在线客服")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.locator("#log > li.user")).to_have_count(1)
    chat.get_by_role("button", name="收起对话").click()
    expect(page.locator("iframe")).to_be_hidden()


def test_on_a_phone_the_chat_fills_the_screen(
    phone: BrowserContext, system: RunningSystem, screenshots: Path
) -> None:
    page = _site(phone, system, UTILITY_SITE)
    page.get_by_role("button", name="打开在线客服").click()
    expect(page.frame_locator("iframe").locator("#state")).to_have_class("online")
    assert page.locator("iframe").bounding_box() == {"x": 0, "y": 0, **PHONE}
    page.screenshot(path=screenshots / "embed-phone.png")


def test_without_storage_the_chat_still_talks(
    new_context: Callable[..., BrowserContext], system: RunningSystem, faults: list[str]
) -> None:
    context = watched(new_context(), faults)
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty("
        "window, name, {get() { throw new DOMException('forbidden', 'SecurityError') }})"
    )
    page = _site(context, system, UTILITY_SITE)
    page.get_by_role("button", name="打开在线客服").click()
    _say(page.frame_locator("iframe"), "现在水价多少", "元/吨")


def test_another_site_may_not_show_it(
    new_context: Callable[..., BrowserContext], system: RunningSystem
) -> None:
    refused: list[str] = []
    page = _site(watched(new_context(), refused), system, STRANGER_SITE)
    page.get_by_role("button", name="打开在线客服").click()
    page.wait_for_timeout(1000)
    assert page.frame_locator("iframe").locator("#say").count() == 0
    assert any("frame-ancestors" in message for message in refused)


def _site(context: BrowserContext, system: RunningSystem, origin: str) -> Page:
    bot = system.base_url
    policy = f"default-src 'none'; img-src data:; script-src {bot}; frame-src {bot}"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    context.route(
        f"{origin}/**", lambda route: route.fulfill(body=PAGE.format(bot=bot), headers=headers)
    )
    page = context.new_page()
    page.goto(f"{origin}/index.html")
    return page


def _say(chat: FrameLocator, words: str, answer: str) -> None:
    expect(chat.locator("#state")).to_have_class("online")
    chat.get_by_label("要说的话").fill(words)
    chat.get_by_label("要说的话").press("Enter")
    expect(chat.locator("#log > li.bot").last).to_contain_text(answer)
