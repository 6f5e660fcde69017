"""What an account used since its last bill: a stretch of each of its meters.

A meter that was exchanged counts until the reading it was removed with, the new one from
the reading it was fitted with (old 1234 to 1250, new 3 to 17: 30 m³), so that the uses add up.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, RowMapping, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import bill, bill_stretch, meter, reading


class NoReading(LookupError):
    """The period cannot be billed: no reading later than the last one that was billed."""


class ReadingTooLow(NoReading):
    """The reading lies below the last real one: somebody has to look at the meter."""


class EstimateTooHigh(NoReading):
    """The real reading lies below an estimate that was billed: that bill is to be corrected."""


@dataclass(frozen=True)
class Stretch:
    meter_no: str
    from_l: int
    to_l: int
    read_from: date
    read_to: date
    estimated: bool = False

    @property
    def used_l(self) -> int:
        return self.to_l - self.from_l


@dataclass(frozen=True)
class _Point:
    """Where a meter stood when it was billed last, or when it was fitted."""

    index_l: int
    on: date
    billed: bool
    estimated: bool = False


async def stretches(
    connection: AsyncConnection, account_no: str, until: date
) -> tuple[Stretch, ...]:
    """What no bill has yet, up to ``until``; the fitted meter's first. Raises NoReading.

    A bill begins where the last one of the meter ended, whatever month that was made for.
    """
    query = (
        select(meter)
        .where(meter.c.account_no == account_no, meter.c.installed_on <= until)
        .order_by(meter.c.removed_on.is_not(None), meter.c.installed_on)
    )
    found: list[Stretch] = []
    missing: list[tuple[str, bool]] = []
    for fitted in (await connection.execute(query)).mappings():
        start = await _start(connection, fitted)
        end = await _end(connection, fitted, start.on, until)
        if end is not None:
            found.append(_stretch(fitted["meter_no"], start, end))
        elif fitted["removed_on"] is None:
            missing.append((fitted["meter_no"], start.billed))
    # A meter fitted since the last bill may be without a reading when the one before it has one.
    lacking = [meter_no for meter_no, billed in missing if billed or not found]
    if lacking or not found:
        raise NoReading(f"{account_no} {' '.join(lacking)}".rstrip())
    return tuple(found)


def _stretch(meter_no: str, start: _Point, end: _Point) -> Stretch:
    """A meter never runs backwards: without a look at it such a reading is no ground for a bill."""
    if end.index_l < start.index_l:
        raise (EstimateTooHigh if start.estimated else ReadingTooLow)(meter_no)
    return Stretch(meter_no, start.index_l, end.index_l, start.on, end.on, end.estimated)


async def billed_until(
    connection: AsyncConnection, account_no: str, meter_no: str
) -> tuple[date, int] | None:
    """Day and reading that the meter was billed up to last; None when it never was."""
    row = await _last_billed(connection, account_no, meter_no)
    return None if row is None else (row.read_to, row.reading_to_l)


async def _start(connection: AsyncConnection, fitted: RowMapping) -> _Point:
    row = await _last_billed(connection, fitted["account_no"], fitted["meter_no"])
    if row is None:
        return _Point(fitted["initial_l"], fitted["installed_on"], billed=False)
    return _Point(row.reading_to_l, row.read_to, billed=True, estimated=row.estimated)


async def _last_billed(
    connection: AsyncConnection, account_no: str, meter_no: str
) -> Row[Any] | None:
    main = select(bill.c.reading_to_l, bill.c.read_to, bill.c.estimated).where(
        bill.c.account_no == account_no, bill.c.meter_no == meter_no
    )
    further = select(
        bill_stretch.c.reading_to_l, bill_stretch.c.read_to, bill_stretch.c.estimated
    ).where(bill_stretch.c.account_no == account_no, bill_stretch.c.meter_no == meter_no)
    billed = union_all(main, further).subquery()
    newest = select(billed).order_by(billed.c.read_to.desc()).limit(1)
    return (await connection.execute(newest)).first()


async def _end(
    connection: AsyncConnection, fitted: RowMapping, after: date, until: date
) -> _Point | None:
    """Its final reading when it was removed by then, else its newest reading."""
    removed_on, final_l = fitted["removed_on"], fitted["final_l"]
    if removed_on is not None and removed_on <= until:
        if final_l is None or removed_on <= after:
            return None
        return _Point(final_l, removed_on, billed=False)
    newest = (
        select(reading)
        .where(
            reading.c.account_no == fitted["account_no"],
            reading.c.meter_no == fitted["meter_no"],
            reading.c.read_on > after,
            reading.c.read_on <= until,
        )
        .order_by(reading.c.read_on.desc())
        .limit(1)
    )
    row = (await connection.execute(newest)).mappings().first()
    if row is None:
        return None
    estimated = row["source"] == "estimate"
    return _Point(row["reading_l"], row["read_on"], billed=False, estimated=estimated)
