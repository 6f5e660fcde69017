"""What travels: the table covers the door, and callers and refusals arrive as they left."""

import inspect
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client import errors
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal, ReadingRefused
from billing_client.http.api import problems
from billing_client.http.api.problems import Problem
from billing_client.store.clock import SHANGHAI
from billing_client.views import Caller
from billing_client.wire import caller_header, refusals, scopes
from billing_client.wire.operations import OPERATIONS

texts = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="\0"), min_size=1, max_size=20
)
maybe = st.none() | texts
callers = st.builds(Caller, texts, texts, conversation_id=maybe, address=maybe, staff=maybe)


def test_the_table_is_the_door() -> None:
    methods = {name for name in vars(BillingClient) if not name.startswith("_")}
    assert methods == set(OPERATIONS)
    for name, operation in OPERATIONS.items():
        parameters = inspect.signature(getattr(BillingClient, name)).parameters
        assert set(parameters) - {"self", "caller"} == set(operation.request.model_fields), name
        assert ("caller" in parameters) == operation.for_caller, name
        assert set(operation.in_path) <= set(operation.request.model_fields), name
    places = [(operation.verb, operation.path) for operation in OPERATIONS.values()]
    assert len(set(places)) == len(places)


def test_every_scope_is_used_and_known() -> None:
    used = {operation.scope for operation in OPERATIONS.values()}
    assert used <= set(scopes.SCOPES)
    assert set(scopes.expanded(["bot"])) == used | {"desk"}
    with pytest.raises(scopes.UnknownScope):
        scopes.expanded(["everything"])


@given(callers)
def test_a_caller_arrives_as_it_left(caller: Caller) -> None:
    header = caller_header.write(caller)
    assert header.isascii()
    if len(header) <= caller_header.LONGEST:
        assert caller_header.read(header) == caller


@given(st.text(max_size=60))
def test_no_header_is_taken_for_a_caller_by_chance(header: str) -> None:
    try:
        caller = caller_header.read(header)
    except caller_header.BadCaller:
        return
    assert caller_header.read(caller_header.write(caller)) == caller


@pytest.mark.parametrize(
    "refusal",
    [
        errors.NotBound(accounts=("1", "2")),
        errors.WrongCode(tries_left=3),
        ReadingRefused(reason="lower", last_on=date(2026, 10, 31), used_m3=None),
        errors.BillingRefusal(seen_at=datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)),
    ],
)
def test_a_refusal_arrives_as_it_left(refusal: BillingRefusal) -> None:
    arrived = refusals.refusal_in(refusal.code, refusals.facts_out(refusal))
    assert type(arrived) is type(refusal)
    assert arrived is not None
    assert (arrived.code, arrived.facts) == (refusal.code, refusal.facts)


def test_every_refusal_has_words_in_both_languages() -> None:
    known = problems.texts()
    assert set(refusals.KINDS) <= set(known)
    for code in known:
        for language in (problems.CHINESE, problems.ENGLISH):
            assert b'"detail"' in Problem(code).body(language)
    assert Problem("reading_too_high").status == 422
