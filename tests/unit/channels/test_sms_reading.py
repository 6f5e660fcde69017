"""What an SMS means: short commands, refusals, numbers, whatever people and machines write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sms import pushes
from channels.sms.aliyun_signing import authorization, canonical_query
from channels.sms.reading import phone_of, read


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("CX", "查水费"), ("cx", "查水费"), ("ＣＸ", "查水费"), ("CXABC", "CXABC"),
        ("CX 1000000001", "查水费 1000000001"), ("CX1000000001", "查水费 1000000001"),
        ("cx#１０００", "查水费 1000"), ("BX，和平里", "我要报修 和平里"),
        ("BX和平里三号楼漏水", "我要报修 和平里三号楼漏水"),
        ("0", "帮助"), ("1", "1"), ("【某市水务】CX", "查水费"), ("水费\u200b多少", "水费多少"),
        ("  水费  ", "水费"), ("مرحبا", "مرحبا"), ("😀", "😀"), ("N", "N"), ("QX", "QX"),
    ],
)  # fmt: skip
def test_what_is_said(content: str, said: str) -> None:
    heard = read(content)
    assert heard is not None and (heard.wish, heard.said) == ("talk", said)


@pytest.mark.parametrize("content", ["T", "td", "ＴＤ", "退订", "R", "退订。", "【某市水务】TD"])
def test_refusals(content: str) -> None:
    heard = read(content)
    assert heard is not None and heard.wish == "opt_out"


@pytest.mark.parametrize("content", ["TD我家没水", "我要退订吗", "DY什么意思"])
def test_sentences_with_such_words_are_no_refusals(content: str) -> None:
    heard = read(content)
    assert heard is not None and heard.wish == "talk"


@pytest.mark.parametrize("content", ["", " ", "\0", "\u200b", "【某市水务】"])
def test_nothing(content: str) -> None:
    assert read(content) is None


@pytest.mark.parametrize(
    ("number", "phone"),
    [
        ("13800138000", "13800138000"), ("+8613800138000", "13800138000"),
        ("8613800138000", "13800138000"), ("008613800138000", "13800138000"), ("10690123", None),
        ("95588", None), ("12800138000", None), ("1380013800", None),
        ("１３８００１３８０００", None),
    ],
)  # fmt: skip
def test_numbers(number: str, phone: str | None) -> None:
    assert phone_of(number) == phone


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_any_text_is_read(content: str) -> None:
    heard = read(content)
    assert heard is None or (heard.said and "\0" not in heard.said)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'"x"', b"[" * 100_000, b"\xff", b"[1,"])
def test_what_is_no_push_is_refused(body: bytes) -> None:
    for read_push in (pushes.ups, pushes.reports):
        with pytest.raises(pushes.NotUnderstood):
            read_push(body)


def test_numbers_for_strings_are_taken_and_strange_entries_counted() -> None:
    body = (
        b'[{"phone_number": 13800138000, "content": "CX", "sequence_id": 7},'
        b' {"phone_number": "1", "content": 5, "sequence_id": "8"}, null, [],'
        b' {"phone_number": "13800138000", "content": "x", "sequence_id": true}]'
    )
    read_ups, strange = pushes.ups(body)
    assert [(up.phone_number, up.sequence_id) for up in read_ups] == [("13800138000", "7")]
    assert strange == 4


def test_the_signature_of_the_worked_example() -> None:
    """Recomputed with the vendor's SDK."""
    query = {
        "OutId": "job-1",
        "PhoneNumbers": "13800138000",
        "SignName": "某市水务",
        "SmsUpExtendCode": "88",
        "TemplateCode": "SMS_154950909",
        "TemplateParam": '{"name":"张三","fee":"38.50"}',
    }
    headers = {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2026-11-23T09:00:00Z",
        "x-acs-signature-nonce": "d410180a5abf7fe235dd9b74aca91fc0",
        "x-acs-version": "2017-05-25",
    }
    secret = "ExampleSecret0000000000000000"
    signed = authorization("LTAI5tExampleKeyId0000", secret, query, headers)
    assert signed.endswith("d7dc952a4c7564554061c7c845be34915d87a55f818621d71f029e97e803e26c")
    assert "%7B%22name%22%3A%22" in canonical_query(query)
