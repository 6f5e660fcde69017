"""From the chat to the payer's page and back: paid, failed, cancelled, and auto-pay signed."""

import re

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.running_system import RunningSystem


def test_paid_on_the_payers_page_and_confirmed_in_the_chat(open_chat: OpenChat) -> None:
    chat = open_chat("arrears")
    chat.say("交水费", "应缴 {open} 元")
    confirmed = chat.person.fill("已收到 {open} 元")
    order = chat.choose("微信支付", "应付 {open} 元")
    code = order.get_by_role("img")
    assert code.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    chat.shoot("pay-order")

    payer = _open_link(chat, "去付款")
    expect(payer.locator(".amount")).to_have_text("¥" + chat.person.fill("{open}"))
    payer.screenshot(path=chat.screenshots / "pay-page.png")
    payer.get_by_role("button", name="支付成功").click()
    expect(payer.get_by_role("status")).to_have_text("支付成功")
    payer.screenshot(path=chat.screenshots / "pay-done.png")

    chat.pushed(confirmed, "全部缴清")
    expect(chat.page.locator("#log > li.system")).to_have_count(1)
    chat.shoot("pay-confirmed")


def test_paid_by_alipay_when_that_is_chosen(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    chat.say("交水费", "确认")
    chat.choose("支付宝", "用支付宝扫码")
    payer = _open_link(chat, "去付款")
    expect(payer.locator(".mark")).to_contain_text("支付宝")
    payer.screenshot(path=chat.screenshots / "pay-alipay.png")
    payer.get_by_role("button", name="支付成功").click()
    expect(payer.get_by_role("status")).to_have_text("支付成功")
    chat.pushed("已收到")


def test_a_failed_payment_is_told(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    chat.say("交水费", "确认")
    chat.choose("微信支付", "应付")
    payer = _open_link(chat, "去付款")
    payer.get_by_role("button", name="取消").click()
    expect(payer.get_by_role("status")).to_contain_text("已取消，未扣款")
    payer.get_by_role("button", name="支付失败").click()
    expect(payer.get_by_role("status")).to_contain_text("余额不足")
    payer.screenshot(path=chat.screenshots / "pay-failed.png")
    chat.pushed("没有成功", "没有扣款")
    chat.shoot("pay-failed-told")


def test_autopay_is_proved_by_the_phone_and_signed(open_chat: OpenChat) -> None:
    chat = open_chat("bound-paid")
    chat.say("开通自动扣款", "验证码")
    chat.say(_code_on_the_phone(chat), "确认")
    chat.choose("微信支付", "签约")
    chat.shoot("autopay-offer")
    payer = _open_link(chat, re.compile("签约"))
    payer.screenshot(path=chat.screenshots / "autopay-page.png")
    payer.get_by_role("button", name="同意签约").click()
    expect(payer.get_by_role("status")).to_have_text("签约成功")
    payer.screenshot(path=chat.screenshots / "autopay-signed.png")
    chat.pushed("自动扣款")
    chat.shoot("autopay-told")


def test_a_link_that_is_none_says_what_to_do(page: Page, system: RunningSystem) -> None:
    for path in ("/pay/XS2026/forged", "/sandbox/pay/forged", "/sandbox/contract/forged"):
        page.goto(f"{system.base_url}{path}")
        expect(page.get_by_role("main")).to_contain_text("请回到对话中重新打开链接")


def _open_link(chat: ChatPage, title: str | re.Pattern[str]) -> Page:
    with chat.page.expect_popup() as opened:
        chat.log.get_by_role("link", name=title).last.click()
    opened.value.wait_for_load_state()
    return opened.value


def _code_on_the_phone(chat: ChatPage) -> str:
    """Read the code where its owner would, from the SMS."""
    made = chat.person.made
    assert made is not None
    phone = chat.page.context.new_page()
    phone.goto(f"{chat.base_url}/sandbox/phone")
    phone.get_by_label("手机号").fill(made.phone)
    phone.get_by_role("button", name="查看").click()
    sms = phone.get_by_role("listitem").filter(has_text="验证码").first
    expect(sms).to_be_visible()
    phone.screenshot(path=chat.screenshots / "sandbox-phone.png")
    found = re.search(r"\d{6}", sms.locator("p").last.inner_text())
    assert found is not None
    return found[0]
