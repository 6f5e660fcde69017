"""Whatever happens in whatever order, the balances say what is owed, prepaid and in the bank."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain import ledger
from billing_client.domain.bill import Item
from billing_client.domain.ledger import Posting

ACCOUNT = "1000002468"
fen = st.integers(1, 1_000_000)
KINDS = [
    "pay", "allocate", "late_fee", "waive", "reserve", "refund", "suspense", "credit",
    "give_up_water", "give_up_sewage",
]  # fmt: skip
components = st.sampled_from(["WATER", "RESOURCE", "SEWAGE"])
events = st.lists(
    st.one_of(
        st.tuples(st.just("bill"), st.lists(st.tuples(components, st.integers(0, 99_999)))),
        st.tuples(st.sampled_from(KINDS), fen),
    ),
    max_size=30,
)


def postings_of(kind: str, what: object) -> Iterable[Posting]:
    if isinstance(what, list):
        return ledger.bill_postings(ACCOUNT, [Item(code, code, amount) for code, amount in what])
    assert isinstance(what, int)
    return {
        "pay": lambda: ledger.payment_postings(ACCOUNT, "wechat", what),
        "allocate": lambda: ledger.allocation_postings(ACCOUNT, what),
        "late_fee": lambda: ledger.late_fee_postings(ACCOUNT, what),
        "waive": lambda: ledger.waiver_postings(ACCOUNT, what),
        "reserve": lambda: ledger.refund_reserve_postings(ACCOUNT, "wechat", what),
        "refund": lambda: ledger.refund_postings("wechat", what),
        "suspense": lambda: ledger.suspense_postings("wechat", what),
        "credit": lambda: ledger.credit_postings(ACCOUNT, "WATER", what),
        "give_up_water": lambda: ledger.write_off_postings(ACCOUNT, {"WATER": what, "X": 0}),
        "give_up_sewage": lambda: ledger.write_off_postings(ACCOUNT, {"SEWAGE": what}),
    }[kind]()


def total(happened: list[tuple[str, object]], kind: str) -> int:
    return sum(what for name, what in happened if name == kind and isinstance(what, int))


@given(events)
def test_balances_agree_with_what_happened(happened: list[tuple[str, object]]) -> None:
    balances: Counter[str] = Counter()
    for kind, what in happened:
        for posting in postings_of(kind, what):
            assert posting.amount_fen > 0, "an amount of nothing, or the wrong way round"
            balances[posting.debit] += posting.amount_fen
            balances[posting.credit] -= posting.amount_fen
    billed: Counter[str] = Counter()
    for _, what in happened:
        if isinstance(what, list):
            for code, amount in what:
                billed[code] += amount
    paid, settled = total(happened, "pay"), total(happened, "allocate")
    late_fees = total(happened, "late_fee") - total(happened, "waive")
    reserved, refunded = total(happened, "reserve"), total(happened, "refund")
    lost, unowed = total(happened, "give_up_water"), total(happened, "give_up_sewage")
    credited = total(happened, "credit")
    assert sum(balances.values()) == 0
    assert balances[f"ar:{ACCOUNT}"] == billed.total() + late_fees - settled - lost - unowed
    assert -balances[f"credit:{ACCOUNT}"] == paid + credited - settled - reserved
    assert -balances["refunding:wechat"] == reserved - refunded
    assert balances["bank:wechat"] == paid - refunded + total(happened, "suspense")
    assert -balances["suspense"] == total(happened, "suspense")
    assert -balances["revenue:LATE_FEE"] == late_fees
    assert -balances["payable:SEWAGE"] == billed["SEWAGE"] - unowed, "sewage is never our loss"
    assert balances["bad_debt:WATER"] == lost
    assert -balances["revenue:WATER"] == billed["WATER"] - credited


@given(events)
def test_reversed_everything_is_as_it_was(happened: list[tuple[str, object]]) -> None:
    balances: Counter[str] = Counter()
    for kind, what in happened:
        once = tuple(postings_of(kind, what))
        for posting in (*once, *ledger.reversed_postings(once)):
            balances[posting.debit] += posting.amount_fen
            balances[posting.credit] -= posting.amount_fen
    assert not any(balances.values())


@pytest.mark.parametrize("fen", [-250, 0, 250])
def test_what_a_provider_keeps_and_pays_out_goes_either_way(fen: int) -> None:
    fee, payout = ledger.fee_postings("wechat", fen), ledger.payout_postings("wechat", fen)
    sides = [("fee:wechat", "bank:wechat"), (ledger.OWN_BANK_ACCOUNT, "bank:wechat")]
    if fen < 0:
        sides = [(credit, debit) for debit, credit in sides]
    wanted = [(Posting(*pair, 250),) if fen else () for pair in sides]
    assert [fee, payout] == wanted
