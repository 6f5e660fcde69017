"""The line breaks, the page is reloaded, the server restarts: nothing is lost, nothing doubled."""

import time

import psycopg
from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.running_system import RunningSystem


def test_reloaded_in_the_middle_the_talk_goes_on(open_chat: OpenChat) -> None:
    chat = open_chat("bound-unpaid")
    chat.say("交水费", "确认")
    before = chat.log.inner_text()
    chat.page.reload()
    chat.wait_until_online()
    expect(chat.log).to_have_text(before, use_inner_text=True)
    chat.choose("先不缴", "没有下单")
    assert chat.said() == ["交水费", "先不缴"]


def test_what_was_said_without_a_line_survives_a_reload(
    open_chat: OpenChat, context: BrowserContext, system: RunningSystem
) -> None:
    chat = open_chat("bound-unpaid")
    context.route("**/web/**", lambda route: route.abort())
    context.route_web_socket("**/web/ws", lambda socket: socket.close())
    chat.page.reload()
    for words in ("查水费", "先这样"):
        chat.text.fill(words)
        chat.text.press("Enter")
    chat.page.reload()
    expect(chat.page.locator("#log > li.waiting")).to_have_count(2)
    chat.shoot("connection-waiting")
    context.unroute("**/web/**")
    chat.pushed("{latest_total}")
    expect(chat.page.locator("#log > li.waiting")).to_have_count(0)
    assert chat.said() == _stored(system, chat) == ["查水费", "先这样"]


def test_two_tabs_show_the_same(open_chat: OpenChat, context: BrowserContext) -> None:
    one = open_chat("bound-unpaid")
    two = open_chat(one.person, within=context)
    one.say("查水费", "{latest_total}")
    two.pushed("{latest_total}")
    two.say("交水费", "确认")
    expect(one.page.locator("#log > li.user")).to_have_count(2)
    one.choose("先不缴", "没有下单")
    two.pushed("没有下单")
    assert one.said() == two.said() == ["查水费", "交水费", "先不缴"]
    assert one.replies().all_inner_texts()[1:] == two.replies().all_inner_texts()[1:]


def test_offline_and_back_what_was_typed_is_sent_once(
    open_chat: OpenChat, context: BrowserContext, system: RunningSystem
) -> None:
    chat = open_chat("bound-unpaid")
    chat.say("你好", "")
    context.set_offline(True)
    expect(chat.page.locator("#state")).to_have_text("连接断了，正在重连…")
    chat.text.fill("查水费")
    chat.text.press("Enter")
    expect(chat.page.locator("#log > li.waiting")).to_have_count(1)
    chat.shoot("connection-offline")
    context.set_offline(False)
    chat.pushed("{latest_total}")
    assert chat.said() == ["你好", "查水费"]
    assert _stored(system, chat) == ["你好", "查水费"]


def test_a_killed_websocket_gives_way_to_the_event_stream(
    open_chat: OpenChat, context: BrowserContext, system: RunningSystem
) -> None:
    open_lines: list[WebSocketRoute] = []

    def once(socket: WebSocketRoute) -> None:
        if open_lines:
            socket.close()
            return
        socket.connect_to_server()
        open_lines.append(socket)

    context.route_web_socket("**/web/ws", once)
    chat = open_chat("bound-unpaid")
    chat.say("你好", "")
    with chat.page.expect_request("**/web/events?*"):
        open_lines[0].close()
    chat.wait_until_online()
    chat.say("查水费", "{latest_total}")
    assert _stored(system, chat) == ["你好", "查水费"]


def test_a_network_that_holds_streams_back_is_polled(
    open_chat: OpenChat, context: BrowserContext, system: RunningSystem
) -> None:
    context.route_web_socket("**/web/ws", lambda socket: socket.close())
    context.route("**/web/events?*", lambda route: route.abort())
    chat = open_chat("bound-unpaid")
    chat.say("查水费", "{latest_total}")
    chat.say("交水费", "确认")
    assert _stored(system, chat) == ["查水费", "交水费"]


def test_the_server_restarts_in_the_middle(open_chat: OpenChat, system: RunningSystem) -> None:
    chat = open_chat("bound-unpaid")
    chat.say("交水费", "确认")
    system.stop("gateway")
    expect(chat.page.locator("#state")).to_have_class("offline")
    chat.text.fill("先不缴了")
    chat.text.press("Enter")
    time.sleep(1)
    system.start("gateway")
    system.wait_until_ready()
    chat.pushed("没有下单")
    chat.wait_until_online()
    assert chat.said() == ["交水费", "先不缴了"]
    assert _stored(system, chat) == ["交水费", "先不缴了"]


def test_eight_at_once_stay_in_order(open_chat: OpenChat, system: RunningSystem) -> None:
    chat = open_chat()
    said = [f"第{number}句" for number in "一二三四五六七八"]
    for words in said:
        chat.text.fill(words)
        chat.text.press("Enter")
    expect(chat.page.locator("#log > li.waiting")).to_have_count(0)
    assert chat.said() == said
    assert _stored(system, chat) == said


def _stored(system: RunningSystem, chat: ChatPage) -> list[str]:
    query = "SELECT text FROM channels.inbox WHERE channel_user = %s ORDER BY seq"
    with psycopg.connect(system.database_url) as connection:
        return [text for (text,) in connection.execute(query, [chat.person.channel_user])]
