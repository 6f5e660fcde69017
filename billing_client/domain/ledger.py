"""The postings of each event. A posting moves fen from its credit to its debit account.

Accounts: ``ar:<户号>`` what a customer owes, ``credit:<户号>`` prepaid balance (a liability),
``bank:<provider>`` money on its way to us, ``refunding:<provider>`` money on its way back,
``revenue:<component>``, ``payable:SEWAGE`` (sewage fees are collected for the government and
are no revenue of ours), ``revenue:LATE_FEE``, ``suspense`` money that fits no order,
``bad_debt:<component>`` what was written off. What is collected for others is never our
loss: it was never ours.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from billing_client.domain.bill import Item

SUSPENSE = "suspense"
OWN_BANK_ACCOUNT = "bank_account"
COLLECTED_FOR_OTHERS = frozenset({"SEWAGE", "WASTE"})


class Posting(NamedTuple):
    debit: str
    credit: str
    amount_fen: int


def receivable(account_no: str) -> str:
    return f"ar:{account_no}"


def prepaid(account_no: str) -> str:
    return f"credit:{account_no}"


def bank(provider: str) -> str:
    return f"bank:{provider}"


def income(component: str) -> str:
    side = "payable" if component in COLLECTED_FOR_OTHERS else "revenue"
    return f"{side}:{component}"


def loss(component: str) -> str:
    """Where a debt that is written off goes. The sewage fee is no longer owed to its owner."""
    return income(component) if component in COLLECTED_FOR_OTHERS else f"bad_debt:{component}"


def bill_postings(account_no: str, items: Iterable[Item]) -> tuple[Posting, ...]:
    """A bill is issued: the customer owes each item. Items of 0 fen post nothing."""
    return tuple(
        Posting(receivable(account_no), income(item.component), item.amount_fen)
        for item in items
        if item.amount_fen
    )


def reversed_postings(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """What takes them back to the fen: each amount from its debit to its credit account."""
    return tuple(Posting(it.credit, it.debit, it.amount_fen) for it in postings)


def payment_postings(account_no: str, provider: str, amount_fen: int) -> tuple[Posting, ...]:
    """Money has come in: it is prepaid balance until it is allocated."""
    return (Posting(bank(provider), prepaid(account_no), amount_fen),)


def allocation_postings(account_no: str, amount_fen: int) -> tuple[Posting, ...]:
    """Prepaid balance settles what is owed."""
    return (Posting(prepaid(account_no), receivable(account_no), amount_fen),)


def late_fee_postings(account_no: str, amount_fen: int) -> tuple[Posting, ...]:
    return (Posting(receivable(account_no), "revenue:LATE_FEE", amount_fen),)


def waiver_postings(account_no: str, amount_fen: int) -> tuple[Posting, ...]:
    """A late fee that was posted is taken back."""
    return (Posting("revenue:LATE_FEE", receivable(account_no), amount_fen),)


def refunding(provider: str) -> str:
    return f"refunding:{provider}"


def refund_reserve_postings(account_no: str, provider: str, amount_fen: int) -> tuple[Posting, ...]:
    """Set aside before the provider is called: no bill and no second refund can use it."""
    return (Posting(prepaid(account_no), refunding(provider), amount_fen),)


def refund_postings(provider: str, amount_fen: int) -> tuple[Posting, ...]:
    """The provider has given it back."""
    return (Posting(refunding(provider), bank(provider), amount_fen),)


def fee_postings(provider: str, fee_fen: int) -> tuple[Posting, ...]:
    """What the provider kept for itself on a day; below zero it gave some back."""
    if fee_fen == 0:
        return ()
    sides = (f"fee:{provider}", bank(provider))
    debit, credit = sides if fee_fen > 0 else reversed(sides)
    return (Posting(debit, credit, abs(fee_fen)),)


def payout_postings(provider: str, payout_fen: int) -> tuple[Posting, ...]:
    """What a day's payments less refunds and fee bring to the utility's own bank account."""
    if payout_fen == 0:
        return ()
    sides = (OWN_BANK_ACCOUNT, bank(provider))
    debit, credit = sides if payout_fen > 0 else reversed(sides)
    return (Posting(debit, credit, abs(payout_fen)),)


def suspense_postings(provider: str, amount_fen: int) -> tuple[Posting, ...]:
    """Money that fits no order is recorded, never dropped."""
    return (Posting(bank(provider), SUSPENSE, amount_fen),)


def credit_postings(account_no: str, component: str, amount_fen: int) -> tuple[Posting, ...]:
    """A charge is given back: prepaid balance, at the cost of the income it was."""
    return (Posting(income(component), prepaid(account_no), amount_fen),)


def write_off_postings(account_no: str, parts: Mapping[str, int]) -> tuple[Posting, ...]:
    """What is owed, by component (``LATE_FEE`` among them), is given up."""
    return tuple(
        Posting(loss(component), receivable(account_no), amount_fen)
        for component, amount_fen in parts.items()
        if amount_fen
    )
