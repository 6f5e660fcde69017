"""Tariffs as data: what a JSON of ``billing_client/tariffs`` means (docs/tariffs.md).

Rules common to the published Chinese tariffs: a boundary volume belongs to the
lower tier, only the part above a limit pays the higher price, and unused volume
of a tier is never carried over. Prices are yuan a m³ as decimal strings in the
data and 1e-4 yuan here; limits are m³ in the data and litres here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from billing_client.domain.money import LITRES_A_M3

FLAT_TIER = 0
MONTHS_A_YEAR = 12

HouseholdMode = Literal["SHIFT", "SHIFT_TIER1_ONLY", "PER_CAPITA"]
PeriodUnit = Literal["YEAR", "TWO_MONTHS", "MONTH"]
Anchor = Literal["FIXED", "ACCOUNT"]
ChangeRule = Literal["FIRST_READING", "SECOND_READING", "BY_DAYS"]
CounterOnChange = Literal["CONTINUE", "RESTART"]
PartYear = Literal["FULL", "PRORATE_MONTHS"]
QuotaScope = Literal["HOUSEHOLD", "PERSON"]
Limits = tuple[int | None, ...]


@dataclass(frozen=True)
class Component:
    """One price on the bill, e.g. 污水处理费. ``prices_e4`` has one price a tier.

    Where the fee is charged on a share of the volume (上海: 0.9), the prices carry the share.
    """

    code: str
    name: str
    prices_e4: tuple[int, ...]
    prices: tuple[str, ...]  # in the words of the tariff
    areas: frozenset[str] = frozenset()  # charged there only; empty = everywhere
    except_areas: frozenset[str] = frozenset()

    def applies_in(self, area: str) -> bool:
        return area not in self.except_areas and (not self.areas or area in self.areas)


@dataclass(frozen=True)
class Household:
    """How the limits grow with the persons of a household (一户多人口).

    SHIFT: each person above ``base`` moves limit i by ``steps_l[i]``.
    SHIFT_TIER1_ONLY: the same for the first limit alone (西安).
    PER_CAPITA: above ``base``, limit i is ``steps_l[i]`` for each person (武汉).
    """

    mode: HouseholdMode
    base: int
    steps_l: tuple[int, ...]


@dataclass(frozen=True)
class Season:
    """Other prices in some months of the year."""

    name: str
    months: frozenset[int]
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Quota:
    """The first litres of each month at flat prices, for a household or for each person."""

    litres_a_month: int
    scope: QuotaScope
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Relief:
    """What 低保 households pay instead: other prices, a cheap quota first, or both."""

    name: str
    components: tuple[Component, ...] | None
    quota: Quota | None


@dataclass(frozen=True)
class FixedCharge:
    """So much a month, whatever is used (南安: waste fee by household)."""

    code: str
    name: str
    price_e4: int  # 1e-4 yuan a month


@dataclass(frozen=True)
class PlanBand:
    """Above the plan, up to so many per cent of it: the price on top."""

    upto_percent: int | None
    price_e4: int


@dataclass(frozen=True)
class OverPlan:
    """超计划(超定额)累进加价, on top of the price (节约用水条例 art. 15)."""

    code: str
    name: str
    bands: tuple[PlanBand, ...]


@dataclass(frozen=True)
class PartYearLimits:
    """Limits that a tariff names for a part of a year (上海 2013: 110/150 for five months)."""

    first: date
    last: date
    limits_l: Limits


@dataclass(frozen=True)
class CustomerClass:
    """The prices of one class. ``limits_l`` ends with None; a flat class has no other entry."""

    code: str
    name: str
    limits_l: Limits
    components: tuple[Component, ...]
    household: Household | None = None
    seasons: tuple[Season, ...] = ()
    relief: Relief | None = None
    fixed: tuple[FixedCharge, ...] = ()
    minimum_fen: int = 0  # a month
    over_plan: OverPlan | None = None
    part_year_limits: tuple[PartYearLimits, ...] = ()

    @property
    def flat(self) -> bool:
        return len(self.limits_l) == 1

    def total_prices_e4(self) -> tuple[int, ...]:
        """The price of all components together, one a tier, where no area is special."""
        usual = [component for component in self.components if not component.areas]
        return tuple(
            sum(component.prices_e4[tier] for component in usual)
            for tier in range(len(self.limits_l))
        )

    def components_in(self, month: int) -> tuple[Component, ...]:
        """The prices of a month, 1 to 12."""
        for season in self.seasons:
            if month in season.months:
                return season.components
        return self.components

    def limits_on(self, day: date) -> Limits:
        for own in self.part_year_limits:
            if own.first <= day <= own.last:
                return own.limits_l
        return self.limits_l


@dataclass(frozen=True)
class TierPeriod:
    """Over which span volumes are counted against the limits.

    A year from ``start``, or from the day the account was opened (南京); a month; two months.
    """

    unit: PeriodUnit
    start_month: int = 1
    start_day: int = 1
    anchor: Anchor = "FIXED"


@dataclass(frozen=True)
class Tariff:
    """One version of a city's prices.

    ``change_rule`` says what the change to this version means for a reading that spans it:
    the whole volume of the first reading on or after ``valid_from`` (「抄见水量」, the usual
    wording), of the second (西安 2015), or each day's share at its own price.
    """

    tariff_id: str
    city: str
    valid_from: date
    valid_to: date | None
    source: str
    period: TierPeriod
    household: Household | None
    classes: Mapping[str, CustomerClass]
    change_rule: ChangeRule = "FIRST_READING"
    counter_on_change: CounterOnChange = "CONTINUE"
    part_year: PartYear = "FULL"

    def customer_class(self, code: str) -> CustomerClass:
        """Raises ValueError when the tariff has no prices for this class."""
        if code not in self.classes:
            raise ValueError(f"tariff {self.tariff_id} has no class {code}")
        return self.classes[code]

    @property
    def areas(self) -> frozenset[str]:
        """The areas that some price names."""
        return frozenset(
            area
            for prices in self.classes.values()
            for component in prices.components
            for area in component.areas | component.except_areas
        )

    def limits_for(
        self,
        code: str,
        persons: int,
        *,
        months: int = 1,
        part_months: int = MONTHS_A_YEAR,
        day: date | None = None,
    ) -> Limits:
        """The tier limits in litres of a household of this size.

        ``months``: so many were read at once; limits of a month or two grow with them.
        ``part_months``: so many of the year the account has; the limits of a year shrink by
        twelfths, up to whole m³ in the customer's favour. Limits that the tariff itself
        names for the part of a year around ``day`` come first.
        """
        prices = self.customer_class(code)
        limits = prices.limits_l if day is None else prices.limits_on(day)
        times = self._periods(months)
        return tuple(
            None if limit is None else _shrunk(limit * times, part_months)
            for limit in _grown(limits, prices.household, persons)
        )

    def _periods(self, months: int) -> int:
        if self.period.unit == "MONTH":
            return months
        return -(-months // 2) if self.period.unit == "TWO_MONTHS" else 1


def _grown(limits: Limits, rule: Household | None, persons: int) -> Limits:
    if len(limits) == 1 or rule is None or persons <= rule.base:
        return limits
    steps = rule.steps_l
    if rule.mode == "SHIFT_TIER1_ONLY":
        steps = (steps[0], *(0 for _ in limits[2:]))
    grown: list[int | None] = []
    for limit, step in zip(limits[:-1], steps, strict=True):
        assert limit is not None
        extra = persons - rule.base
        grown.append(step * persons if rule.mode == "PER_CAPITA" else limit + step * extra)
    return (*grown, None)


def _shrunk(limit_l: int, part_months: int) -> int:
    if part_months >= MONTHS_A_YEAR:
        return limit_l
    whole_m3 = -(-limit_l * part_months // (MONTHS_A_YEAR * LITRES_A_M3))
    return whole_m3 * LITRES_A_M3


def split(volume_l: int, prior_l: int, limits_l: Limits) -> tuple[int, ...]:
    """The litres that fall into each tier when ``prior_l`` were used in the period before."""
    position, left, parts = prior_l, volume_l, list[int]()
    for limit in limits_l:
        part = left if limit is None else max(0, min(left, limit - position))
        parts.append(part)
        position, left = position + part, left - part
    return tuple(parts)
