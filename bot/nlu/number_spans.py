"""Where numbers stand in a text and what their own form already says about them.

Classes: ``ticket_no``, ``phone``, ``account_no`` by their pattern; ``amount``,
``volume``, ``person_count`` by their unit; ``number`` and ``persons`` when only the
context can tell; ``code`` (验证码382910) and ``question`` (几吨, 一吨多少) are no entity.
"""

import re

NumberSpan = tuple[int, int, str]

_CN = "零〇一二两三四五六七八九十百千万廿几半幺俩仨壹贰叁肆伍陆柒捌玖拾佰仟"
_SPOKEN = "零〇一二两三四五六七八九幺洞拐"
# 一 may belong to the next word: 一次, 一下子, 一直
_FIGURE = rf"(?:(?!一[次下般直起样共定些遍趟边会到])[{_CN}])"
_NUMBER = rf"(?:[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?|{_FIGURE}+(?:点[{_SPOKEN}]+)?)"
_RANGE = rf"{_NUMBER}(?:(?:到|至|-|~){_NUMBER})?(?:多|来)?"
_HEDGE = r"(?:多|左右|上下|出头)?"
_SMALL = rf"[0-9{_SPOKEN}]"
_PER_UNIT = r"一(?:吨|立方|方|度)"  # 三块九一吨
_NOT_SMALL = rf"(?:(?={_PER_UNIT})|(?![0-9{_CN}月日号点个吨方立度升次]))"  # 五块一吨, 三块1月

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ticket_no", re.compile(rf"(?i)(?<![a-z])[a-z]{{2}}[0-9{_SPOKEN}]{{8,14}}(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9])(?:\+?86)?1[3-9][0-9]{9}(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9])0[0-9]{2,3}-?[0-9]{7,8}(?![0-9])")),
    (
        "phone",
        re.compile(rf"(?<!{_SMALL})[幺一1][三四五六七八九3-9]{_SMALL}{{9}}(?!{_SMALL})"),
    ),
    ("account_no", re.compile(r"(?<![0-9])[1-9][0-9]{9}(?![0-9])")),
    ("account_no", re.compile(rf"(?<![{_SPOKEN}])[{_SPOKEN}]{{8,12}}(?![{_SPOKEN}])")),
    ("code", re.compile(r"(?<=码)[是为: ]{0,2}[0-9]{6}(?![0-9])|(?<=@)[0-9]+")),
    (
        "question",
        re.compile(
            r"(?<![0-9十百千万])(?:几|多少)(?:吨|方|立方|块钱|块|元)"
            r"|一(?:吨|立方|方|度)(?=多少|几|水几)|(?<=[元块钱少])一(?:吨|立方|方|度)"
        ),
    ),
    (
        "amount",
        re.compile(
            rf"(?:[¥￥]|RMB|rmb|人民币)?{_RANGE}(?:元|块钱|块洋钿|块|圆|蚊){_HEDGE}"
            rf"(?:{_SMALL}(?:毛|角)?{_NOT_SMALL})?(?:零?{_SMALL}分)?钱?"
        ),
    ),
    ("amount", re.compile(rf"[¥￥]{_NUMBER}|[{_CN}0-9](?:毛|角)(?:{_SMALL}分?)?钱?")),
    (
        "volume",
        re.compile(
            rf"(?<!第){_RANGE}"
            rf"(?:吨|顿|立方米|立方|方(?!面|便|式|案|法|检|机)|度水|公升|升|m3){_HEDGE}"
        ),
    ),
    ("person_count", re.compile(rf"{_NUMBER}(?:口人|口子|口(?!头|袋|气|井|水|锅|饭|价))")),
    ("persons", re.compile(rf"{_NUMBER}(?:个人(?!.?账)|人(?!民|工|员|家|次|份))")),
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
