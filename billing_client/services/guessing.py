"""Limits on guessing: how often a caller, a network address or an account may be tried."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import TooManyTries
from billing_client.store.locks import lock_names
from billing_client.store.tables import guess
from billing_client.views import Caller

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Limit:
    """At most ``count`` of a kind for one subject within ``window``."""

    kind: str
    subject: str
    count: int
    window: timedelta


def look_up_limits(caller: Caller, account_no: str) -> tuple[Limit, ...]:
    """Asking for codes of accounts, found or not. A family behind one address is not locked out."""
    limits = [
        Limit("look_up", _caller(caller), 10, HOUR),
        Limit("look_up", f"account:{account_no}", 10, HOUR),
        Limit("account", _caller(caller), 5, HOUR),
    ]
    if caller.address:
        limits += [
            Limit("look_up", f"address:{caller.address}", 60, HOUR),
            Limit("account", f"address:{caller.address}", 20, HOUR),
        ]
    return tuple(limits)


def code_limits(caller: Caller, account_no: str) -> tuple[Limit, ...]:
    """Codes sent: one a minute, five an hour for a caller, and five an hour for an account."""
    return (
        Limit("sent", _caller(caller), 1, timedelta(minutes=1)),
        Limit("sent", _caller(caller), 5, HOUR),
        Limit("sent", f"account:{account_no}", 5, HOUR),
    )


async def lock(connection: AsyncConnection, limits: Iterable[Limit]) -> None:
    """Let one try of these subjects happen at a time, so that none slips past its limit."""
    await lock_names(connection, *(f"guess:{limit.subject}" for limit in limits))


async def refusal(
    connection: AsyncConnection, limits: Iterable[Limit], now: datetime
) -> TooManyTries | None:
    """The refusal with the longest wait, or None while all limits are kept."""
    waits = [await _wait(connection, limit, now) for limit in limits]
    longest = max(waits, default=timedelta())
    if longest <= timedelta():
        return None
    return TooManyTries(minutes=ceil(longest / timedelta(minutes=1)))


async def record(
    connection: AsyncConnection, kind: str, limits: Iterable[Limit], now: datetime
) -> None:
    """Count one try of a kind for every subject that is limited for it."""
    subjects = {limit.subject for limit in limits if limit.kind == kind}
    rows = [{"kind": kind, "subject": subject, "at": now} for subject in sorted(subjects)]
    await connection.execute(insert(guess), rows)


async def _wait(connection: AsyncConnection, limit: Limit, now: datetime) -> timedelta:
    query = (
        select(guess.c.at)
        .where(
            guess.c.kind == limit.kind,
            guess.c.subject == limit.subject,
            guess.c.at > now - limit.window,
        )
        .order_by(guess.c.at.desc())
        .offset(limit.count - 1)
        .limit(1)
    )
    blocking = (await connection.execute(query)).scalar_one_or_none()
    return timedelta() if blocking is None else blocking + limit.window - now


def _caller(caller: Caller) -> str:
    return f"caller:{caller.channel}:{caller.channel_user}"
