"""From a customer's words to an interval of time in Asia/Shanghai.

The end is exclusive. A stretch without a place in time (「三天」, 「半小时」) is the one
that ends now; how often something happens (「每个月」) is {"every": "month"}.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.nlu.chinese_numbers import parse_number
from bot.nlu.resolve_period import resolve_bill_period

SHANGHAI = ZoneInfo("Asia/Shanghai")
Interval = dict[str, str]

_N = r"(?:[0-9]{1,2}|[一二三四五六七八九十廿两俩仨半]{1,3}|几)"
_SEVERAL = 3  # 几 days or hours
_DAYS_AWAY: tuple[tuple[int, str], ...] = (
    (-3, r"大前[天日]"),
    (-2, r"前[天日]"),
    (-1, r"昨[天日儿]?|琴日|咋天|咋日|隔夜"),
    (0, r"今[天日儿朝]?|当天"),
    (3, r"大后[天日]"),
    (1, r"明[天日儿朝]?|听日|名天|tomorrow"),
    (2, r"后[天日儿]"),
)
_WEEKDAYS = {name: at for at, name in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_WEEKDAYS |= {str(at + 1): at for at in range(7)}
# Fixed public holidays (State Council's 全国年节及纪念日放假办法): month, day, days off.
_HOLIDAYS = {"元旦": (1, 1, 1), "五一": (5, 1, 5), "劳动节": (5, 1, 5), "国庆": (10, 1, 7)}
_PARTS: tuple[tuple[str, int, int], ...] = (
    ("凌晨|后半夜", 0, 6),
    ("一?大清早|一?早上|清早|早晨|一早|今朝|早", 6, 10),
    ("一?上午", 8, 12),
    ("中午|晌午", 11, 14),
    ("一?下午|后晌", 12, 18),
    ("傍晚", 17, 20),
    ("一?晚上|夜里|夜晚|半夜|黑天|夜间|深夜|晚", 18, 24),
    ("白天|全天", 8, 18),
)
_SPANS = {"分钟": 60, "小时": 3600, "个小时": 3600, "个钟": 3600, "个钟头": 3600, "钟头": 3600}
_SPANS |= {"天": 86400, "日": 86400, "周": 604800, "个?星期": 604800, "个?礼拜": 604800}
_SPANS |= {"个月": 2592000, "年": 31536000}
_EVERY = {"日": "day", "天": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month"}
_EVERY |= {"季度": "quarter", "季": "quarter", "年": "year"}
_CLOCK = re.compile(
    rf"(?P<hour>{_N})(?:[点:时])(?:(?P<half>半)|(?P<quarter>[一三]刻)|(?P<minute>[0-9]{{2}}|[一二三四五六七八九十零]{{1,3}})分?)?(?:钟|多|左右|来钟)?"
)


def resolve_date_time(words: str, now: datetime) -> Interval | None:
    """{"from": iso, "to": iso} with the offset of Shanghai, {"every": unit}, or None."""
    often = re.fullmatch(rf"每一?个?({'|'.join(_EVERY)})", words.strip())
    if often:
        return {"every": _EVERY[often[1]]}
    local = now.astimezone(SHANGHAI)
    words = re.sub(r"[\s,，的]|那天|那会儿?|吧$|左右$", "", words)
    found = _just_now(words, local) or _ago(words, local) or _day_and_clock(words, local)
    if found is None:
        found = _whole_months(words, local)
    if found is None:
        return None
    return {"from": found[0].isoformat(), "to": found[1].isoformat()}


Bounds = tuple[datetime, datetime]


def _just_now(words: str, now: datetime) -> Bounds | None:
    if re.fullmatch(r"刚刚?才?|刚(?:付|充|交|才)?|现在|这会儿?|而家|当前|方才", words):
        return now - timedelta(hours=1), now
    return None


def _ago(words: str, now: datetime) -> Bounds | None:
    """三天前, 前两天, 这几天, 半小时, 上礼拜, 两个小时后."""
    shape = re.fullmatch(
        rf"(?P<way>前|这|最近|近|头|上|过|成|大)?(?P<number>{_N}|一|好几|十来)?个?(?P<unit>{'|'.join(_SPANS)})"
        r"(?P<half>半)?(?P<side>以?前|之前|以?后|之后|来|多|了|以内|内|里)?",
        words,
    )
    if not shape or not (shape["number"] or shape["way"] in {"成", "大"}):
        return None
    seconds = next(size for unit, size in _SPANS.items() if re.fullmatch(unit, shape["unit"]))
    length = timedelta(seconds=seconds) * _number(shape["number"] or "一")
    if shape["side"] and "前" in shape["side"]:
        day = _midnight((now - length).date()) if seconds >= 86400 else now - length
        return day, day + timedelta(days=1) if seconds >= 86400 else now
    if shape["side"] and ("后" in shape["side"] or "内" in shape["side"]):
        return now, now + length
    return now - length, now


def _day_and_clock(words: str, now: datetime) -> Bounds | None:
    day, rest = _day(words, now)
    if day is None:
        if not rest or not (_part(rest)[0] or _CLOCK.match(rest)):
            return None
        day = (now.date(), now.date() + timedelta(days=1))
    return _hours(day[0], rest) if rest else (_midnight(day[0]), _midnight(day[1]))


def _day(words: str, now: datetime) -> tuple[tuple[date, date] | None, str]:
    """The day or days that the words begin with, and what follows them."""
    today = now.date()
    for away, pattern in _DAYS_AWAY:
        found = re.match(pattern, words, re.IGNORECASE)
        if found:
            day = today + timedelta(days=away)
            return (day, day + timedelta(days=1)), words[found.end() :]
    for shape in (_weekday, _calendar_day, _holiday):
        found_day = shape(words, today)
        if found_day:
            return found_day
    return None, words


def _weekday(words: str, today: date) -> tuple[tuple[date, date], str] | None:
    """下周三, 上礼拜天, 这个周末, 礼拜三 (the coming one), 上周."""
    found = re.match(
        r"(?P<way>上上|上|这|本|下下|下)?一?个?(?:周|星期|礼拜|舟)(?P<day>[一二三四五六日天末1-7])?",
        words,
    )
    if not found or not (found["way"] or found["day"]):
        return None
    weeks = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(found["way"] or "", 0)
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    if not found["day"]:
        return (monday, monday + timedelta(days=7)), words[found.end() :]
    day = monday + timedelta(days=_WEEKDAYS[found["day"]])
    days = 2 if found["day"] == "末" else 1
    if not found["way"] and day + timedelta(days=days) <= today:
        day += timedelta(days=7)
    return (day, day + timedelta(days=days)), words[found.end() :]


def _calendar_day(words: str, today: date) -> tuple[tuple[date, date], str] | None:
    """10月8号, 十月八日, 8号, 2026年10月8日, 这个月15号, 下个月十号: the year nearest to today."""
    found = re.match(
        rf"(?:(?P<year>今年|去年|明年|20[0-9]{{2}}年))?(?:(?P<month>{_N})月|(?P<way>上|这|本|下)个?月)?(?P<day>{_N})[号日]",
        words,
    )
    if not found:
        return None
    month, day = today.month, _number(found["day"])
    year = today.year
    if found["month"]:
        month = _number(found["month"])
    elif found["way"]:
        month += {"上": -1, "下": 1}.get(found["way"], 0)
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if found["year"]:
        named = found["year"].removesuffix("年")
        year = int(named) if named.isdigit() else year + {"去": -1, "明": 1}.get(named, 0)
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    return (first, first + timedelta(days=1)), words[found.end() :]


def _holiday(words: str, today: date) -> tuple[tuple[date, date], str] | None:
    for name, (month, day, length) in _HOLIDAYS.items():
        found = re.match(rf"{name}(?:节|那几天|期间|假期|长假)?", words)
        if found:
            first = date(today.year, month, day)
            if first + timedelta(days=length) < today - timedelta(days=60):
                first = date(today.year + 1, month, day)
            return (first, first + timedelta(days=length)), words[found.end() :]
    return None


def _part(words: str) -> tuple[tuple[int, int] | None, str]:
    for pattern, start, end in _PARTS:
        found = re.match(pattern, words)
        if found:
            return (start, end), words[found.end() :]
    return None, words


def _hours(day: date, words: str) -> Bounds | None:
    """Part of the day and clock: 晚上, 下午三点, 凌晨1点到3点, 20:00."""
    midnight = _midnight(day)
    part, rest = _part(words)
    clock = _CLOCK.match(rest)
    if not clock:
        if part is None or rest not in {"", "头", "些", "时候", "里"}:
            return None
        return midnight + timedelta(hours=part[0]), midnight + timedelta(hours=part[1])
    start = _clock_minutes(clock, part)
    until = re.match(r"(?:到|至|-|~)", rest[clock.end() :])
    end = start + 60
    if until:
        rest = rest[clock.end() + until.end() :]
        later, rest = _part(rest)
        second = _CLOCK.match(rest)
        end = _clock_minutes(second, later or part) if second else end
    return midnight + timedelta(minutes=start), midnight + timedelta(minutes=max(end, start))


def _clock_minutes(clock: re.Match[str], part: tuple[int, int] | None) -> int:
    hour = _number(clock["hour"])
    if part and part[1] > 12 and hour < 12 and hour + 12 <= part[1] + 1 and part[0] >= 12:
        hour += 12
    minutes = 30 if clock["half"] else 0
    if clock["quarter"]:
        minutes = 15 * _number(clock["quarter"][0])
    if clock["minute"]:
        minutes = _number(clock["minute"])
    return hour * 60 + minutes


def _whole_months(words: str, now: datetime) -> Bounds | None:
    """上个月, 去年, 五月, 去年夏天: from the first day to the day after the last."""
    months = resolve_bill_period(re.sub(r"[初底末]$", "", words), now)
    if months is None:
        return None
    first = date.fromisoformat(months["first"] + "-01")
    last = date.fromisoformat(months["last"] + "-01")
    after = (last + timedelta(days=32)).replace(day=1)
    return _midnight(first), _midnight(after)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _number(words: str) -> int:
    if words in {"几", "好几"}:
        return _SEVERAL
    if words == "十来":
        return 10
    value = parse_number(words.replace("俩", "两").replace("仨", "三"))
    return max(int(value), 1 if words == "半" else 0) if value is not None else 0
