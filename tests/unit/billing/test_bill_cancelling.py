"""Each rule that keeps a bill from being cancelled, alone and with the others."""

from dataclasses import replace

import pytest

from billing_client.domain.bill_cancelling import BillFacts, Hindrance, hindrance

ALONE = [
    (BillFacts(invoiced=True), Hindrance.INVOICED),
    (BillFacts(payment_pending=True), Hindrance.PAYMENT_PENDING),
    (BillFacts(in_instalment_plan=True), Hindrance.INSTALMENT_RUNS),
    (BillFacts(of_former_owner=True), Hindrance.FORMER_OWNER),
    (BillFacts(account_closed=True), Hindrance.ACCOUNT_CLOSED),
    (BillFacts(written_off=True), Hindrance.WRITTEN_OFF),
    (BillFacts(credited=True), Hindrance.CREDITED),
]


def test_a_plain_bill_may_go() -> None:
    assert hindrance(BillFacts()) is None


@pytest.mark.parametrize(("facts", "reason"), ALONE)
def test_each_rule_holds_alone_and_with_later_bills(facts: BillFacts, reason: Hindrance) -> None:
    assert hindrance(facts) is reason
    assert hindrance(replace(facts, later=(7,)), with_later=True) is reason


def test_later_bills_go_only_when_asked_for() -> None:
    facts = BillFacts(later=(8, 7))
    assert hindrance(facts) is Hindrance.LATER_BILLS
    assert hindrance(facts, with_later=True) is None
