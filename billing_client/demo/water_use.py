"""How much water the invented customers use: whole m³ a month, litres a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from billing_client.demo.calendar import Month

# Per cent of an average month, January first: summers are thirsty.
SEASON = (92, 88, 92, 96, 102, 110, 118, 116, 106, 96, 92, 92)
BASE_M3 = {  # (least, most) a month
    "RESIDENT": (6, 13),
    "SHARED": (90, 260),
    "INSTITUTION": (80, 400),
    "NON_RESIDENT": (15, 120),
    "SPECIAL": (60, 180),
}
NIGHT_LEAK_L_PER_HOUR = 24
DAYS_KEPT = 400
HOURS_KEPT_DAYS = 35
# Of a hundred litres of a day, by the hour from midnight: mornings and evenings are busy,
# the small hours dry.
HOURS = (1, 0, 0, 0, 0, 3, 8, 10, 7, 4, 3, 4, 6, 4, 3, 3, 4, 6, 9, 9, 7, 5, 3, 1)
DAY_COLUMNS = ("daily_usage", "account_no", "day", "used_l", "night_l_per_hour", "hours_l")


@dataclass(frozen=True)
class DayOfUse:
    day: date
    used_l: int
    night_l_per_hour: int
    hours_l: tuple[int, ...] | None = None

    def row(self, account_no: str) -> tuple[object, ...]:
        """The values in the order of ``DAY_COLUMNS``, after the table's name."""
        hours = self.hours_l and f"{{{','.join(map(str, self.hours_l))}}}"
        return (account_no, self.day, self.used_l, self.night_l_per_hour, hours)


def month_m3(random: Random, base_m3: int, month: Month) -> int:
    """Around ``base_m3``, by season and chance (9 to 11 tenths)."""
    return max(1, base_m3 * SEASON[month.number - 1] * random.randint(90, 110) // 10_000)


def spread(total_m3: int, weights: Sequence[int]) -> list[int]:
    """``total_m3`` in parts after ``weights``; the parts add up to it."""
    parts, given, weight_so_far = list[int](), 0, 0
    for weight in weights:
        weight_so_far += weight
        upto = total_m3 * weight_so_far // sum(weights)
        parts.append(upto - given)
        given = upto
    return parts


def days_of_use(
    random: Random,
    months: Iterable[tuple[Month, int]],
    today: date,
    leak_since: date | None = None,
) -> list[DayOfUse]:
    """Days until yesterday that add up to each billed month, at most ``DAYS_KEPT``.

    After the last bill the days go on as in its month. From ``leak_since`` on, the nights
    show a flow that never stops.
    """
    first_kept = today - timedelta(days=DAYS_KEPT)
    days: list[DayOfUse] = []
    last: tuple[date, int] | None = None
    for month, used_m3 in months:
        count = (month.read_to - month.read_from).days
        last = (month.read_to, used_m3 * 1_000 // count)
        if month.read_to >= first_kept:
            days += _month_of_days(month.read_from, _parts(random, used_m3 * 1_000, count))
    if last:
        after, average_l = last
        count = max(0, (today - after).days - 1)
        days += _month_of_days(after, _parts(random, average_l * count, count))
    kept = [day for day in days if day.day >= first_kept]
    if leak_since is not None:
        kept = [_with_leak(day, leak_since) for day in kept]
    return [*kept[:-HOURS_KEPT_DAYS], *(_with_hours(day) for day in kept[-HOURS_KEPT_DAYS:])]


def _with_hours(day: DayOfUse) -> DayOfUse:
    """The hours add up to the day; what leaks runs in each of them."""
    drawn = spread(day.used_l - 24 * day.night_l_per_hour, HOURS)
    hours = tuple(litres + day.night_l_per_hour for litres in drawn)
    return DayOfUse(day.day, day.used_l, day.night_l_per_hour, hours)


def _parts(random: Random, total: int, count: int) -> list[int]:
    """``count`` uneven parts that add up to ``total``."""
    weights = random.choices(range(60, 141), k=count)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    if parts:
        parts[-1] += total - sum(parts)
    return parts


def _month_of_days(after: date, litres: list[int]) -> list[DayOfUse]:
    return [
        DayOfUse(after + timedelta(days=number), used_l, 0)
        for number, used_l in enumerate(litres, start=1)
    ]


def _with_leak(day: DayOfUse, since: date) -> DayOfUse:
    if day.day < since:
        return day
    return DayOfUse(day.day, max(day.used_l, NIGHT_LEAK_L_PER_HOUR * 24), NIGHT_LEAK_L_PER_HOUR)
