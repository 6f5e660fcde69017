"""Where numbers stand in a text and what their own form already says about them.

Classes: ``ticket_no``, ``phone``, ``account_no`` by their pattern; ``amount``,
``volume``, ``person_count`` by their unit; ``number`` when only the context can tell.
"""

import re

NumberSpan = tuple[int, int, str]

_CN = "零〇一二两三四五六七八九十百千万廿几半幺俩仨壹贰叁肆伍陆柒捌玖拾佰仟"
_SPOKEN = "零〇一二两三四五六七八九幺洞拐"
_NUMBER = rf"(?:[0-9][0-9,]*(?:\.[0-9]+)?|[{_CN}]*[零〇一二两三四五六七八九十百千万廿几半仨俩壹贰叁肆伍陆柒捌玖拾佰仟](?:点[{_SPOKEN}]+)?)"
_RANGE = rf"{_NUMBER}(?:(?:到|至|-|~){_NUMBER})?(?:多|来)?"
_HEDGE = r"(?:多|左右|上下|出头)?"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ticket_no", re.compile(rf"(?i)(?<![a-z])[a-z]{{2}}[0-9{_SPOKEN}]{{8,14}}(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9])(?:\+?86)?1[3-9][0-9]{9}(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9])0[0-9]{2,3}-?[0-9]{7,8}(?![0-9])")),
    ("phone", re.compile(rf"(?<![{_SPOKEN}])[幺一1][三四五六七八九3-9][{_SPOKEN}0-9]{{9}}(?![{_SPOKEN}0-9])")),
    ("account_no", re.compile(r"(?<![0-9])1[0-9]{9}(?![0-9])")),
    ("account_no", re.compile(rf"(?<![{_SPOKEN}])[幺一][{_SPOKEN}]{{9}}(?![{_SPOKEN}])")),
    (
        "amount",
        re.compile(
            rf"(?:[¥￥]|RMB|rmb|人民币)?{_RANGE}(?:元|块钱|块洋钿|块|圆|蚊){_HEDGE}"
            rf"(?:[0-9{_SPOKEN}](?:毛|角)?(?![0-9{_CN}月日号点个]))?(?:零?[0-9{_SPOKEN}]分)?钱?"
        ),
    ),
    ("amount", re.compile(rf"[¥￥]{_NUMBER}|[{_CN}0-9](?:毛|角)(?:[{_SPOKEN}0-9]分?)?钱?")),
    ("volume", re.compile(rf"{_RANGE}(?:吨|顿|立方米|立方|方(?!面|便|式|案|法)|度水|公升|升|m3){_HEDGE}")),
    (
        "person_count",
        re.compile(rf"{_NUMBER}(?:口人|口子|口(?!头|袋|气|井)|个人(?!.?账)|個人|人(?!民|工|员|家|次))"),
    ),
    ("number", re.compile(rf"{_RANGE}{_HEDGE}")),
)


def number_spans(text: str) -> list[NumberSpan]:
    """Numbers of ``text`` (normalised), left to right; the earlier pattern takes the place."""
    taken = [False] * len(text)
    found: list[NumberSpan] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            taken[start:end] = [True] * (end - start)
            found.append((start, end, kind))
    return sorted(found)
