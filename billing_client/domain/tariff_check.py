# pyright: standard
# What comes from a file has no types yet; here it gets them.
"""What is wrong in a tariff's JSON, each fault a Chinese sentence that says where and what to do.

Staff write these files; ``xiaoshui billing check-tariff`` prints all faults at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from billing_client.domain import tariff as words
from billing_client.domain.tariff_class_check import class_faults
from billing_client.domain.tariff_data import parse
from billing_client.domain.tariff_example import wrong_examples

TEXTS = ("tariff_id", "city", "valid_from", "source")
KNOWN = {
    *TEXTS,
    *("valid_to", "period", "household", "classes", "examples", "note"),
    *("change_rule", "counter_on_change", "part_year"),
}
CHOICES = {
    "change_rule": get_args(words.ChangeRule),
    "counter_on_change": get_args(words.CounterOnChange),
    "part_year": get_args(words.PartYear),
}
# 发改价格〔2013〕2676号: the prices of the tiers stand at least 1 : 1.5 : 3 to each other.
LEAST_RATIOS = (Decimal(1), Decimal("1.5"), Decimal(3))


def faults(data: Any) -> list[str]:
    """Empty when the tariff can be used."""
    if not isinstance(data, Mapping):
        return ["文件内容应是一个 JSON 对象(大括号)。"]
    found = [*_head(data), *_period(data.get("period")), *_classes(data)]
    return found or [*_whole(data)]


def hints(data: Mapping[str, Any]) -> list[str]:
    """What is allowed and yet unusual. Only for data without faults."""
    found = [] if data.get("examples") else ["没有算例(examples):建议从价格文件抄两三个算例。"]
    for code, prices in data["classes"].items():
        water = prices["components"][0]
        if _below_ratio(water["prices"]):
            found.append(
                f"类别 {code} 的 {water['code']} 阶梯比价低于 1:1.5:3"
                "(发改价格〔2013〕2676号),请确认。"
            )
    return found


def _head(data: Mapping[str, Any]) -> Iterator[str]:
    for name in TEXTS:
        if not isinstance(data.get(name), str) or not data[name].strip():
            yield f"缺少 {name}:请写成一段文字。"
    for name in ("valid_from", "valid_to"):
        if isinstance(data.get(name), str) and not _is_date(data[name]):
            yield f"{name} 应写成 2026-01-31 这样的日期,现在是「{data[name]}」。"
    for name, choices in CHOICES.items():
        if name in data and data[name] not in choices:
            yield f"{name} 只能是 {'、'.join(choices)},现在是「{data[name]}」。"
    for name in data.keys() - KNOWN:
        yield f"不认识的字段「{name}」,请检查拼写。"
    if (data.get("counter_on_change"), data.get("change_rule")) == ("RESTART", "BY_DAYS"):
        yield "按天拆分(BY_DAYS)时用量不能重新累计(RESTART),请改其中一项。"


def _period(period: Any) -> Iterator[str]:
    if not isinstance(period, Mapping):
        yield '缺少 period:例如 {"unit": "YEAR", "start": "01-01"}。'
        return
    if period.get("unit") not in get_args(words.PeriodUnit):
        yield f"period.unit 只能是 YEAR、TWO_MONTHS、MONTH,现在是「{period.get('unit')}」。"
    if not _is_date(f"2026-{period.get('start', '01-01')}"):
        yield f"period.start 应写成 03-01 这样的月日,现在是「{period['start']}」。"
    if period.get("anchor", "FIXED") not in get_args(words.Anchor):
        yield f"period.anchor 只能是 FIXED、ACCOUNT,现在是「{period['anchor']}」。"


def _classes(data: Mapping[str, Any]) -> Iterator[str]:
    classes = data.get("classes")
    if not isinstance(classes, Mapping) or not classes:
        yield "缺少 classes:至少写一个用水类别,例如 RESIDENT。"
        return
    for code, prices in classes.items():
        yield from class_faults(code, prices, data.get("household"))


def _whole(data: Mapping[str, Any]) -> Iterator[str]:
    """Faults that show only when each part is well-formed."""
    try:
        tariff = parse(data)
    except (ValueError, KeyError, TypeError) as error:
        yield f"无法读取:{error}。"
        return
    if tariff.valid_to is not None and tariff.valid_to < tariff.valid_from:
        yield f"valid_to({tariff.valid_to})早于 valid_from({tariff.valid_from})。"
    try:
        for it in wrong_examples(tariff, data):
            yield (
                f"算例 {it.example} 的 {it.component} 应为 {it.expected_fen} 分,"
                f"按本文件算出 {it.computed_fen} 分。"
            )
    except (ValueError, KeyError) as error:
        yield f"算例写得不完整:{error}。"


def _is_date(text: str) -> bool:
    return _reads(date.fromisoformat, text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def _below_ratio(prices: Sequence[str]) -> bool:
    first, *others = (Decimal(price) for price in prices)
    return any(
        price < first * ratio * Decimal("0.99")  # published prices are rounded to fen
        for price, ratio in zip(others, LEAST_RATIOS[1:], strict=False)
    )
