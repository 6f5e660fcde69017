"""Whoever cannot see well, uses no mouse or has only a small phone can do all of it."""

import gzip
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import OpenChat
from tests.running_system import RunningSystem

LARGEST_SIZE = 15 * 1024  # of the chat's own files, compressed


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(
    open_chat: OpenChat, context: BrowserContext, scheme: str, system: RunningSystem
) -> None:
    chat = open_chat("bound-unpaid", fresh=True)
    chat.page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    assert _barriers(chat.page) == ""
    chat.say("查水费", "{latest_total}")
    chat.say("开通自动扣款", "确认")
    contract = chat.choose("微信支付", "签约").get_by_role("link").get_attribute("href")
    chat.say("交水费", "确认")
    order = chat.choose("微信支付", "应付").get_by_role("link").get_attribute("href")
    assert _barriers(chat.page) == ""
    chat.shoot(f"{scheme}-chat")
    other = context.new_page()
    other.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    for name, address in (
        ("pay", order),
        ("contract", contract),
        ("phone", f"{system.base_url}/sandbox/phone"),
        ("sorry", f"{system.base_url}/pay/XS2026/forged"),
    ):
        other.goto(str(address))
        assert _barriers(other) == "", name
        other.screenshot(path=chat.screenshots / f"{scheme}-{name}.png")


def test_a_bill_is_paid_by_keyboard_alone(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    keyboard = chat.page.keyboard
    chat.page.locator("body").focus()
    keyboard.press("Tab")
    expect(chat.page.get_by_role("link", name="跳到输入框")).to_be_focused()
    keyboard.press("Enter")
    expect(chat.text).to_be_focused()
    keyboard.type("交水费")
    keyboard.press("Enter")
    expect(chat.replies().last).to_contain_text("确认缴费吗")
    expect(chat.text).to_be_focused()
    _tab_back_to(chat.page, "微信支付")
    chat.shoot("keyboard-focus")
    keyboard.press("Enter")
    expect(chat.replies().last).to_contain_text("应付")
    expect(chat.text).to_be_focused()
    _tab_back_to(chat.page, "去付款")
    with chat.page.expect_popup() as opened:
        keyboard.press("Enter")
    payer = opened.value
    expect(payer.get_by_role("button", name="支付成功")).to_be_visible()
    payer.bring_to_front()
    payer.keyboard.press("Tab")
    expect(payer.get_by_role("button", name="支付成功")).to_be_focused()
    payer.keyboard.press("Enter")
    expect(payer.get_by_role("status")).to_have_text("支付成功")
    chat.pushed("已收到")


def test_a_screen_reader_hears_each_message_once(open_chat: OpenChat) -> None:
    chat = open_chat("bound-paid")
    log = chat.log
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_attribute("aria-busy", "false")
    assert chat.page.locator("#log [aria-live], #log [role]:not([role=group])").count() == 0
    chat.page.evaluate(
        """() => { window.heard = []; new MutationObserver(changes => changes.forEach(change =>
            change.addedNodes.forEach(node => window.heard.push(node.innerText)))
        ).observe(document.getElementById('log'), {childList: true}) }"""
    )
    chat.say("你好", "")
    heard = [" ".join(text.split()) for text in chat.page.evaluate("window.heard")]
    assert heard.count("您： 你好") == 1
    assert any(text.startswith("小水： ") for text in heard)
    assert len(heard) == len(set(heard))
    history = chat.page.evaluate("document.querySelectorAll('#log > li').length")
    chat.page.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
            const log = document.getElementById('log'), heard = log.parentElement; window.loud = 0;
            new MutationObserver(() => heard.getAttribute('aria-busy') === 'true' || window.loud++)
                .observe(log, {childList: true}) })"""
    )
    chat.page.reload()
    chat.wait_until_online()
    expect(chat.page.locator("#log > li")).to_have_count(history)
    assert chat.page.evaluate("window.loud") == 0, "history must not be read out"


def test_on_a_small_phone_nothing_sticks_out(open_chat: OpenChat, phone: BrowserContext) -> None:
    chat = open_chat("arrears", within=phone)
    chat.shoot("phone-welcome")
    chat.choose("查水费", "{open} 元")
    assert not chat.text.evaluate("text => text === document.activeElement"), "keyboard in the way"
    chat.shoot("phone-bill")
    chat.say("交水费", "确认")
    chat.choose("微信支付", "应付")
    chat.shoot("phone-order")
    assert _sticking_out(chat.page) == []
    chat.page.get_by_role("button", name="大字").click()
    expect(chat.page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    chat.shoot("phone-large")
    assert _sticking_out(chat.page) == []
    for button in chat.page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 40, button.inner_text()
    chat.page.reload()
    chat.wait_until_online()
    expect(chat.page.locator("html")).to_have_class("large")


def test_the_page_is_light(open_chat: OpenChat) -> None:
    """What a poor line must carry before the first word can be said."""
    static = Path(__file__).parents[2] / "channels" / "web" / "static"
    chat = open_chat()
    loaded = chat.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    names = {"chat.html", *(url.rsplit("/", 1)[1] for url in loaded if "/static/" in url)}
    assert {"chat.js", "chat.css", "connection.js"} <= names
    size = sum(len(gzip.compress((static / name).read_bytes())) for name in names)
    assert size <= LARGEST_SIZE
    assert all(url.startswith((chat.base_url, "blob:")) for url in loaded), "an outside host"


def _barriers(page: Page) -> str:
    page.wait_for_timeout(200)
    results = Axe().run(page)
    return results.generate_report() if results.violations_count else ""


def _tab_back_to(page: Page, name: str) -> None:
    """From the input back into the conversation, as a keyboard user would."""
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def _sticking_out(page: Page) -> list[str]:
    return page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(one => {
            const box = one.getBoundingClientRect();
            return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
        }).map(one => one.outerHTML.slice(0, 80))"""
    )
