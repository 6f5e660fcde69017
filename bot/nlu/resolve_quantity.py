"""From a customer's words to money in fen, volume in litres, a meter's m³ and persons."""

import re
from decimal import ROUND_HALF_UP, Decimal

from bot.nlu.chinese_numbers import (
    DIGITS,
    NUMERAL,
    Quantity,
    parse_number,
    parse_quantity,
    spoken_digits,
)

FEN_PER_YUAN = 100
LITRES_PER_M3 = 1000
Range = dict[str, int]

_YUAN = r"(?:元|块钱|块洋钿|块|圆|蚊|刀|RMB|rmb)"
_MONEY = re.compile(
    rf"(?P<yuan>[0-9.,{NUMERAL}]+?){_YUAN}(?P<tail>多|左右|出头|不到)?"
    rf"(?:(?P<jiao>[0-9{NUMERAL}])(?:毛|角)?)?(?:零?(?P<fen>[0-9{NUMERAL}])分?)?(?:钱)?"
)
_JIAO = re.compile(rf"(?P<jiao>[0-9{NUMERAL}])(?:毛|角)(?:(?P<fen>[0-9{NUMERAL}])分?)?钱?")
_NOT_MONEY = re.compile(r"[¥￥$钱整的]|RMB|rmb|人民币|大概|大约")
_VOLUME = re.compile(
    r"(?P<number>.+?)(?P<unit>吨|顿|立方米|立方|方|度水|度|个字|字|个水|升|斤|公升|L|t|m3|m³)"
    r"(?P<tail>多|左右|上下|出头|不到)?(?:水)?"
)
_LITRES = {"升": 1, "公升": 1, "L": 1}
_JIN_PER_LITRE = 2
_METER_UNIT = re.compile(r"(?:吨|立方米|立方|方|度|个字|字|m3|m³)+$")


def resolve_amount(words: str) -> int | Range | None:
    """「八十六块四」 → 8640; 「三百多」 → {"min": 30000, "max": 40000}. Unit: fen."""
    words = _NOT_MONEY.sub("", words.replace(" ", "")) if "块钱" not in words else words
    words = words.replace("¥", "").replace("￥", "")
    money = _MONEY.fullmatch(words)
    if money:
        return _yuan_jiao_fen(money)
    small = _JIAO.fullmatch(words)
    if small:
        return _figure(small["jiao"]) * 10 + _figure(small["fen"])
    found = parse_quantity(words)
    return None if found is None else _whole(found.times(FEN_PER_YUAN))


def _yuan_jiao_fen(money: re.Match[str]) -> int | Range | None:
    found = parse_quantity(money["yuan"] + (money["tail"] or ""))
    if found is None:
        return None
    small = _figure(money["jiao"]) * 10 + _figure(money["fen"])
    fen = found.times(FEN_PER_YUAN)
    return _whole(Quantity(fen.least + small, fen.most + small))


def _figure(character: str | None) -> int:
    if not character:
        return 0
    return int(character) if character.isdigit() else DIGITS.get(character, 0)


def resolve_volume(words: str) -> int | Range | None:
    """「零点三方」 → 300; 「二十几方」 → {"min": 20000, "max": 30000}. Unit: litres."""
    shape = _VOLUME.fullmatch(words.replace(" ", ""))
    if shape is None:
        return None
    number = (shape["number"] + (shape["tail"] or "")).removesuffix("多") + (
        "多" if shape["tail"] == "多" or shape["number"].endswith("多") else ""
    )
    found = parse_quantity(number)
    if found is None:
        return None
    if shape["unit"] == "斤":
        return _whole(Quantity(found.least / _JIN_PER_LITRE, found.most / _JIN_PER_LITRE))
    return _whole(found.times(_LITRES.get(shape["unit"], LITRES_PER_M3)))


def resolve_meter_reading(words: str) -> int | None:
    """「0921」, 「九百二十一吨」, 「一二零六」 → whole m³; decimals of the dial are cut off."""
    bare = _METER_UNIT.sub("", words.replace(" ", ""))
    found = parse_quantity(bare)
    return None if found is None or found.least < 0 else int(found.least)


def resolve_person_count(words: str) -> int | None:
    """「六口人」, 「7个人」, 「仨人」 → number of persons."""
    bare = re.sub(r"(?:口子|口|囗|个人头|个|個|位|哥)?(?:人|人头|仁|ren)?$", "", words)
    if bare.endswith("家头"):
        bare = bare.removesuffix("家头")
    number = parse_number(bare)
    return int(number) if number is not None else None


def resolve_account_no(words: str) -> str | None:
    """Digits of a spoken or written account number, 6 to 20 of them."""
    figures = spoken_digits(words)
    return figures if 6 <= len(figures) <= 20 else None


def resolve_phone(words: str) -> str | None:
    """11 digits of a mobile number, or a landline with its area code."""
    figures = spoken_digits(words)
    if figures.startswith("86") and len(figures) == 13:
        figures = figures[2:]
    return figures if 7 <= len(figures) <= 12 else None


def resolve_ticket_no(words: str) -> str | None:
    """「gd二零二六…」 → "GD2026…": letters in capitals, digits in figures."""
    letters = "".join(c for c in words if c.isascii() and c.isalpha()).upper()
    figures = spoken_digits(words)
    return letters + figures if figures else None


def _whole(found: Quantity) -> int | Range:
    least, most = (
        int(value.quantize(Decimal(1), ROUND_HALF_UP)) for value in (found.least, found.most)
    )
    return least if least == most else {"min": least, "max": most}
