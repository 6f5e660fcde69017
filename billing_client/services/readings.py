"""Taking a reading: kept as it came, judged, and entered when it is believed.

What was handed in is never lost: every reading has a row in ``submitted_reading`` with
the verdict and its reasons. Only believed ones reach ``reading``, which bills are made from.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.reading import (
    HISTORY_DAYS,
    PRECEDENCE,
    MeterFacts,
    PastReading,
    ReadingRule,
    Reason,
    Source,
    Verdict,
    judge,
)
from billing_client.services.measuring import billed_until
from billing_client.store import settings
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import meter, reading, submitted_reading

READING_RULE = "reading_rule"  # the setting {"high_factor": 3, "high_more_m3": 20, "zero_days": 90}
READINGS_LOOKED_AT = 60
LITRES_A_M3 = 1_000


class NoSuchMeter(LookupError):
    """The account has no meter of this number."""


@dataclass(frozen=True)
class NewReading:
    """``shown_l`` is what the dial shows. ``checked``: taken by an order to look again."""

    account_no: str
    meter_no: str
    read_on: date
    shown_l: int
    source: Source
    by: str  # 'web:wang', 'staff:周敏', 'import:8f3a…'
    photos: tuple[str, ...] = ()
    checked: bool = False


@dataclass(frozen=True)
class Recorded:
    """``kept_other``: a reading of the same day with more weight stands already."""

    verdict: str  # accepted | refused | kept_other
    reasons: tuple[Reason, ...]
    index_l: int | None
    used_l: int | None  # since the last real reading
    since: date | None
    submission_id: int
    refused_before: bool  # the same figure was refused once already
    ticket_no: str | None

    @property
    def refusal(self) -> Reason | None:
        return Verdict(self.index_l, self.reasons).refusal


async def record(connection: AsyncConnection, new: NewReading, now: datetime) -> Recorded:
    """Keep the reading, judge it and enter it. Safe to repeat. Raises NoSuchMeter."""
    await lock_account(connection, new.account_no)
    verdict, standing = await weigh(connection, new, now)
    if not verdict.accepted:
        return await _keep(connection, new, "refused", verdict, now)
    if standing is not None and _outweighs(standing, new.source):
        return await _keep(connection, new, "kept_other", verdict, now)
    assert verdict.index_l is not None
    row = {
        "account_no": new.account_no,
        "meter_no": new.meter_no,
        "read_on": new.read_on,
        "reading_l": verdict.index_l,
        "source": new.source,
    }
    statement = insert(reading).values(row)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_no", "meter_no", "read_on"],
            set_={"reading_l": verdict.index_l, "source": new.source},
        )
    )
    return await _keep(connection, new, "accepted", verdict, now)


async def weigh(
    connection: AsyncConnection, new: NewReading, now: datetime
) -> tuple[Verdict, PastReading | None]:
    """The verdict, and the reading of the same day that stands already. Writes nothing."""
    fitted = await _meter(connection, new.account_no, new.meter_no)
    billed = await billed_until(connection, new.account_no, new.meter_no)
    history = await _history(connection, new)
    verdict = judge(
        new.shown_l,
        new.read_on,
        meter=MeterFacts(
            installed_on=fitted["installed_on"],
            removed_on=fitted["removed_on"],
            initial_l=fitted["initial_l"],
            digits=fitted["digits"],
            q3_l_per_hour=fitted["q3_l_per_hour"],
            billed_on=billed[0] if billed else None,
        ),
        history=[past for past in history if past.read_on != new.read_on],
        today=now.astimezone(SHANGHAI).date(),
        rule=await rule(connection),
        checked=new.checked,
    )
    standing = next((past for past in history if past.read_on == new.read_on), None)
    return verdict, standing


async def rule(connection: AsyncConnection) -> ReadingRule:
    """The utility's own limits, or the usual ones."""
    stored: dict[str, Any] = await settings.read(connection, READING_RULE) or {}
    usual = ReadingRule()
    high_more_m3 = stored.get("high_more_m3")
    return ReadingRule(
        high_factor=stored.get("high_factor", usual.high_factor),
        high_more_l=usual.high_more_l if high_more_m3 is None else high_more_m3 * LITRES_A_M3,
        zero_days=stored.get("zero_days", usual.zero_days),
    )


def _outweighs(standing: PastReading, source: Source) -> bool:
    return PRECEDENCE.index(standing.source) > PRECEDENCE.index(source)


async def _meter(connection: AsyncConnection, account_no: str, meter_no: str) -> RowMapping:
    query = select(meter).where(meter.c.account_no == account_no, meter.c.meter_no == meter_no)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NoSuchMeter(f"{account_no} {meter_no}")
    return row


async def _history(connection: AsyncConnection, new: NewReading) -> list[PastReading]:
    """The newest ones until a year and a bit after the reading, oldest first."""
    last = new.read_on + timedelta(days=HISTORY_DAYS)
    query = (
        select(reading.c.read_on, reading.c.reading_l, reading.c.source)
        .where(
            reading.c.account_no == new.account_no,
            reading.c.meter_no == new.meter_no,
            reading.c.read_on <= last,
        )
        .order_by(reading.c.read_on.desc())
        .limit(READINGS_LOOKED_AT)
    )
    rows = (await connection.execute(query)).all()
    return [PastReading(row.read_on, row.reading_l, Source(row.source)) for row in reversed(rows)]


async def _keep(
    connection: AsyncConnection, new: NewReading, outcome: str, verdict: Verdict, now: datetime
) -> Recorded:
    same = (
        submitted_reading.c.account_no == new.account_no,
        submitted_reading.c.meter_no == new.meter_no,
        submitted_reading.c.read_on == new.read_on,
        submitted_reading.c.source == new.source,
        submitted_reading.c.shown_l == new.shown_l,
    )
    before = (await connection.execute(select(submitted_reading).where(*same))).mappings().first()
    judged = {"verdict": outcome, "reasons": list(verdict.reasons)}
    row = {
        "account_no": new.account_no,
        "meter_no": new.meter_no,
        "read_on": new.read_on,
        "shown_l": new.shown_l,
        "source": new.source,
        "submitted_by": new.by,
        "submitted_at": now,
        "photos": list(new.photos),
    }
    statement = (
        insert(submitted_reading)
        .values(row | judged)
        .on_conflict_do_update(
            index_elements=["account_no", "meter_no", "read_on", "source", "shown_l"], set_=judged
        )
        .returning(submitted_reading.c.submission_id)
    )
    return Recorded(
        verdict=outcome,
        reasons=verdict.reasons,
        index_l=verdict.index_l,
        used_l=verdict.used_l,
        since=verdict.since,
        submission_id=int((await connection.execute(statement)).scalar_one()),
        refused_before=before is not None and before["verdict"] == "refused",
        ticket_no=before["ticket_no"] if before else None,
    )
