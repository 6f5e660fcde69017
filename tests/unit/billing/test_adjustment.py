"""Who may decide, in which order, and how much may come back or be given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.adjustment import (
    FOLLOWS,
    AdjustmentRefused,
    Obstacle,
    Owed,
    State,
    check_credit,
    check_decider,
    check_write_off,
    same_person,
)

ZHOU, CHEN = "staff:周敏", "staff:陈立"
states = st.sampled_from(State)


@given(states, states, st.sampled_from([ZHOU, CHEN]))
def test_states_only_go_forward(before: State, after: State, by: str) -> None:
    allowed = after in FOLLOWS[before] and not (after is State.APPROVED and by == ZHOU)
    if allowed:
        check_decider(before, ZHOU, by, after)
    else:
        with pytest.raises(AdjustmentRefused):
            check_decider(before, ZHOU, by, after)


def test_the_proposer_may_withdraw_and_never_approve() -> None:
    check_decider(State.PROPOSED, ZHOU, ZHOU, State.REFUSED)
    with pytest.raises(AdjustmentRefused, match="same_person"):
        check_decider(State.PROPOSED, ZHOU, f" {ZHOU} ", State.APPROVED)
    with pytest.raises(AdjustmentRefused, match="decided"):
        check_decider(State.POSTED, ZHOU, CHEN, State.APPROVED)
    assert same_person("staff:Li ", "STAFF:li")
    assert not same_person(ZHOU, CHEN)


@pytest.mark.parametrize(
    ("owed", "proposed", "obstacle"),
    [
        (Owed(0, overdue=True), None, Obstacle.NO_AMOUNT),
        (Owed(5, overdue=False), None, Obstacle.NOT_OVERDUE),
        (Owed(5, overdue=True, payment_pending=True), None, Obstacle.PAYMENT_PENDING),
        (Owed(5, overdue=True, in_instalment_plan=True), None, Obstacle.INSTALMENT_RUNS),
        (Owed(5, overdue=True), 6, Obstacle.OWED_CHANGED),
        (Owed(5, overdue=True), 4, Obstacle.OWED_CHANGED),
    ],
)
def test_what_is_not_written_off(owed: Owed, proposed: int | None, obstacle: Obstacle) -> None:
    with pytest.raises(AdjustmentRefused) as refused:
        check_write_off(owed, proposed)
    assert refused.value.obstacle is obstacle
    assert refused.value.fen == (owed.open_fen if obstacle is Obstacle.OWED_CHANGED else 0)


def test_what_is_written_off_and_given_back() -> None:
    check_write_off(Owed(1, overdue=True))
    check_write_off(Owed(5, overdue=True), 5)
    check_credit(80, charged_fen=100, given_back_fen=20)
    with pytest.raises(AdjustmentRefused) as refused:
        check_credit(81, charged_fen=100, given_back_fen=20)
    assert (refused.value.obstacle, refused.value.fen) == (Obstacle.TOO_MUCH, 80)
