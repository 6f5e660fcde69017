# pyright: standard
# What comes from a file has no types yet; here it gets them.
"""What is wrong in the prices of one class of a tariff's JSON, in Chinese sentences."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from billing_client.domain import tariff as words
from billing_client.domain.money import litres, price_e4

KNOWN = {
    *("name", "tiers_upto", "components", "household", "seasons", "relief", "fixed"),
    *("minimum_yuan_per_month", "over_plan", "part_year_limits"),
}


def class_faults(code: str, prices: Any, household: Any) -> Iterator[str]:
    where = f"类别 {code}"
    if not isinstance(prices, Mapping):
        yield f"{where} 应是一个对象(大括号)。"
        return
    if not isinstance(prices.get("name"), str):
        yield f"{where} 缺少 name(中文名称)。"
    for name in prices.keys() - KNOWN:
        yield f"{where} 有不认识的字段「{name}」,请检查拼写。"
    tiers = prices.get("tiers_upto", [None])
    broken = [*_limits(where, tiers)]
    yield from broken
    if broken:
        return
    yield from _components(where, prices.get("components"), len(tiers))
    if len(tiers) > 1:
        yield from _household(where, prices.get("household", household), len(tiers) - 1)
    yield from _seasons(where, prices.get("seasons", ()), len(tiers))
    yield from _relief(where, prices.get("relief"), len(tiers))
    yield from _charges(where, prices)
    yield from _over_plan(where, prices.get("over_plan"))


def _limits(where: str, tiers: Any) -> Iterator[str]:
    if not isinstance(tiers, Sequence) or not tiers or tiers[-1] is not None:
        yield f"{where} 的 tiers_upto 最后一档要写 null(没有上限)。"
        return
    before = Decimal(0)
    for number, limit in enumerate(tiers[:-1], start=1):
        if not _is_volume(limit):
            yield f'{where} 第 {number} 档上限应写成 "180" 这样的立方米数,现在是「{limit}」。'
            return
        if Decimal(limit) <= before:
            yield f"{where} 第 {number} 档上限 {limit} 没有高于前一档 {before}。"
        before = Decimal(limit)


def _components(where: str, components: Any, tiers: int) -> Iterator[str]:
    if not isinstance(components, Sequence) or not components:
        yield f"{where} 缺少 components:至少写一项价格。"
        return
    for number, component in enumerate(components, start=1):
        here = f"{where} 第 {number} 项价格"
        if not isinstance(component, Mapping) or not {"code", "name"} <= component.keys():
            yield f"{here} 缺少 code 或 name。"
            continue
        prices = component.get("prices")
        if not isinstance(prices, Sequence) or isinstance(prices, str) or len(prices) != tiers:
            yield f"{here}({component['code']})应有 {tiers} 个价格,每档一个。"
            continue
        ratio = component.get("volume_ratio", "1")
        for price in prices:
            if not _is_price(price, ratio):
                yield (
                    f'{here}({component["code"]})的「{price}」应写成 "2.07" 这样的元价,'
                    "乘以水量比例后最多四位小数,不能为负。"
                )


def _household(where: str, household: Any, limits: int) -> Iterator[str]:
    if household is None:
        return
    mode = household.get("mode") if isinstance(household, Mapping) else None
    if mode not in get_args(words.HouseholdMode):
        yield f"{where} 的 household.mode 只能是 SHIFT、SHIFT_TIER1_ONLY、PER_CAPITA。"
        return
    if not isinstance(household.get("base"), int):
        yield f"{where} 的 household 缺少 base(几口人起算,整数)。"
    name = "per_person" if mode == "PER_CAPITA" else "per_extra"
    steps = household.get(name)
    if not isinstance(steps, Sequence) or not steps or not all(_is_volume(step) for step in steps):
        yield f'{where} 的 household.{name} 应写成 ["30", "30"] 这样的立方米数。'
    elif mode != "SHIFT_TIER1_ONLY" and len(steps) != limits:
        yield f"{where} 的 household.{name} 应有 {limits} 个数,每个上限一个。"


def _seasons(where: str, seasons: Any, tiers: int) -> Iterator[str]:
    taken: set[int] = set()
    for season in seasons:
        name = season.get("name", "?")
        months = season.get("months", ())
        if not months or not all(isinstance(it, int) and 1 <= it <= 12 for it in months):
            yield f"{where} 季节「{name}」的 months 应是 1 到 12 的月份。"
        if taken & set(months):
            yield f"{where} 季节「{name}」和别的季节有重叠的月份。"
        taken |= set(months)
        yield from _components(f"{where} 季节「{name}」", season.get("components"), tiers)


def _relief(where: str, relief: Any, tiers: int) -> Iterator[str]:
    if relief is None:
        return
    if not {"components", "quota"} & relief.keys() or "name" not in relief:
        yield f"{where} 的 relief 要有 name,以及 components(优惠价)或 quota(优惠水量)。"
    if "components" in relief:
        yield from _components(f"{where} 优惠", relief["components"], tiers)
    if "quota" not in relief:
        return
    quota = relief["quota"]
    if quota.get("per") not in get_args(words.QuotaScope):
        yield f"{where} 优惠水量的 per 只能是 HOUSEHOLD(每户)或 PERSON(每人)。"
    if not _is_volume(quota.get("m3_per_month")):
        yield f'{where} 优惠水量的 m3_per_month 应写成 "7" 这样的立方米数。'
    yield from _components(f"{where} 优惠水量", quota.get("components"), 1)


def _charges(where: str, prices: Mapping[str, Any]) -> Iterator[str]:
    for charge in prices.get("fixed", ()):
        named = {"code", "name"} <= charge.keys()
        if not named or not _is_price(charge.get("yuan_per_month"), "1"):
            yield f'{where} 的固定收费要有 code、name 和 yuan_per_month(如 "8.00")。'
    minimum = prices.get("minimum_yuan_per_month", "0")
    if not _is_price(minimum, "1") or Decimal(minimum) * 100 % 1:
        yield f"{where} 的 minimum_yuan_per_month 应精确到分,现在是「{minimum}」。"


def _over_plan(where: str, over_plan: Any) -> Iterator[str]:
    if over_plan is None:
        return
    bands = over_plan.get("bands") or []
    uptos = [band.get("upto_percent") for band in bands]
    if not over_plan.get("on") or not bands:
        yield f"{where} 的 over_plan 要有 on(加价的价格项)和 bands(分档)。"
    elif uptos[-1] is not None or None in uptos[:-1] or uptos[:-1] != sorted(set(uptos[:-1])):
        yield f"{where} 的 over_plan 各档 upto_percent 要递增,最后一档写 null。"
    if not all(_is_price(band.get("times"), "1") for band in bands):
        yield f'{where} 的 over_plan 每档要有 times(加价倍数,如 "1")。'


def _is_volume(value: Any) -> bool:
    try:
        return isinstance(value, str) and litres(value) > 0
    except (ValueError, InvalidOperation):
        return False


def _is_price(value: Any, ratio: Any) -> bool:
    try:
        return isinstance(value, str) and isinstance(ratio, str) and price_e4(value, ratio) >= 0
    except (ValueError, InvalidOperation):
        return False
