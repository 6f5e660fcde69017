"""Figures as customers read them: yuan, m³, days. Pure; no sentence stands here."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
LITRES_PER_M3 = 1000
FEN_PER_YUAN = 100


def yuan(fen: int) -> str:
    """8640 → '86.40'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN_PER_YUAN}.{abs(fen) % FEN_PER_YUAN:02d}"


def cubic_metres(litres: int) -> str:
    """18000 → '18', 12345 → '12.345'."""
    whole, rest = divmod(litres, LITRES_PER_M3)
    return str(whole) if rest == 0 else f"{whole}.{rest:03d}".rstrip("0")


def price(price_e4: int) -> str:
    """49000 ten-thousandths of a yuan → '4.90'."""
    whole, rest = divmod(price_e4, 10_000)
    digits = f"{rest:04d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{digits}"


def month(period: str) -> str:
    """'2026-10' → '2026年10月'."""
    year, number = period.split("-")
    return f"{year}年{int(number)}月"


def month_range(first: str, last: str) -> str:
    return month(first) if first == last else f"{month(first)}至{month(last)}"


def day(value: date | datetime) -> str:
    """'11月24日', in Shanghai."""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    return f"{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """'11月24日 22:30', in Shanghai."""
    local = value.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Blanks for a response: each ``x_fen`` also as ``x_yuan``."""
    words = dict(facts)
    for name, value in facts.items():
        if name.endswith("_fen") and isinstance(value, int):
            words[f"{name.removesuffix('_fen')}_yuan"] = yuan(value)
    return words
