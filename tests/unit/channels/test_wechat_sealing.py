"""Signature, sealing and parsing: vectors, wechatpy as the judge, hostile input."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from channels.wechat.answering import text_xml
from channels.wechat.reading import Heard, NotUnderstood, read
from channels.wechat.sealing import Forged, Sealing, signature
from channels.wechat.settings import WeChatSettings
from tests.fakes import wechat as fake

OLD_KEY = "Zbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PLAIN = WeChatSettings(fake.APP_ID, fake.SECRET, fake.TOKEN)
SAFE = WeChatSettings(fake.APP_ID, fake.SECRET, fake.TOKEN, (fake.AES_KEY, OLD_KEY))
HEARD = Heard("oWang", "gh_water", "1", "text", "水费", "message")
XML = (
    "<xml><ToUserName><![CDATA[gh_water]]></ToUserName><FromUserName>"
    "<![CDATA[oABCDEFGHIJKLMNOPQRSTUVWX123]]></FromUserName><CreateTime>1700000000</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[水费多少]]></Content>"
    "<MsgId>24012345678901234</MsgId></xml>"
)
# The vendor's own example, and one made with fixed random bytes.
SIGNATURES = [
    ("AAAAA", "1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ("AAAAA", "1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ("watertoken", "1700000000", "1320562132", "cf41641a6cd75c8ba09badb5eac385466f1e6578"),
]
SEALED_SIGNATURE = "777d9eb807ea36e3bb3c8721f6ce440e6f87f309"


@pytest.mark.parametrize(("token", "timestamp", "nonce", "expected"), SIGNATURES)
def test_signature(token: str, timestamp: str, nonce: str, expected: str) -> None:
    assert signature(token, timestamp, nonce) == expected
    check_signature(token, expected, timestamp, nonce)


def test_the_worked_example_opens() -> None:
    encrypted = fake.encrypt(XML.encode(), fake.AES_KEY, fake.APP_ID, b"0123456789abcdef")
    query = {
        "signature": SIGNATURES[2][3],
        "timestamp": "1700000000",
        "nonce": "1320562132",
        "encrypt_type": "aes",
        "msg_signature": SEALED_SIGNATURE,
    }
    body = f"<xml><ToUserName>gh_water</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    opened = Sealing(SAFE, clock=lambda: 1_700_000_001).open(query, body.encode())
    assert opened.xml.decode() == XML
    assert read(opened.xml).text == "水费多少"


@pytest.mark.parametrize("key", [fake.AES_KEY, OLD_KEY])
def test_an_answer_is_sealed_with_the_key_that_opened_the_message(key: str) -> None:
    query, body = fake.sealed(XML, key)
    sealing = Sealing(SAFE)
    opened = sealing.open(query, body.encode())
    answer = sealing.seal(opened, text_xml(HEARD, "您好 😀", 1_700_000_000))
    judge = WeChatCrypto(fake.TOKEN, key, fake.APP_ID)
    root = fake.ElementTree.fromstring(answer)
    inner = judge.decrypt_message(
        answer, root.findtext("MsgSignature"), root.findtext("TimeStamp"), root.findtext("Nonce")
    )
    assert "您好 😀" in inner
    assert fake.opened(root, key) == (inner.encode() if isinstance(inner, str) else inner)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": "签名"},
        {"timestamp": "x"},
        {"timestamp": ""},
        {"nonce": ""},
        {"nonce": "a" * 500},
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
    ],
)
def test_what_is_changed_on_the_way_is_refused(change: dict[str, str]) -> None:
    query, body = fake.sealed(XML, fake.AES_KEY)
    with pytest.raises(Forged):
        Sealing(SAFE).open({**query, **change}, body.encode())


def test_foreign_keys_apps_plain_and_old_requests_are_refused() -> None:
    foreign = "Y" + fake.AES_KEY[1:]
    for query, body in (
        fake.sealed(XML, foreign),
        fake.sealed(XML, fake.AES_KEY, app_id="wx_somebody_else"),
        fake.sealed(XML, None),
        fake.sealed(XML, fake.AES_KEY, at=int(time.time()) - 700),
    ):
        with pytest.raises(Forged):
            Sealing(SAFE).open(query, body.encode())
    with pytest.raises(Forged):
        Sealing(PLAIN).open(*_encoded(fake.sealed(XML, fake.AES_KEY)))
    assert Sealing(PLAIN).open(*_encoded(fake.sealed(XML, None))).xml.decode() == XML


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_sealed_rubbish_gets_another_exception_out(body: bytes) -> None:
    query, _ = fake.sealed(XML, fake.AES_KEY)
    with pytest.raises(Forged):
        Sealing(SAFE).open(query, body)


@pytest.mark.parametrize(
    "xml",
    [
        "", "x", "<a/>", "<xml/>", "<xml></xml>", "<xml><MsgType>text</MsgType></xml>",
        XML.replace("<MsgId>24012345678901234</MsgId>", ""),
        XML.replace("24012345678901234", "abc"), XML.replace("24012345678901234", "9" * 40),
        XML.replace("<![CDATA[水费多少]]>", "<a><b>c</b></a>"),
        XML.replace("</xml>", "<MsgType>text</MsgType></xml>"),
        XML.replace("oABCDEFGHIJKLMNOPQRSTUVWX123", "a b"),
        XML.replace("1700000000", "soon").replace("text]", "event]"),
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "x">]><xml>&a;</xml>',
        "<xml>" + "<a>" * 9000 + "</a>" * 9000 + "</xml>",
        '{"ToUserName": "gh_water"}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_not_understood(xml: str) -> None:
    with pytest.raises(NotUnderstood):
        read(xml.encode())


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["text", "event", "voice", "location", "image", "x"]))
def test_no_xml_gets_another_exception_out(content: str, kind: str) -> None:
    xml = XML.replace("text]", f"{kind}]").replace("<![CDATA[水费多少]]>", content)
    try:
        heard = read(xml.encode("utf-8", "surrogatepass"))
    except NotUnderstood:
        return
    assert heard.text is None or isinstance(heard.text, str)


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=100))
def test_any_text_comes_through_an_answer_unchanged(said: str) -> None:
    """Also one that tries to end its element; what XML cannot hold is left out."""
    xml = text_xml(HEARD, said, 1_700_000_000)
    lines = said.replace("\r\n", "\n").replace("\r", "\n")  # as XML reads line ends
    clean = "".join(c for c in lines if c in "\t\n" or (c >= " " and not 0xD7FF < ord(c) < 0xE000))
    clean = clean.replace("\ufffe", "").replace("\uffff", "")
    root = fake.ElementTree.fromstring(xml)
    assert [child.tag for child in root].count("Content") == 1
    assert (root.findtext("Content") or "") == clean
    read_back = parse_message(xml)
    assert read_back is not None and read_back.source == "gh_water"


@pytest.mark.parametrize(
    ("fields", "text", "allows"),
    [
        ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "MsgId": 7}, None, "message"),
        (
            {"MsgType": "voice", "MediaId": "m", "Recognition": "查水费。", "MsgId": 7},
            "查水费。",
            "message",
        ),
        (
            {"MsgType": "location", "Location_X": "39.9", "Location_Y": "116.4", "Scale": "15",
             "Label": "和平里三区", "MsgId": 7},
            "我的位置：和平里三区",
            "message",
        ),
        (
            {"MsgType": "location", "Location_X": "39.9", "Location_Y": "116.4", "Scale": "15",
             "Label": "", "MsgId": 7},
            "我的位置：北纬39.90000，东经116.40000",
            "message",
        ),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "交水费"}, "交水费", "event"),
        ({"MsgType": "event", "Event": "subscribe", "EventKey": ""}, "你好", "event"),
        (
            {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_7", "Ticket": "t"},
            "你好",
            "event",
        ),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "7", "Ticket": "t"}, "你好", "event"),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "https://w.cn"}, None, "nothing"),
        ({"MsgType": "event", "Event": "unsubscribe"}, None, "nothing"),
        ({"MsgType": "event", "Event": "user_authorize_revoke"}, None, "nothing"),
        (
            {"MsgType": "text", "Content": "满意", "bizmsgmenuid": "101", "MsgId": 7},
            "满意",
            "event",
        ),
    ],
)  # fmt: skip
def test_what_messages_and_events_mean(
    fields: dict[str, object], text: str | None, allows: str
) -> None:
    heard = read(fake.FakeWeChat().xml("oWang", **fields).encode())
    assert (heard.text, heard.allows, heard.openid) == (text, allows, "oWang")


def test_events_of_one_second_have_keys_of_their_own() -> None:
    push = fake.FakeWeChat()
    keys = {
        read(push.event("oWang", name, EventKey=key).encode()).key
        for name, key in (("CLICK", "a"), ("CLICK", "b"), ("SCAN", "a"))
    }
    assert len(keys) == 3


def _encoded(sealed: tuple[dict[str, str], str]) -> tuple[dict[str, str], bytes]:
    return sealed[0], sealed[1].encode()
