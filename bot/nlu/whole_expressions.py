"""Widen what the tagger cut short to the whole expression it is part of."""

import re

from bot.nlu.entity_tagger import Span

_N = r"(?:[0-9]{1,2}|[一二三四五六七八九十两俩仨半几]{1,2})"
_PERIOD = re.compile(
    rf"(?:最近|近|前|过去)(?:这)?{_N}(?:个月|个季度|年|期)"
    r"|(?:今|去|前|明)年(?:同期|全年|一整年|整年|上半年|下半年|[春夏秋冬](?:天|季)?)"
    r"|[Qq][1-4](?![0-9])|第?[一二三四]季度?|(?:接下来|往后|未来)[一二两三四五六]个?月"
    rf"|(?:(?:今|去|前)年)?{_N}月份?(?:和|到|至|-|~){_N}月份?"
)
_PLACE_TAIL = re.compile(
    r"(?:的)?(?:交叉路?口|十字路口|路口|交汇处|旁边|边上|[边旁](?!上)|附近|对面|门口|大门口|门前|后门|楼下)"
)
# 「那上个月呢」: a period alone asks about a bill or usage, whatever the tagger thinks.
_ALONE = re.compile(r"^(?:那|那么|嗯)?(?P<words>.+?)(?:的)?(?:呢|吧|的呢)?[?。]?$")
_MONTHS = re.compile(
    rf"(?:上上?|这|本|下)个?月|(?:今|去|明)年(?:{_N}月份?)?|{_N}月份?|上一?期|本期"
)


# Wishes whose months are months of bills and usage.
_PERIOD_WISHES = frozenset(
    [
        "check_bill",
        "check_usage",
        "check_tier",
        "dispute_bill",
        "explain_bill",
        "forecast_usage",
        "pay_bill",
        "request_invoice",
    ]
)


def as_period(text: str, span: Span, intent: str | None) -> Span:
    """「上个月」 is a billing period when the wish is about bills, else stays what it is."""
    words = text[span.start : span.end]
    if span.kind == "date_time" and intent in _PERIOD_WISHES and _MONTHS.fullmatch(words):
        return Span("bill_period", span.start, span.end)
    return span


def widen(text: str, span: Span) -> Span:
    """``span`` or the longer one of the same or a better kind that covers it."""
    if span.kind == "address":
        if text[span.end - 1 : span.end + 1] == "街道":
            span = Span(span.kind, span.start, span.end + 1)
        tail = _PLACE_TAIL.match(text, span.end)
        return Span(span.kind, span.start, tail.end()) if tail else span
    if span.kind not in {"bill_period", "date_time"}:
        return span
    for whole in _PERIOD.finditer(text):
        if whole.start() < span.end and span.start < whole.end():
            return Span("bill_period", whole.start(), whole.end())
    alone = _ALONE.match(text)
    if (
        alone
        and alone["words"] == text[span.start : span.end]
        and _MONTHS.fullmatch(alone["words"])
    ):
        return Span("bill_period", span.start, span.end)
    return span
