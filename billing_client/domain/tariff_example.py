"""The worked examples of a tariff's file, recomputed: what the price notice itself says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing_client.domain.bill import ComputedBill, Part, compute_parts
from billing_client.domain.money import litres
from billing_client.domain.price_card import Kind, card_of
from billing_client.domain.tariff import MONTHS_A_YEAR, Tariff


@dataclass(frozen=True)
class Wrong:
    example: str
    component: str
    expected_fen: int
    computed_fen: int


def compute_example(tariff: Tariff, example: Mapping[str, Any]) -> ComputedBill:
    """Raises ValueError or KeyError when the example does not fit the tariff."""
    kind = Kind(
        customer_class=example["class"],
        persons=example.get("persons", 3),
        low_income=example.get("low_income", False),
        area=example.get("area", ""),
        months=example.get("months", 1),
        part_months=example.get("part_months", MONTHS_A_YEAR),
    )
    day = date.fromisoformat(example["day"]) if "day" in example else tariff.valid_from
    plan_l = litres(example["plan_m3"]) if "plan_m3" in example else None
    prior_l, used_l = litres(example.get("prior_m3", "0")), litres(example["used_m3"])
    return compute_parts([Part(card_of(tariff, kind, day), prior_l, 0, used_l, plan_l)])


def wrong_examples(tariff: Tariff, data: Mapping[str, Any]) -> Iterator[Wrong]:
    """The components of ``data["examples"]`` that do not come out as written."""
    for example in data.get("examples", ()):
        bill = compute_example(tariff, example)
        computed = {item.component: item.amount_fen for item in bill.items}
        expected: Mapping[str, int] = example["fen"]
        for component in sorted(computed.keys() | expected.keys()):
            pair = expected.get(component, 0), computed.get(component, 0)
            if pair[0] != pair[1]:
                yield Wrong(example["id"], component, *pair)
