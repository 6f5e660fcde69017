"""Whatever happens in whatever order, the balances say what is owed, prepaid and in the bank."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain import ledger
from billing_client.domain.bill import Item
from billing_client.domain.ledger import Posting

ACCOUNT = "1000002468"
fen = st.integers(1, 1_000_000)
components = st.sampled_from(["WATER", "RESOURCE", "SEWAGE"])
events = st.lists(
    st.one_of(
        st.tuples(st.just("bill"), st.lists(st.tuples(components, st.integers(0, 99_999)))),
        st.tuples(
            st.sampled_from(
                ["pay", "allocate", "late_fee", "refund", "refund_reserve", "suspense"]
            ),
            fen,
        ),
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
        "refund": lambda: ledger.refund_postings("wechat", what),
        "refund_reserve": lambda: ledger.refund_reserve_postings(ACCOUNT, "wechat", what),
        "suspense": lambda: ledger.suspense_postings("wechat", what),
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
    late_fees, refunded = total(happened, "late_fee"), total(happened, "refund")
    set_aside = total(happened, "refund_reserve")
    assert sum(balances.values()) == 0
    assert balances[f"ar:{ACCOUNT}"] == billed.total() + late_fees - settled
    assert -balances[f"credit:{ACCOUNT}"] == paid - settled - set_aside
    assert -balances["refunding:wechat"] == set_aside - refunded
    assert balances["bank:wechat"] == paid - refunded + total(happened, "suspense")
    assert -balances["payable:SEWAGE"] == billed["SEWAGE"], "sewage fees are no revenue of ours"
    assert -balances["revenue:WATER"] == billed["WATER"]
