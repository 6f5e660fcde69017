"""When a bill may be cancelled, and what stands in the way.

A bill is never edited. A wrong one is cancelled by reversing its ledger entries and billed
again; what had been paid on it becomes prepaid balance, which settles the new bill first.
Each reason against it is a rule with a name here, so that desk and command line say the same.
"""

from dataclasses import dataclass
from enum import StrEnum


class Hindrance(StrEnum):
    """Why a bill stays as it is for now."""

    INVOICED = "invoiced"  # the red letter comes first: a live invoice needs its bill
    PAYMENT_PENDING = "payment_pending"  # somebody is about to pay it, auto-pay included
    INSTALMENT_RUNS = "instalment_runs"  # the plan splits exactly these bills
    FORMER_OWNER = "former_owner"  # settled with who has left: correct it by an adjustment
    ACCOUNT_CLOSED = "account_closed"
    WRITTEN_OFF = "written_off"  # take the write-off back first
    CREDITED = "credited"  # a credit was given on it, and would be kept beside the new bill
    LATER_BILLS = "later_bills"  # they go on from its reading and its tier counter


@dataclass(frozen=True)
class BillFacts:
    """What is known of a bill that is to be cancelled. ``later``: bills that build on it."""

    invoiced: bool = False
    payment_pending: bool = False
    in_instalment_plan: bool = False
    of_former_owner: bool = False
    account_closed: bool = False
    written_off: bool = False
    credited: bool = False
    later: tuple[int, ...] = ()


def hindrance(facts: BillFacts, *, with_later: bool = False) -> Hindrance | None:
    """The first rule that forbids it; None when the bill may be cancelled.

    ``with_later``: the bills after it are cancelled too. A running auto-pay contract is no
    hindrance: it deducts the new bill as any other, so many days after its issue.
    """
    reasons = (
        (Hindrance.ACCOUNT_CLOSED, facts.account_closed),
        (Hindrance.FORMER_OWNER, facts.of_former_owner),
        (Hindrance.INVOICED, facts.invoiced),
        (Hindrance.WRITTEN_OFF, facts.written_off),
        (Hindrance.CREDITED, facts.credited),
        (Hindrance.INSTALMENT_RUNS, facts.in_instalment_plan),
        (Hindrance.PAYMENT_PENDING, facts.payment_pending),
        (Hindrance.LATER_BILLS, bool(facts.later) and not with_later),
    )
    return next((reason for reason, holds in reasons if holds), None)
