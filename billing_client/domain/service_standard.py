"""When a request must be answered and done: the utility's published promises, as data.

The data (``billing_client/standards/service_standards.json``) names the source of each
promise and the day from which it holds; the newest one that holds counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from billing_client.domain.business_day import is_business_day

ANY = "other"  # the standard of a kind that has none of its own


@dataclass(frozen=True)
class Standard:
    """``told``: whether customers are told of the first response or of the end."""

    kind: str
    severity: str | None
    valid_from: date | None
    respond_hours: Decimal
    finish_hours: Decimal | None
    finish_working_days: int | None
    told: Literal["respond", "finish"]
    source: str


@dataclass(frozen=True)
class Deadlines:
    respond_by: datetime
    finish_by: datetime
    promised_at: datetime  # what the customer is told
    source: str


def parse(data: Mapping[str, Any]) -> tuple[Standard, ...]:
    """Raises ValueError naming the kind whose entry is wrong."""
    return tuple(_standard(entry) for entry in data["standards"])


def standard_for(standards: Iterable[Standard], kind: str, severity: str, day: date) -> Standard:
    """The closest that holds on ``day``: kind and severity, the kind, else that of ANY."""
    holding = [one for one in standards if one.valid_from is None or one.valid_from <= day]
    for wanted in ((kind, severity), (kind, None), (ANY, None)):
        found = [one for one in holding if (one.kind, one.severity) == wanted]
        if found:
            return max(found, key=lambda one: one.valid_from or date.min)
    raise LookupError(f"no service standard holds for {kind}")


def deadlines(standard: Standard, opened: datetime, own_hours: Decimal | None = None) -> Deadlines:
    """The clocks of an order opened at an aware moment. ``own_hours`` replace what is told."""
    respond_by = opened + _hours(standard.respond_hours)
    if standard.finish_hours is not None:
        finish_by = opened + _hours(standard.finish_hours)
    else:
        assert standard.finish_working_days is not None
        finish_by = working_days_later(opened, standard.finish_working_days)
    promised_at = respond_by if standard.told == "respond" else finish_by
    if own_hours is not None:
        promised_at = opened + _hours(own_hours)
        finish_by = max(finish_by, promised_at)
    return Deadlines(respond_by, finish_by, promised_at, standard.source)


def working_days_later(opened: datetime, days: int) -> datetime:
    """The same time of day, so many working days on; the day of the request does not count."""
    moment = opened
    while days > 0:
        moment += timedelta(days=1)
        days -= is_business_day(moment.date())
    return moment


def _hours(hours: Decimal) -> timedelta:
    return timedelta(minutes=int(hours * 60))


def _standard(entry: Mapping[str, Any]) -> Standard:
    finish = entry.get("finish_hours")
    days = entry.get("finish_working_days")
    if (finish is None) == (days is None) or entry["told"] not in ("respond", "finish"):
        raise ValueError(f"service standard of {entry['kind']}: one end, told or not")
    valid_from = entry["valid_from"]
    return Standard(
        kind=entry["kind"],
        severity=entry.get("severity"),
        valid_from=date.fromisoformat(valid_from) if valid_from else None,
        respond_hours=Decimal(entry["respond_hours"]),
        finish_hours=None if finish is None else Decimal(finish),
        finish_working_days=days,
        told=entry["told"],
        source=entry["source"],
    )
