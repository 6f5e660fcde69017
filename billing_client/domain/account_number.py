"""Account numbers by the utility's own format, and old forms of them that are still said.

泉州 put '10' before its 8 digits; customers go on saying the 8. 沈阳 has 11 digits.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BETWEEN = re.compile(r"[\s\-.]+")


@dataclass(frozen=True)
class OldForm:
    """Numbers that match ``pattern`` became ``prefix`` + number."""

    pattern: str
    prefix: str


@dataclass(frozen=True)
class NumberFormat:
    """``pattern`` must match a whole number; without one any letters and digits are taken."""

    pattern: str = r"[0-9A-Za-z]{4,20}"
    old_forms: tuple[OldForm, ...] = ()


def parse(data: Mapping[str, Any] | None) -> NumberFormat:
    """The setting {"pattern": "[0-9]{10}", "old": [{"pattern": "[0-9]{8}", "prefix": "10"}]}."""
    if not data:
        return NumberFormat()
    old = tuple(OldForm(entry["pattern"], entry["prefix"]) for entry in data.get("old", ()))
    return NumberFormat(data["pattern"], old)


def candidates(said: str, known: NumberFormat) -> tuple[str, ...]:
    """What the said number may be in today's form, the likeliest first; empty when none."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", said)).upper()
    found = [plain] if re.fullmatch(known.pattern, plain) else []
    found += [
        f"{form.prefix}{plain}"
        for form in known.old_forms
        if re.fullmatch(form.pattern, plain)
        and re.fullmatch(known.pattern, f"{form.prefix}{plain}")
    ]
    return tuple(dict.fromkeys(found))
