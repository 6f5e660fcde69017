"""Settle what the tagger says with what the form of the numbers says."""

import re
from collections.abc import Mapping, Sequence

from bot.nlu.entity_tagger import Span
from bot.nlu.number_spans import NumberSpan
from bot.nlu.whole_expressions import widen

_CERTAIN = frozenset(["ticket_no", "phone", "account_no", "amount", "volume", "person_count"])
_NUMBERS = _CERTAIN | {"meter_reading"}
# Fillers around a bare answer: 「嗯就200吧」 still is nothing but a number.
_FILLERS = re.compile(r"[\s，,。.!！?？~～吧呗啊呀嘛就嗯哦是那个充交的]")
LONGEST_AMOUNT = 5  # digits of a bare number that may be yuan
SHORTEST_ACCOUNT = 8  # digits; six or seven are more likely a one-time code
_OF_A_DIAL = re.compile(
    r"(?:表|读数|表数|字轮|表盘|抄表)(?:上|里|面)?(?:现在|今天|目前|刚才)?(?:的?数字?)?"
    r"(?:显示|走到|读数|度数|是|为|到|写着|指着|报)?(?:了|的)?[是:：, ]*$"
)
"""What stands before the figure that a meter shows: 我家水表现在是30, 表上显示 921."""
_NO_ENTITY = frozenset({"code", "question"})
# Days that are days wherever they stand; the tagger misses some.
_DAY = re.compile(
    r"(?:上上|上|下下|下|这)个?(?:周|星期|礼拜)[一二三四五六日天末]?|(?:周|星期|礼拜)[一二三四五六日天末]"
    r"|(?:[今明昨][天日晚早儿]|大?[前后]天)(?:大?清早|早上|上午|中午|下午|傍晚|晚上|夜里|半夜|凌晨)?"
    r"|每一?个?(?:天|月|周|星期|礼拜|季度|年)|凌晨|傍晚|大清早|后半夜|刚才|这[几两]天|前几天"
)
_VAGUE_METHODS = frozenset(
    {
        "微信",
        "转账",
        "汇款",
        "柜台",
        "邮政",
        "邮储",
        "wx",
        "vx",
        "对公",
        "现今",
        "交行",
        "中行",
        "信用社",
        "中银",
    }
)


def settle(
    text: str,
    tagged: Sequence[Span],
    numbers: Sequence[NumberSpan],
    methods: Mapping[str, str],
) -> list[Span]:
    """Entities left to right, without overlaps.

    A number has the borders of ``numbers``; its kind is its own form's where that is
    certain (a unit, eleven digits), else the tagger's. A number alone in the message,
    which no context explains, is an ``account_no`` from eight digits on, nothing with
    six or seven (a one-time code: read the text), a ``meter_reading`` with a leading
    zero, and else an ``amount``: a flow that asks for something else reads the text.
    """
    snapped = [_snapped(text, widen(text, span), numbers, methods) for span in tagged]
    spans = [span for span in snapped if span is not None]
    for span in [*_plain_numbers(text, numbers), *_plain_words(text, methods)]:
        if not any(span.start < other.end and other.start < span.end for other in spans):
            spans.append(span)
    return _apart(spans)


def _plain_numbers(text: str, numbers: Sequence[NumberSpan]) -> list[Span]:
    """Numbers that need no tagger: certain by their form, or alone in the message."""
    spans: list[Span] = []
    for start, end, kind in numbers:
        if kind in _CERTAIN:
            spans.append(Span(kind, start, end))
        elif kind == "number" and _OF_A_DIAL.search(text[:start]):
            spans.append(Span("meter_reading", start, end))
        elif kind == "number" and not _FILLERS.sub("", text[:start] + text[end:]):
            bare = _bare_number_kind(text[start:end])
            spans.extend([Span(bare, start, end)] if bare else [])
    return spans


def _plain_words(text: str, methods: Mapping[str, str]) -> list[Span]:
    """Unmistakable days, and ways to pay that can be nothing else or stand alone."""
    spans = [Span("date_time", *found.span()) for found in _DAY.finditer(text)]
    alone = _FILLERS.sub("", text)
    for method in sorted(methods, key=len, reverse=True):
        at = text.find(method)
        if at >= 0 and (method == alone or (len(method) > 1 and method not in _VAGUE_METHODS)):
            card = text[at + len(method) : at + len(method) + 1] in {"卡", "咔"}
            spans.append(Span("payment_method", at, at + len(method) + card))
    return _apart(spans)


def _snapped(
    text: str, span: Span, numbers: Sequence[NumberSpan], methods: Mapping[str, str]
) -> Span | None:
    """The tagger's span with the borders of the number or the word in it."""
    if span.kind == "date_time":
        return _whole_day(text, span)
    if span.kind == "payment_method":
        return _without_verb(text, span, methods)
    if span.kind not in _NUMBERS:
        return span
    touching = [n for n in numbers if n[0] < span.end and span.start < n[1]]
    if len(touching) != 1:
        return span
    start, end, kind = touching[0]
    if kind in _NO_ENTITY:
        return None
    if kind == "volume" and span.kind == "meter_reading":
        kind = span.kind
    return Span(kind if kind in _CERTAIN else span.kind, start, end)


def _whole_day(text: str, span: Span) -> Span:
    """上周四 of 上上周四 is the whole of it."""
    for day in _DAY.finditer(text):
        if day.start() <= span.start and span.end <= day.end():
            return Span(span.kind, *day.span())
    return span


def _without_verb(text: str, span: Span, methods: Mapping[str, str]) -> Span:
    """「绑个银行卡」 → 「银行卡」."""
    words = text[span.start : span.end]
    starts = [words.find(method) for method in methods if method in words]
    return Span(span.kind, span.start + min(starts), span.end) if starts else span


def _bare_number_kind(words: str) -> str | None:
    digits = sum(character.isascii() and character.isdigit() for character in words)
    if digits >= SHORTEST_ACCOUNT:
        return "account_no"
    if digits > LONGEST_AMOUNT:
        return None
    return "meter_reading" if words.startswith("0") and digits > 1 else "amount"


def _apart(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
