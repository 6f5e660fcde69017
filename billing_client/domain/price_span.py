"""Which prices count for which part of a reading: changes of tariff and of season."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing_client.domain.tariff import Tariff

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PriceSpan:
    """Days of a reading under one price list: (``days_before``, ``days_upto``] of ``days``.

    ``day`` is its last day and decides the season.
    """

    tariff: Tariff
    day: date
    days_before: int
    days_upto: int
    days: int

    def litres(self, used_l: int) -> tuple[int, int]:
        """(litres used before the span, litres in it). All spans add up to ``used_l``."""
        before = used_l * self.days_before // self.days
        return before, used_l * self.days_upto // self.days - before


def price_spans(
    versions: Sequence[Tariff], read_from: date, read_to: date
) -> tuple[PriceSpan, ...]:
    """The price lists of what was used after ``read_from`` until ``read_to``, oldest first.

    Raises LookupError when no version was in force for a part of it.
    """
    days = (read_to - read_from).days
    found: list[PriceSpan] = []
    for tariff, first, last in _in_force(versions, read_from, read_to):
        for start, end in _seasons(tariff, first, last):
            before = (start - read_from).days - 1
            found.append(PriceSpan(tariff, end, before, (end - read_from).days, days))
    return tuple(sorted(found, key=lambda span: span.days_before))


def _in_force(
    versions: Sequence[Tariff], read_from: date, read_to: date
) -> Iterator[tuple[Tariff, date, date]]:
    """From the newest version back, until the whole reading has its prices."""
    end, awaited = read_to, False
    for tariff in sorted(versions, key=lambda it: (it.valid_from, it.tariff_id), reverse=True):
        starts = _first_day(tariff, read_from, end)
        # Prices that end hold on until the first reading that the next ones count for.
        ended = tariff.valid_to is not None and tariff.valid_to < end and not awaited
        awaited = awaited or (starts is None and tariff.valid_from <= end)
        if starts is None or ended:
            continue
        yield tariff, starts, end
        end = starts - ONE_DAY
        if end == read_from:
            return
    raise LookupError(f"no tariff is loaded for {end}")


def _first_day(tariff: Tariff, read_from: date, end: date) -> date | None:
    """The first day of the reading that the version prices; None when it prices none."""
    if tariff.change_rule == "BY_DAYS":
        return None if tariff.valid_from > end else max(tariff.valid_from, read_from + ONE_DAY)
    # The day that must lie on or after the change: this reading, or the one before it.
    decisive = end if tariff.change_rule == "FIRST_READING" else read_from
    return read_from + ONE_DAY if tariff.valid_from <= decisive else None


def _seasons(tariff: Tariff, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Split by the months in which other prices begin, when the tariff counts by days."""
    if tariff.change_rule == "BY_DAYS":
        month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        while month <= last:
            if _prices(tariff, month) != _prices(tariff, month - ONE_DAY):
                yield first, month - ONE_DAY
                first = month
            month = (month + timedelta(days=32)).replace(day=1)
    yield first, last


def _prices(tariff: Tariff, day: date) -> list[object]:
    return [prices.components_in(day.month) for prices in tariff.classes.values()]
