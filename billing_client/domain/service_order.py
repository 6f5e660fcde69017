"""Service orders: their states, the time promised, and when two places are one."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class ServiceOrderState(StrEnum):
    OPEN = "OPEN"
    DISPATCHED = "DISPATCHED"
    ON_SITE = "ON_SITE"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


RUNNING = (ServiceOrderState.OPEN, ServiceOrderState.DISPATCHED, ServiceOrderState.ON_SITE)

FOLLOWS: dict[ServiceOrderState, frozenset[ServiceOrderState]] = {
    ServiceOrderState.OPEN: frozenset(ServiceOrderState) - {ServiceOrderState.OPEN},
    ServiceOrderState.DISPATCHED: frozenset(
        {ServiceOrderState.ON_SITE, ServiceOrderState.DONE, ServiceOrderState.CANCELLED}
    ),
    ServiceOrderState.ON_SITE: frozenset({ServiceOrderState.DONE, ServiceOrderState.CANCELLED}),
    ServiceOrderState.DONE: frozenset(),
    ServiceOrderState.CANCELLED: frozenset(),
}

# Hours until what is promised, as '<kind>.<severity>' or '<kind>'; the setting
# 'service_standards' overrides single entries. Published promises: a burst, crew on site
# within 45 minutes; no water or low pressure, 4 h (www.wxszjt.com, 服务承诺); leaks,
# small 12 h, ordinary 24 h (jindakun.com, 服务承诺); applications, 7 days (hanboy.cn).
STANDARD_HOURS: Mapping[str, float] = {
    "leak.emergency": 0.75,
    "leak.serious": 12,
    "leak.minor": 24,
    "no_water": 4,
    "low_pressure": 4,
    "water_quality": 4,
    "meter_fault": 24,
    "emergency": 0.75,
    "other": 7 * 24,
}


def promised_at(
    kind: str, severity: str, opened: datetime, hours: Mapping[str, float] = STANDARD_HOURS
) -> datetime:
    """When the customer may expect us: on site for emergencies, done for the rest."""
    names = (f"{kind}.{severity}", kind, severity, "other")
    promised = next(hours[name] for name in names if name in hours)
    return opened + timedelta(hours=promised)


_NOISE = re.compile(r"[\W_]+|附近|旁边|门口|这里|那里|那边|这边|的")


def place_key(place: str) -> str:
    """Two descriptions with the same key are the same place: '和平里 2栋门口' = '和平里2栋'."""
    plain = unicodedata.normalize("NFKC", place).lower()  # full-width digits become plain
    return _NOISE.sub("", plain) or plain.strip()
