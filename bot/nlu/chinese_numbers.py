"""Numbers as they are said and written: 一百五, 两千零十五, 廿几, 三百多, 86.4, 贰佰.

A spoken number may be a range. Everything is exact (``Decimal``): money and volumes
are built on it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

DIGITS = {"零": 0, "〇": 0, "○": 0, "洞": 0, "幺": 1, "拐": 7, "两": 2, "俩": 2, "仨": 3}
DIGITS |= {character: value for value, character in enumerate("零一二三四五六七八九")}
DIGITS |= {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
DIGITS |= {"貳": 2, "陸": 6}
UNITS = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "万": 10_000,
    "萬": 10_000,
}
NUMERAL = "零〇洞幺拐两俩仨一二三四五六七八九壹贰叁肆伍陆柒捌玖十拾百佰千仟万廿卅半几点多来O○"

_FIGURES = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_MANY = 9  # 几 is anything up to nine
_NEARLY = Decimal("0.1")  # 来, 左右, 出头: within a tenth


@dataclass(frozen=True)
class Quantity:
    """A number, or a range when ``least`` and ``most`` differ."""

    least: Decimal
    most: Decimal

    @property
    def exact(self) -> bool:
        return self.least == self.most

    def times(self, factor: int) -> "Quantity":
        return Quantity(self.least * factor, self.most * factor)


def spoken_digits(words: str) -> str:
    """「幺三八零零」 → "13800": digit by digit, anything else is dropped."""
    figures: list[str] = []
    for character in words:
        if character in DIGITS:
            figures.append(str(DIGITS[character]))
        elif character in "oO":
            figures.append("0")
        elif character.isdigit():
            figures.append(character)
    return "".join(figures)


def parse_quantity(words: str) -> Quantity | None:
    """The quantity that ``words`` (a number without a unit) means, None when it is none."""
    words = words.strip().replace(",", "").replace("，", "")
    about = re.fullmatch(r"(?:大概|大约|差不多|约|近)?(.+?)(左右|上下|出头|不到|的样子)?", words)
    if about is None:
        return None
    core, hedge = about.groups()
    found = _range(core)
    if found is None or not hedge or not found.exact:
        return found
    return _hedged(found.least, hedge)


def parse_number(words: str) -> Decimal | None:
    """An exact number, None for a range or for anything else."""
    found = parse_quantity(words)
    return found.least if found and found.exact else None


def _hedged(value: Decimal, hedge: str) -> Quantity:
    low = value if hedge == "出头" else value * (1 - _NEARLY)
    high = value if hedge == "不到" else value * (1 + _NEARLY)
    return Quantity(low, high)


def _range(core: str) -> Quantity | None:
    bounds = re.fullmatch(r"(.+?)[-~到至、](.+)", core)
    if bounds:
        low, high = _exact(bounds.group(1)), _exact(bounds.group(2))
        return Quantity(low, high) if low is not None and high is not None else None
    for shape in (_more_than, _some, _neighbours):
        found = shape(core)
        if found:
            return found
    value = _exact(core)
    return None if value is None else Quantity(value, value)


def _more_than(core: str) -> Quantity | None:
    """三百多 is 300 to 400, 一百来 about 100, 十几 10 to 20, 二十几 20 to 30."""
    shape = re.fullmatch(r"(.*?[0-9十百千万廿])([多来几])", core) or re.fullmatch(
        r"([0-9一二两三四五六七八九]+)([多来])", core
    )
    if not shape:
        return None
    value = _exact(shape.group(1))
    if value is None:
        return None
    if shape.group(2) == "来":
        return _hedged(value, "左右")
    return Quantity(value, value + _last_unit(shape.group(1), value))


def _last_unit(words: str, value: Decimal) -> Decimal:
    """The size of the last figure: 三百 → 100, 两千一百 → 100, 十 → 10, 300 → 100."""
    if words[-1] in UNITS:
        return Decimal(UNITS[words[-1]])
    if words[-1] == "廿":
        return Decimal(10)
    size = Decimal(1)
    while value and value % (size * 10) == 0:
        size *= 10
    return size


def _some(core: str) -> Quantity | None:
    """几十 is 20 to 90, 几百 200 to 900, 几 2 to 9."""
    shape = re.fullmatch(r"几([十百千万]?)", core)
    if not shape:
        return None
    size = UNITS.get(shape.group(1), 1)
    return Quantity(Decimal(2 * size), Decimal(_MANY * size))


def _neighbours(core: str) -> Quantity | None:
    """七八十 is 70 to 80, 两三百 200 to 300, 十五六 15 to 16."""
    shape = re.fullmatch(r"(.*?)([一两二三四五六七八])([二三四五六七八九])([十百千万]?)", core)
    if not shape:
        return None
    before, low, high, unit = shape.groups()
    if DIGITS[high] != DIGITS[low] + 1 or (before and before[-1] not in UNITS):
        return None
    size = UNITS.get(unit, 1)
    base = _exact(before) if before else Decimal(0)
    if base is None or (before and unit):
        return None
    return Quantity(base + DIGITS[low] * size, base + DIGITS[high] * size)


def _exact(words: str) -> Decimal | None:
    figures = words.replace("O", "0").replace("o", "0")
    if _FIGURES.fullmatch(figures):
        return Decimal(figures)
    scaled = re.fullmatch(r"([0-9.]+)([kK千万wW百])", words)
    if scaled and _FIGURES.fullmatch(scaled.group(1)):
        return Decimal(scaled.group(1)) * {"k": 1000, "w": 10_000}.get(
            scaled.group(2).lower(), UNITS.get(scaled.group(2), 1)
        )
    if words == "半":
        return Decimal("0.5")
    whole, _, fraction = words.partition("点")
    value = _whole(whole)
    if value is None or not fraction:
        return value
    after = spoken_digits(fraction)
    return Decimal(f"{value}.{after}") if len(after) == len(fraction) else None


def _whole(words: str) -> Decimal | None:
    """一千零二十三 → 1023; 一百五 → 150; 九六零 → 960 (digit by digit); None when malformed."""
    words = words.replace("廿", "二十").replace("卅", "三十")
    if not words or any(c not in DIGITS and c not in UNITS for c in words):
        return None
    if all(character in DIGITS for character in words):
        return Decimal(spoken_digits(words))
    total, section, digit, last_unit, zero = 0, 0, 0, 1, False
    for character in words:
        if character in DIGITS:
            zero = zero or DIGITS[character] == 0
            digit = DIGITS[character]
            continue
        last_unit, zero = UNITS[character], False
        if last_unit == UNITS["万"]:
            total, section, digit = (total + section + digit) * last_unit, 0, 0
        else:
            section, digit = section + (digit or 1) * last_unit, 0
    if digit and not zero and last_unit > UNITS["十"]:
        digit *= last_unit // 10  # 一百五 is 150, 两万六 26000; 一百零五 stays 105
    return Decimal(total + section + digit)
