"""Settle what the tagger says with what the form of the numbers says."""

import re
from collections.abc import Mapping, Sequence

from bot.nlu.entity_tagger import Span
from bot.nlu.number_spans import NumberSpan

_NUMBERS = frozenset(
    "account_no phone ticket_no amount volume meter_reading person_count".split()
)
_CERTAIN = frozenset("ticket_no phone account_no amount volume person_count".split())
# Fillers around a bare answer: 「嗯就200吧」 still is nothing but a number.
_FILLERS = re.compile(r"[\s，,。.!！?？~～吧呗啊呀嘛就嗯哦是那个充交的]")
LONGEST_AMOUNT = 5  # digits of a bare number that may be yuan


def settle(
    text: str,
    tagged: Sequence[Span],
    numbers: Sequence[NumberSpan],
    methods: Mapping[str, str],
) -> list[Span]:
    """Entities left to right, without overlaps.

    A number has the borders of ``numbers``; its kind is its own form's where that is
    certain (a unit, eleven digits), else the tagger's. A number alone in the message,
    which no context explains, is an ``account_no`` from six digits on, a
    ``meter_reading`` when it has a leading zero, and else an ``amount``.
    """
    spans = [_snapped(span, numbers) for span in tagged]
    for start, end, kind in numbers:
        if any(span.start < end and start < span.end for span in spans):
            continue
        if kind in _CERTAIN:
            spans.append(Span(kind, start, end))
        elif _FILLERS.sub("", text[:start] + text[end:]) == "":
            spans.append(Span(_bare_number_kind(text[start:end]), start, end))
    if not spans:
        spans = _bare_method(text, methods)
    return _apart(spans)


def _snapped(span: Span, numbers: Sequence[NumberSpan]) -> Span:
    if span.kind not in _NUMBERS:
        return span
    touching = [n for n in numbers if n[0] < span.end and span.start < n[1]]
    if len(touching) != 1:
        return span
    start, end, kind = touching[0]
    if kind == "volume" and span.kind == "meter_reading":
        kind = span.kind
    return Span(kind if kind in _CERTAIN else span.kind, start, end)


def _bare_number_kind(words: str) -> str:
    digits = sum(character.isdigit() for character in words)
    if digits > LONGEST_AMOUNT or (digits == 0 and len(words) > LONGEST_AMOUNT + 2):
        return "account_no"
    return "meter_reading" if words.startswith("0") and digits > 1 else "amount"


def _bare_method(text: str, methods: Mapping[str, str]) -> list[Span]:
    bare = _FILLERS.sub("", text)
    at = text.find(bare)
    return [Span("payment_method", at, at + len(bare))] if at >= 0 and bare in methods else []


def _apart(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
