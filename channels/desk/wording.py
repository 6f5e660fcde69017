"""Figures, times and names as staff read them. Pure."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from billing_client.domain.masking import mask_phone
from channels.abilities import DEMO_USER_PREFIX, TERMINAL_USER_PREFIX

SHANGHAI = ZoneInfo("Asia/Shanghai")
FEN_A_YUAN = 100
SHOWN_OF_A_USER = 4
PHONE = re.compile(r"\+?\d{7,15}")


def yuan(fen: int) -> str:
    """8640 → '86.40'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN_A_YUAN}.{abs(fen) % FEN_A_YUAN:02d}"


def cubic_metres(litres: int) -> str:
    """18000 → '18', 12345 → '12.345'."""
    whole, rest = divmod(litres, 1000)
    return str(whole) if rest == 0 else f"{whole}.{rest:03d}".rstrip("0")


def price(price_e4: int) -> str:
    """49000 ten-thousandths of a yuan → '4.90'."""
    whole, rest = divmod(price_e4, 10_000)
    return f"{whole}.{f'{rest:04d}'.rstrip('0').ljust(2, '0')}"


def clock(at: datetime, now: datetime) -> str:
    """'10:32' today, else '11月24日 10:32', in Shanghai."""
    local = at.astimezone(SHANGHAI)
    if local.date() == now.astimezone(SHANGHAI).date():
        return f"{local:%H:%M}"
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def day(value: date) -> str:
    return f"{value.month}月{value.day}日"


def month(period: str) -> str:
    """'2026-10' → '2026年10月'."""
    year, number = period.split("-")
    return f"{year}年{int(number)}月"


def waited(since: datetime, now: datetime) -> str:
    """'不到 1 分钟', '12 分钟', '2 小时 5 分钟', '3 天'."""
    minutes = max(0, int((now - since).total_seconds()) // 60)
    if minutes < 1:
        return "不到 1 分钟"
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} 小时 {rest} 分钟"
    return f"{hours // 24} 天"


def customer_name(channel: str, channel_user: str) -> str:
    """Enough to tell customers apart: '138****1234', '演示客户 arrears', '访客 …3f2a'."""
    if channel_user.startswith(DEMO_USER_PREFIX):
        return f"演示客户 {channel_user.removeprefix(DEMO_USER_PREFIX)}"
    if channel_user.startswith(TERMINAL_USER_PREFIX):
        return "终端访客"
    if PHONE.fullmatch(channel_user):
        return mask_phone(channel_user)
    return f"访客 …{channel_user[-SHOWN_OF_A_USER:]}"
