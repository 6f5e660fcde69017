"""A customer talks: figures, buttons, the chart, and what people type by mistake or on purpose."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat

MARKUP = "<script>document.title='被改了'</script><img src=x onerror=document.title='被改了'>"


def test_a_bill_agrees_with_the_books(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    bill = chat.say("帮我查下最近一期水费", "{latest_month}", "{latest_total} 元")
    chart = bill.get_by_role("img")
    expect(chart).to_have_attribute("alt", re.compile(r"12 期用水图，本期 \d+ 吨"))
    assert chart.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    chat.shoot("chat-bill")


def test_buttons_speak_and_then_go(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    chat.choose("交水费", "应缴 {open} 元", "确认")
    expect(chat.log.get_by_role("button", name="查水费")).to_have_count(0)
    chat.choose("先不缴", "没有下单")
    assert chat.said() == ["交水费", "先不缴"]
    expect(chat.log.get_by_role("button")).to_have_count(0)


def test_markup_stays_text(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.say(MARKUP, "")
    assert chat.said() == [MARKUP]
    assert chat.page.title() == "小水 · 自来水客服"
    assert chat.page.locator("#log img, #log script").count() == 0


def test_an_overlong_message_is_kept_for_the_customer_to_shorten(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.text.fill("水" * 3000)
    chat.text.press("Enter")
    expect(chat.page.get_by_role("alert")).to_have_text(
        "一条消息最多 500 字，现在有 3000 字，请分几条发。"
    )
    assert len(chat.text.input_value()) == 3000
    assert chat.said() == []
    chat.shoot("chat-too-long")
    chat.say("水" * 500, "")


def test_nothing_to_say_sends_nothing(open_chat: OpenChat) -> None:
    chat = open_chat()
    for blank in ("", "   ", "\n"):
        chat.text.fill(blank)
        chat.text.press("Enter")
    chat.say("😀👍🏽 谢谢", "")
    assert chat.said() == ["😀👍🏽 谢谢"]


def test_enter_of_an_input_method_does_not_send(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.text.fill("shuifei")
    chat.text.evaluate(
        """text => text.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"""
    )
    chat.text.press("Shift+Enter")
    assert chat.said() == []
    assert chat.text.input_value() == "shuifei\n"


def test_a_person_is_one_press_away(open_chat: OpenChat) -> None:
    chat = open_chat("bound-paid")
    chat.page.get_by_role("button", name="转人工").click()
    expect(chat.replies().last).to_contain_text("人工")
    assert chat.said() == ["转人工"]
