"""From a customer's words to the first and last month of a billing period.

「上一期」 and 「这期」 both mean the last billed month, which is the month before the
business day: bills are issued after the month has ended.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.nlu.chinese_numbers import parse_number

Period = dict[str, str]
_N = r"(?:[0-9]{1,2}|[一二三四五六七八九十两俩仨半]{1,2})"
_MONTH = rf"(?P<month>{_N})(?:月份|月分|越份|月|越)?"
_YEAR = re.compile(
    r"^(?P<year>今年|今连|本年度?|当年|去年|旧年|上年|前年|明年|来年|(?:20)?[0-9]{2}年|二[零〇][一二三四五六七八九零〇]{2}年)(?:的)?"
)
_YEARS_AWAY = {"去年": -1, "旧年": -1, "上年": -1, "前年": -2, "明年": 1, "来年": 1}
_SEASONS = {"春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (12, 14)}
_ENGLISH = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

_MONTHS_AWAY: tuple[tuple[int, str], ...] = (
    (-2, r"上上个?(?:月|期)|前个月|大上个月"),
    (
        -1,
        r"上(?:一)?(?:个|格)?(?:月|越)份?|上个号头|头个月|上期|上一?期|上回|上次|shanggeyue|lastmonth",
    ),
    (-1, r"(?:这|本|今|当)(?:一)?(?:期|趟|张单子|次)|这张|最近一期|最新一期|这回"),
    (0, r"下一?[期趟]"),
    (0, r"(?:这|本|今|当|呢|格|迭)(?:个)?(?:月|越)份?|迭个号头|zhegeyue|thismonth"),
    (1, r"下(?:一)?(?:个|格)?(?:月|越)份?|下个号头|xiageyue|nextmonth"),
)


@dataclass(frozen=True, order=True)
class Month:
    """Months counted from year 0, so that they can be added."""

    count: int

    @classmethod
    def of(cls, year: int, month: int) -> "Month":
        return cls(year * 12 + month - 1)

    def __add__(self, months: int) -> "Month":
        return Month(self.count + months)

    @property
    def year(self) -> int:
        return self.count // 12

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.count % 12 + 1:02d}"


def resolve_bill_period(words: str, now: datetime) -> Period | None:
    """{"first": "2026-03", "last": "2026-03"}, or None when the words name no months."""
    words = re.sub(r"[\s的]", "", words)
    this = Month.of(now.year, now.month)
    for shape in (_relative, _span_of_months, _with_year):
        found = shape(words, this)
        if found:
            first, last = found
            return {"first": str(first), "last": str(last)}
    return None


def _relative(words: str, this: Month) -> tuple[Month, Month] | None:
    for away, pattern in _MONTHS_AWAY:
        if re.fullmatch(pattern, words, re.IGNORECASE):
            return this + away, this + away
    if words.lower()[:3] in _ENGLISH and words.isascii():
        return _latest(_ENGLISH.index(words.lower()[:3]) + 1, this)
    if re.fullmatch(r"去年同期|同期", words):
        return this + -13, this + -13
    return None


def _span_of_months(words: str, this: Month) -> tuple[Month, Month] | None:
    """最近三个月, 前两期, 近半年, 接下来三个月, 三个月."""
    shape = re.fullmatch(
        rf"(?P<way>最近|近|前|过去|这|上|头|那|接下来|未来|往后|后)?(?P<number>{_N}|几)"
        r"(?P<unit>个月|期|个?季度|年|月)(?P<half>半)?",
        words,
    )
    if not shape or not _counts_months(shape):
        return None
    number = 3 if shape["number"] == "几" else _number(shape["number"])
    size = {"年": 12, "个季度": 3, "季度": 3}.get(shape["unit"], 1)
    months = 6 if shape["number"] == "半" and size == 12 else int(number * size)
    if shape["way"] in {"接下来", "未来", "往后", "后"}:
        return this + 1, this + months
    return (this + -months, this + -1) if months > 0 else None


def _counts_months(shape: re.Match[str]) -> bool:
    """Not 三月, 三季度, 三年 (which names one) nor 上半年, 下半年."""
    if shape["way"] is None:
        return shape["unit"] in {"个月", "期"} or shape["number"] + shape["unit"] == "半年"
    return shape["way"] + shape["number"] + shape["unit"] != "上半年"


def _with_year(words: str, this: Month) -> tuple[Month, Month] | None:
    named = _YEAR.match(words)
    year = _year(named["year"], this) if named else None
    rest = words[named.end() :] if named else words
    for shape in (_months, _quarter, _half, _season):
        found = shape(rest, year, this)
        if found:
            return found
    return _whole_year(rest, year, this)


def _year(word: str, this: Month) -> int:
    if word in _YEARS_AWAY:
        return this.year + _YEARS_AWAY[word]
    figures = parse_number(word.removesuffix("年"))
    if figures is None:
        return this.year
    return int(figures) if figures > 99 else 2000 + int(figures)


def _number(words: str) -> int:
    words = words.replace("俩", "两").replace("仨", "三")
    value = parse_number(words)
    return int(value) if value is not None else 0


def _latest(month: int, this: Month) -> tuple[Month, Month]:
    """The latest month of this number that is not in the future."""
    found = Month.of(this.year, month)
    found = found if found <= this else found + -12
    return found, found


def _months(rest: str, year: int | None, this: Month) -> tuple[Month, Month] | None:
    """3月, 十月份, 7月到9月, 九月和十月."""
    pair = re.fullmatch(rf"{_MONTH}(?:到|至|-|~|和|、)(?P<to>{_N})(?:月份|月分|月)", rest)
    one = re.fullmatch(rf"(?P<month>{_N})(?:月份|月分|越份|月|越)(?:账单|份)?", rest)
    shape = pair or one
    if not shape:
        return None
    first = _number(shape["month"])
    last = _number(shape["to"]) if pair else first
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    end = Month.of(year, last) if year is not None else _latest(last, this)[0]
    begin = Month.of(end.year, first)
    return (begin if begin <= end else begin + -12), end


def _quarter(rest: str, year: int | None, this: Month) -> tuple[Month, Month] | None:
    """第二季度, 三季度, Q3, 上季度, 本季度."""
    current = Month.of(this.year, (this.count % 12) // 3 * 3 + 1)
    for away, pattern in (
        (-3, r"上个?一?季度?"),
        (0, r"(?:本|这|这个|当)季度?"),
        (3, r"下个?一?季度?"),
    ):
        if re.fullmatch(pattern, rest):
            return current + away, current + away + 2
    shape = re.fullmatch(
        rf"(?:第(?P<n>{_N})|(?P<m>[一二三四1-4])|[Qq](?P<q>[1-4]))(?:个?季度?)?", rest
    )
    if not shape or (shape["q"] is None and "季" not in rest):
        return None
    number = _number(shape["n"] or shape["m"] or shape["q"])
    if not 1 <= number <= 4:
        return None
    first = Month.of(year if year is not None else this.year, number * 3 - 2)
    if year is None and first > this:
        first += -12
    return first, first + 2


def _half(rest: str, year: int | None, this: Month) -> tuple[Month, Month] | None:
    """上半年, 下半年."""
    if rest not in {"上半年", "下半年"}:
        return None
    first = Month.of(year if year is not None else this.year, 1 if rest == "上半年" else 7)
    if year is None and first > this:
        first += -12
    return first, first + 5


def _season(rest: str, year: int | None, this: Month) -> tuple[Month, Month] | None:
    """夏天, 冬天; 年底."""
    if re.fullmatch(r"年[底尾末]", rest):
        month = Month.of(year if year is not None else this.year, 12)
        return month, month
    shape = re.fullmatch(r"(?:入|一|这个?)?([春夏秋冬])(?:天|季|里)?", rest)
    if not shape:
        return None
    first, last = _SEASONS[shape[1]]
    begin = Month.of(year if year is not None else this.year, first)
    if year is None and begin > this:
        begin += -12
    return begin, begin + (last - first)


def _whole_year(rest: str, year: int | None, this: Month) -> tuple[Month, Month] | None:
    """去年, 去年全年, 今年 (until now), 今年全年."""
    if year is None and rest not in {"全年", "一整年"}:
        return None
    if rest not in {"", "全年", "一整年", "整年", "一年", "到现在", "以来", "至今"}:
        return None
    named = year if year is not None else this.year
    until_now = named == this.year and rest in {"", "到现在", "以来", "至今"}
    return Month.of(named, 1), this if until_now else Month.of(named, 12)
