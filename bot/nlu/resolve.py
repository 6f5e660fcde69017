"""From the words of an entity to the value that the rest of the bot works with.

Shapes, all JSON: ``account_no``, ``phone``, ``ticket_no``, ``address`` and
``payment_method`` text; ``bill_period`` {"first", "last"} months; ``date_time``
{"from", "to"} ISO; ``amount`` fen and ``volume`` litres, whole or {"min", "max"};
``meter_reading`` m³ and ``person_count`` whole numbers.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from bot.nlu import resolve_quantity as quantity
from bot.nlu.chinese_numbers import parse_number
from bot.nlu.resolve_date import resolve_date_time
from bot.nlu.resolve_period import resolve_bill_period

Value = str | int | dict[str, int] | dict[str, str]

_QUANTITIES = {
    "account_no": quantity.resolve_account_no,
    "phone": quantity.resolve_phone,
    "ticket_no": quantity.resolve_ticket_no,
    "amount": quantity.resolve_amount,
    "volume": quantity.resolve_volume,
    "meter_reading": quantity.resolve_meter_reading,
    "person_count": quantity.resolve_person_count,
}
_HOUSE_NUMBER = re.compile(
    r"[零〇一二两三四五六七八九十百幺]+(?=号|栋|幢|座|单元|楼|室|层|弄|门|期)"
)
_SPOKEN_ROOM = re.compile(r"(?<=[元栋幢楼0-9])[零〇一二三四五六七八九幺]{3,4}(?=室|$)")
OTHER_METHOD = "other"


def resolve(kind: str, words: str, now: datetime, methods: Mapping[str, str]) -> Value | None:
    """The value of an entity, None when the words name none.

    ``methods`` maps the words for ways to pay (the synonyms of the training data) to
    their names; ``now`` is the business time that 「上个月」 is counted from.
    """
    if kind == "bill_period":
        return resolve_bill_period(words, now)
    if kind == "date_time":
        return resolve_date_time(words, now)
    if kind == "payment_method":
        return resolve_payment_method(words, methods)
    if kind == "address":
        return resolve_address(words)
    return _QUANTITIES[kind](words)


def resolve_payment_method(words: str, methods: Mapping[str, str]) -> str:
    """The name of the longest known word in ``words``; a card when it ends like one."""
    lowered = words.lower().replace(" ", "")
    known = [word for word in methods if word.lower() in lowered]
    if known:
        return methods[max(known, key=len)]
    return "bank_card" if re.search(r"[卡咔]|银行|卡号", words) else OTHER_METHOD


def resolve_address(words: str) -> str:
    """House numbers in figures, no blanks: 「十二栋 一单元」 → 「12栋1单元」."""
    compact = re.sub(r"[\s，,]", "", words)
    figured = _HOUSE_NUMBER.sub(_in_figures, compact)
    return _SPOKEN_ROOM.sub(lambda room: quantity.spoken_digits(room.group()), figured)


def _in_figures(found: re.Match[str]) -> str:
    value = parse_number(found.group())
    return found.group() if value is None else str(int(value))
