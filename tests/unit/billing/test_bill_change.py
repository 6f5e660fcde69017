"""The parts of a difference between two bills add up, and each part has its cause."""

from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.bill import compute, tiers_of
from billing_client.domain.bill_change import BillFigures, change
from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.services.tariffs import shipped

TIANJIN = parse(shipped("TJ-2016"))
BEIJING = parse(shipped("BJ-RES-2014"))


def figures(used_l: int, prior_l: int, tariff: Tariff = TIANJIN) -> BillFigures:
    bill = compute(tariff, "RESIDENT", persons=3, prior_l=prior_l, used_l=used_l)
    tiers = tiers_of(bill.lines, tariff.limits_for("RESIDENT", 3))
    first = tariff.customer_class("RESIDENT").total_prices_e4()[0]
    return BillFigures(bill.total_fen, used_l, first, tiers)


def test_more_water_and_a_higher_tier_are_told_apart() -> None:
    parts = change(figures(20_000, 175_000), figures(10_000, 0))
    assert (parts.use_fen, parts.tier_fen, parts.price_fen, parts.other_fen) == (
        4_900, 1_950, 0, 0,  # 10 m³ at 4.90; 15 m³ in tier 2, 1.30 dearer
    )  # fmt: skip


def test_another_price_is_told() -> None:
    parts = change(figures(10_000, 0, BEIJING), figures(10_000, 0))
    assert (parts.use_fen, parts.tier_fen, parts.price_fen) == (0, 0, 100)


@given(*[st.integers(0, 400_000)] * 4, st.sampled_from([TIANJIN, BEIJING]))
def test_the_parts_add_up(
    used: int, prior: int, before: int, prior_then: int, tariff: Tariff
) -> None:
    now, then = figures(used, prior, tariff), figures(before, prior_then)
    parts = change(now, then)
    total = parts.use_fen + parts.tier_fen + parts.price_fen + parts.other_fen
    assert total == now.total_fen - then.total_fen
    assert abs(parts.other_fen) <= 5  # rounding of two bills and three parts
