"""A shift at the desk: log in, claim, answer, do business, hand back; on a desk and on a phone."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from channels.desk import demo_staff
from channels.desk.demo_people import DEMO_STAFF, DemoStaff
from tests.browser.conftest import PHONE, OpenChat, watched
from tests.running_system import RunningSystem

OFFICE_PC = {"width": 1366, "height": 768}
LI, WANG, _ = DEMO_STAFF
LogIn = Callable[..., Page]


@pytest.fixture(scope="session")
def staffed(system: RunningSystem) -> RunningSystem:
    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        thread.submit(lambda: asyncio.run(demo_staff.ensure(system.database_url))).result()
    return system


@pytest.fixture
def log_in(
    staffed: RunningSystem, new_context: Callable[..., BrowserContext], faults: list[str]
) -> LogIn:
    def logged_in(who: DemoStaff, **settings: object) -> Page:
        context = watched(new_context(**{"viewport": OFFICE_PC, **settings}), faults)
        page = context.new_page()
        page.goto(f"{staffed.base_url}/desk")
        page.get_by_label("用户名").fill(who.name)
        page.get_by_label("密码").fill(who.password)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name="等待接手")).to_be_visible()
        return page

    return logged_in


def test_a_shift(open_chat: OpenChat, log_in: LogIn, screenshots: Path) -> None:
    desk = log_in(LI)
    chat = open_chat("arrears")
    chat.say("查水费", "")
    chat.say("我要找人工客服，没人管我就投诉", "")
    name = chat.person.channel_user.removeprefix("demo:")
    row = desk.locator("#waiting .row", has_text=name)
    expect(row).to_contain_text("不满")
    desk.screenshot(path=screenshots / "desk-queue.png")

    row.get_by_role("button", name="接手").click()
    expect(desk.locator("#head")).to_contain_text("由我接待")
    expect(desk.locator("#panel")).to_contain_text("未缴账单")
    chat.pushed("您好，客服小李为您服务。")
    desk.get_by_label("回复客户").fill("您好，我来帮您看一下。")
    desk.get_by_label("回复客户").press("Enter")
    expect(desk.locator("#lines li.agent")).to_contain_text("我来帮您看一下")
    expect(desk.get_by_label("回复客户")).to_have_value("")
    answer = chat.pushed("您好，我来帮您看一下。")
    expect(answer).to_contain_text("客服小李")
    chat.shoot("desk-customer")

    chat.text.fill("那我怎么付")
    chat.text.press("Enter")
    expect(desk.locator("#lines li.user").last).to_contain_text("那我怎么付")
    desk.get_by_text("发付款链接").click()
    desk.get_by_role("button", name="确认发送").click()
    expect(chat.page.get_by_role("link", name="去付款")).to_be_visible()
    expect(desk.locator("#lines li.agent").last).to_contain_text("应付")
    desk.screenshot(path=screenshots / "desk-conversation.png")

    desk.get_by_role("button", name="交还小水").click()
    expect(desk.get_by_role("heading", name="等待接手")).to_be_visible()
    chat.pushed("小水继续为您服务")
    chat.say("查水费", "{account_no}", "元")


def test_on_a_phone(open_chat: OpenChat, log_in: LogIn, screenshots: Path) -> None:
    desk = log_in(WANG, viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    chat = open_chat()
    chat.say("转人工", "")
    name = chat.person.channel_user.removeprefix("demo:")
    row = desk.locator("#waiting .row", has_text=name)
    desk.screenshot(path=screenshots / "desk-phone-queue.png")
    row.get_by_role("button", name="接手").tap()
    desk.get_by_label("回复客户").fill("您好，请说。")
    desk.get_by_role("button", name="发送").tap()
    chat.pushed("您好，请说。")
    expect(desk.locator("#lines li.agent")).to_be_visible()
    desk.screenshot(path=screenshots / "desk-phone-conversation.png")
    width = desk.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    desk.get_by_text("客户资料").tap()
    desk.screenshot(path=screenshots / "desk-phone-customer.png")
