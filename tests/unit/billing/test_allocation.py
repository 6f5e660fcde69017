"""Money is shared to the last fen, by the rule, whatever is open."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.allocation import (
    AllocationRule,
    OpenBill,
    Share,
    by_component,
    parse,
    shares_of,
)

OLD = OpenBill(1, date(2026, 10, 5), late_fee_fen=30, principal_fen=1000)
NEW = OpenBill(2, date(2026, 11, 5), late_fee_fen=20, principal_fen=500)
fen = st.integers(0, 100_000)
rules = st.builds(
    AllocationRule,
    st.sampled_from(["FIRST", "LAST", "AFTER_ALL_BILLS"]),
    st.sampled_from([(), ("SEWAGE", "WATER"), ("WATER",), ("WASTE", "SEWAGE")]),
)
bills = st.lists(
    st.builds(
        OpenBill,
        st.integers(1, 9),
        st.integers(0, 400).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
        fen,
        fen,
    ),
    max_size=6,
    unique_by=lambda bill: bill.bill_id,
)
items = st.dictionaries(st.sampled_from(["WATER", "SEWAGE", "WASTE", "RESOURCE"]), fen, min_size=1)


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("FIRST", ["1 late_fee", "1 principal", "2 late_fee", "2 principal"]),
        ("LAST", ["1 principal", "1 late_fee", "2 principal", "2 late_fee"]),
        ("AFTER_ALL_BILLS", ["1 principal", "2 principal", "1 late_fee", "2 late_fee"]),
    ],
)
def test_where_the_late_fee_stands(place: str, order: list[str]) -> None:
    shares = shares_of(10_000, [NEW, OLD], rule=parse({"late_fee": place}))
    assert [f"{share.bill_id} {share.part}" for share in shares] == order


@given(fen, bills, st.lists(st.integers(1, 9), unique=True, max_size=3), rules)
def test_all_money_is_used_or_all_is_settled(
    amount: int, open_bills: list[OpenBill], named: list[int], rule: AllocationRule
) -> None:
    shares = shares_of(amount, open_bills, named, rule)
    owed = {(one.bill_id, "late_fee"): one.late_fee_fen for one in open_bills}
    owed |= {(one.bill_id, "principal"): one.principal_fen for one in open_bills}
    assert sum(share.amount_fen for share in shares) == min(amount, sum(owed.values()))
    taken = {(share.bill_id, share.part): share.amount_fen for share in shares}
    assert len(taken) == len(shares), "a part is settled in one piece"
    assert all(0 < taken[key] <= owed[key] for key in taken)
    # Only the last share may leave something open.
    assert all(taken[key] == owed[key] for key in list(taken)[:-1])


@given(fen, fen, bills, st.lists(st.integers(1, 9), unique=True, max_size=3), rules)
def test_paying_in_two_parts_settles_what_one_payment_settles(
    first: int, second: int, open_bills: list[OpenBill], named: list[int], rule: AllocationRule
) -> None:
    def after(amount: int, before: list[OpenBill]) -> list[OpenBill]:
        taken = {(s.bill_id, s.part): s.amount_fen for s in shares_of(amount, before, named, rule)}
        return [
            OpenBill(
                one.bill_id, one.due_on,
                one.late_fee_fen - taken.get((one.bill_id, "late_fee"), 0),
                one.principal_fen - taken.get((one.bill_id, "principal"), 0),
            )
            for one in before
        ]  # fmt: skip

    assert after(second, after(first, open_bills)) == after(first + second, open_bills)


@given(items, st.data(), rules)
def test_components_add_up_to_what_was_paid(
    charged: dict[str, int], data: st.DataObject, rule: AllocationRule
) -> None:
    paid = data.draw(st.integers(0, sum(charged.values())))
    parts = by_component(charged, paid, rule)
    assert parts.keys() == charged.keys()
    assert sum(parts.values()) == paid
    assert all(0 <= parts[code] <= charged[code] for code in parts)


def test_components_by_order_and_in_proportion() -> None:
    charged = {"WATER": 9850, "SEWAGE": 1900, "WASTE": 300}
    sewage_first = parse({"components": ["SEWAGE", "WATER"]})
    assert by_component(charged, 2000, sewage_first) == {"WATER": 100, "SEWAGE": 1900, "WASTE": 0}
    assert by_component(charged, 2000) == {"WATER": 1635, "SEWAGE": 315, "WASTE": 50}
    assert by_component({"WATER": 0}, 0) == {"WATER": 0}
    with pytest.raises(ValueError, match="1 fen were paid of 0"):
        by_component({"WATER": 0}, 1)


@pytest.mark.parametrize(
    "wrong", [{"late_fee": "SOMETIMES"}, {"components": "SEWAGE"}, {"components": ["A", "A"]}]
)
def test_a_wrong_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="allocation"):
        parse(wrong)


def test_the_refusal_says_what_is_possible() -> None:
    with pytest.raises(ValueError, match="只能是 FIRST、LAST、AFTER_ALL_BILLS,"):
        parse({"late_fee": "SOMETIMES"})
    assert parse({"late_fee": "LAST", "components": ["A"]}) == AllocationRule("LAST", ("A",))
    assert shares_of(1, [OLD]) == (Share(1, "late_fee", 1),)


def test_the_default_is_named_then_oldest_with_its_late_fee_first() -> None:
    assert parse({}) == AllocationRule("FIRST", ())
    assert shares_of(600, [OLD, NEW], [2]) == (
        Share(2, "late_fee", 20), Share(2, "principal", 500), Share(1, "late_fee", 30),
        Share(1, "principal", 50),
    )  # fmt: skip
