"""Whom an invoice is made out to: a person, or a company with its tax number."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 100  # characters of 购买方名称
_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{18}|[0-9A-Z]{20}")

# 统一社会信用代码, GB 32100-2015: the 18th character is 31 less the weighted sum modulo 31.
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(3**place % 31 for place in range(17))
# 居民身份证号, GB 11643-1999: sole traders may use theirs as tax number.
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_CHECKS = "10X98765432"


class TitleKind(StrEnum):
    PERSONAL = "personal"
    COMPANY = "company"


class TitleWrong(ValueError):
    """``reason``: name, tax_number_form (length, characters), tax_number_check (mistyped)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Title:
    kind: TitleKind
    name: str
    tax_no: str | None = None


def title(kind: TitleKind, name: str, tax_no: str | None = None) -> Title:
    """Checked and put in order. Raises TitleWrong."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise TitleWrong("name")
    number = (tax_no or "").upper().replace(" ", "") or None
    if kind is TitleKind.PERSONAL:
        return Title(kind, name)
    if number is None or not _NUMBER.fullmatch(number):
        raise TitleWrong("tax_number_form")
    if len(number) == 18 and not (_is_code(number) or _is_person(number)):
        raise TitleWrong("tax_number_check")
    return Title(kind, name, number)


def _is_code(number: str) -> bool:
    if any(character not in _CODE_ALPHABET for character in number):
        return False
    values = [_CODE_ALPHABET.index(character) for character in number]
    total = sum(value * weight for value, weight in zip(values[:17], _CODE_WEIGHTS, strict=True))
    return (31 - total % 31) % 31 == values[17]


def _is_person(number: str) -> bool:
    if not number[:17].isdigit():
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number[:17], _PERSON_WEIGHTS, strict=True)
    )
    return _PERSON_CHECKS[total % 11] == number[17]
