"""Reads the JSON of a tariff. What a person should be told of a faulty one: tariff_check.py."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing_client.domain.money import litres, price_e4
from billing_client.domain.tariff import (
    Component,
    CustomerClass,
    FixedCharge,
    Household,
    Limits,
    OverPlan,
    PartYearLimits,
    PlanBand,
    Quota,
    Relief,
    Season,
    Tariff,
    TierPeriod,
)

OVER_PLAN = "OVER_PLAN"
FEN_A_YUAN = 100
Data = Mapping[str, Any]


def parse(data: Data) -> Tariff:
    """Raises ValueError naming what is wrong in the data."""
    try:
        return _tariff(data)
    except KeyError as missing:
        raise ValueError(f"tariff {data.get('tariff_id')} lacks {missing}") from missing


def _tariff(data: Data) -> Tariff:
    household = _household(data.get("household"))
    return Tariff(
        tariff_id=data["tariff_id"],
        city=data["city"],
        valid_from=date.fromisoformat(data["valid_from"]),
        valid_to=date.fromisoformat(data["valid_to"]) if data.get("valid_to") else None,
        source=data["source"],
        period=_period(data["period"]),
        household=household,
        classes={code: _class(code, entry, household) for code, entry in data["classes"].items()},
        change_rule=data.get("change_rule", "FIRST_READING"),
        counter_on_change=data.get("counter_on_change", "CONTINUE"),
        part_year=data.get("part_year", "FULL"),
    )


def _period(data: Data) -> TierPeriod:
    if data["unit"] != "YEAR":
        return TierPeriod(data["unit"])
    month, day = (int(part) for part in data.get("start", "01-01").split("-"))
    return TierPeriod("YEAR", month, day, data.get("anchor", "FIXED"))


def _household(data: Data | None) -> Household | None:
    if data is None:
        return None
    steps: Sequence[str] = data["per_person" if data["mode"] == "PER_CAPITA" else "per_extra"]
    return Household(data["mode"], data["base"], tuple(litres(step) for step in steps))


def _class(code: str, data: Data, household: Household | None) -> CustomerClass:
    limits = _limits(code, data.get("tiers_upto", [None]))
    components = _components(code, data["components"], len(limits))
    return CustomerClass(
        code,
        data["name"],
        limits,
        components,
        household=_household(data["household"]) if "household" in data else household,
        seasons=tuple(_season(code, entry, len(limits)) for entry in data.get("seasons", ())),
        relief=_relief(code, data.get("relief"), len(limits)),
        fixed=tuple(_fixed(entry) for entry in data.get("fixed", ())),
        minimum_fen=_fen(data.get("minimum_yuan_per_month", "0")),
        over_plan=_over_plan(data.get("over_plan"), components),
        part_year_limits=tuple(_part_year(code, it) for it in data.get("part_year_limits", ())),
    )


def _limits(code: str, entries: Sequence[str | None]) -> Limits:
    limits = tuple(None if m3 is None else litres(m3) for m3 in entries)
    if not limits or limits[-1] is not None or None in limits[:-1]:
        raise ValueError(f"class {code}: exactly the last tier is without a limit")
    return limits


def _components(code: str, entries: Sequence[Data], tiers: int) -> tuple[Component, ...]:
    components = tuple(_component(entry) for entry in entries)
    for component in components:
        if len(component.prices_e4) != tiers:
            raise ValueError(f"class {code}: {component.code} needs a price for each tier")
    return components


def _component(data: Data) -> Component:
    ratio: str = data.get("volume_ratio", "1")
    prices: tuple[str, ...] = tuple(data["prices"])
    return Component(
        data["code"],
        data["name"],
        tuple(price_e4(price, ratio) for price in prices),
        prices,
        frozenset(data.get("areas", ())),
        frozenset(data.get("except_areas", ())),
    )


def _season(code: str, data: Data, tiers: int) -> Season:
    components = _components(code, data["components"], tiers)
    return Season(data["name"], frozenset(data["months"]), components)


def _relief(code: str, data: Data | None, tiers: int) -> Relief | None:
    if data is None:
        return None
    own = _components(code, data["components"], tiers) if "components" in data else None
    quota = None
    if "quota" in data:
        it = data["quota"]
        flat = _components(code, it["components"], 1)
        quota = Quota(litres(it["m3_per_month"]), it["per"], flat)
    return Relief(data["name"], own, quota)


def _fixed(data: Data) -> FixedCharge:
    return FixedCharge(data["code"], data["name"], price_e4(data["yuan_per_month"]))


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * FEN_A_YUAN)


def _over_plan(data: Data | None, components: Sequence[Component]) -> OverPlan | None:
    """Each band costs so many times the prices of the components that ``on`` names."""
    if data is None:
        return None
    base = sum(it.prices_e4[0] for it in components if it.code in data["on"] and not it.areas)
    bands = tuple(
        PlanBand(band.get("upto_percent"), int(base * Decimal(band["times"])))
        for band in data["bands"]
    )
    return OverPlan(OVER_PLAN, data.get("name", "超计划用水加价"), bands)


def _part_year(code: str, data: Data) -> PartYearLimits:
    return PartYearLimits(
        date.fromisoformat(data["from"]),
        date.fromisoformat(data["to"]),
        _limits(code, data["tiers_upto"]),
    )
