"""Replace numbers by one standing example of their class.

What a customer wants does not depend on whether it is 86 or 87 yuan, but does depend
on its being yuan and not tonnes. Masking before the intent model sees the text keeps
figures from being learnt by heart.
"""

import re

_DIGITS = r"(?:[0-9]+(?:[.,][0-9]+)*|[零〇一二两三四五六七八九十百千万廿幺几半]+)"
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(?:gd|qs|by|tk)[0-9零一二三四五六七八九]{6,}"), "GD号码"),
    (re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])"), "手机号码"),
    (re.compile(r"[幺一][三四五六七八九][零幺一二两三四五六七八九洞拐]{9}"), "手机号码"),
    (re.compile(r"(?<![0-9])1[0-9]{9}(?![0-9])"), "户号数字"),
    (re.compile(r"[一幺][零〇洞一二三四五六七八九幺两]{9}"), "户号数字"),
    (re.compile(_DIGITS + r"多?(?:元|块钱|块|蚊)(?:[0-9一二三四五六七八九](?![0-9]))?"), "九块"),
    (re.compile(_DIGITS + r"多?(?:吨|立方米|立方|方|升|字)(?=[^0-9]|$)"), "九吨"),
    (re.compile(_DIGITS + r"(?:口人|口子|口|个人)"), "九口人"),
    (re.compile(r"[0-9]{1,2}[:点][0-9]{0,2}"), "九点"),
    (re.compile(r"[0-9]{1,2}(?=月|号|日|楼|栋|幢|单元|室)"), "九"),
    (re.compile(r"20[0-9]{2}(?=年)"), "今"),
    (re.compile(r"[0-9]+(?:\.[0-9]+)?"), "数字"),
)


def mask_numbers(text: str) -> str:
    """``text`` (normalised) with every number replaced by the mark of its class."""
    for pattern, mark in _MASKS:
        text = pattern.sub(mark, text)
    return text
