"""Readings: believed, remarked upon or refused, each with its reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.estimate import Estimate, Span, by_average, by_new_meter, estimate
from billing_client.domain.reading import (
    MeterFacts,
    PastReading,
    Reason,
    Source,
    Verdict,
    judge,
    shown,
)
from billing_client.domain.shared_meter import shares

TODAY = date(2026, 11, 24)
METER = MeterFacts(date(2025, 1, 1), None, 0)


def months(*cubic_metres: int, source: Source = Source.MANUAL) -> list[PastReading]:
    """Readings of the last months, the newest 30 days ago."""
    first = TODAY - timedelta(days=30 * len(cubic_metres))
    return [
        PastReading(first + timedelta(days=30 * number), m3 * 1000, source)
        for number, m3 in enumerate(cubic_metres)
    ]


def verdict(
    m3: int, history: list[PastReading], meter: MeterFacts = METER, *, checked: bool = False
) -> Verdict:
    return judge(m3 * 1000, TODAY, meter=meter, history=history, today=TODAY, checked=checked)


def test_an_ordinary_reading_is_believed() -> None:
    found = verdict(134, months(100, 110, 121))
    assert (found.accepted, found.reasons, found.used_l) == (True, (), 13_000)
    assert found.since == TODAY - timedelta(days=30)


@pytest.mark.parametrize(
    ("m3", "history", "reason"),
    [
        (480, months(480, 490, 500), Reason.LOWER),
        (8, months(100, 110, 120), Reason.LOWER),  # far from the end of the register
        (99_000, months(100, 110, 120), Reason.IMPOSSIBLE),  # 2.5 m³/h x 24 h x 30 d = 1800
        (170, months(100, 110, 120), Reason.TOO_HIGH),  # 50 m³ > 3 x 10 and > 10 + 20
        (100_000, months(100, 110, 120), Reason.TOO_MANY_DIGITS),
    ],
)
def test_what_cannot_be_is_refused(m3: int, history: list[PastReading], reason: Reason) -> None:
    found = verdict(m3, history)
    assert (found.accepted, found.refusal) == (False, reason)


def test_high_needs_both_the_factor_and_the_volume() -> None:
    assert verdict(149, months(100, 110, 120)).accepted  # 29 m³: not 3 times 10
    assert verdict(19, months(1, 2, 3)).accepted  # 16 times the habit, and only 15 m³ more


def test_a_high_reading_looked_at_twice_is_believed() -> None:
    found = verdict(170, months(100, 110, 120), checked=True)
    assert (found.accepted, found.reasons) == (True, (Reason.CHECKED,))


def test_rollover_counts_on() -> None:
    """M-1 of the published examples: 99987, now 12: 25 m³."""
    found = verdict(12, months(99_950, 99_970, 99_987))
    assert (found.accepted, found.reasons, found.used_l) == (True, (Reason.ROLLOVER,), 25_000)
    assert found.index_l == 100_012_000
    again = verdict(30, [*months(99_950, 99_970, 100_012)])
    assert (again.used_l, again.reasons) == (18_000, ())


def test_zero_for_months_is_remarked() -> None:
    assert verdict(100, months(100, 100, 100, 100)).reasons == (Reason.ZERO,)
    assert verdict(100, months(90, 95, 100)).reasons == ()


def test_the_real_reading_may_lie_below_an_estimate() -> None:
    history = months(100, 110)
    history.append(PastReading(TODAY - timedelta(days=1), 130_000, Source.ESTIMATE))
    found = verdict(125, history)
    assert (found.accepted, found.reasons, found.used_l) == (True, (Reason.BELOW_ESTIMATE,), 15_000)


def test_days_out_of_place() -> None:
    removed = MeterFacts(date(2025, 1, 1), date(2026, 11, 1), 0)
    billed = MeterFacts(date(2025, 1, 1), None, 0, billed_on=TODAY)
    assert verdict(130, [], removed).refusal is Reason.REMOVED
    assert verdict(130, [], billed).refusal is Reason.TOO_OLD
    tomorrow = TODAY + timedelta(days=1)
    found = judge(1, tomorrow, meter=METER, history=[], today=TODAY)
    assert found.refusal is Reason.FUTURE


def test_a_late_upload_must_fit_between_its_neighbours() -> None:
    history = months(100, 110, 120)
    late = history[-1].read_on - timedelta(days=5)
    fits = judge(118_000, late, meter=METER, history=history, today=TODAY)
    beyond = judge(125_000, late, meter=METER, history=history, today=TODAY)
    assert (fits.accepted, beyond.refusal) == (True, Reason.ABOVE_NEXT)


@given(
    index_m3=st.integers(0, 10**7),
    used_m3=st.integers(0, 1_800),
    digits=st.integers(4, 6),
)
def test_an_accepted_reading_never_goes_back_and_shows_what_was_read(
    index_m3: int, used_m3: int, digits: int
) -> None:
    meter = MeterFacts(date(2025, 1, 1), None, 0, digits)
    before = PastReading(TODAY - timedelta(days=30), index_m3 * 1000, Source.REMOTE)
    dial = shown((index_m3 + used_m3) * 1000, digits)
    found = judge(dial, TODAY, meter=meter, history=[before], today=TODAY)
    if found.accepted:
        assert found.index_l is not None
        assert found.index_l >= before.index_l
        assert shown(found.index_l, digits) == dial
        assert found.index_l == (index_m3 + used_m3) * 1000
    else:
        assert found.refusal is Reason.LOWER  # it rolled over from too low a reading


def test_estimates_go_by_days() -> None:
    """E-2 and E-3 of the published examples."""
    ends = (date(2026, 1, 31), date(2026, 4, 2), date(2026, 5, 1))
    starts = (date(2026, 1, 1), *ends[:2])
    used = (20_000, 34_000, 18_000)
    spans = [Span(*span) for span in zip(starts, ends, used, strict=True)]
    assert by_average(spans, 60) == 36_000
    assert by_average([], 60) == 0
    assert by_new_meter(12_000, 24, 61) == 30_000


def test_an_estimate_goes_by_the_last_spans_and_never_back() -> None:
    history = months(100, 110, 120, 130)
    assert estimate(history, TODAY) == Estimate(140_000, 1)
    history.append(PastReading(TODAY - timedelta(days=1), 150_000, Source.ESTIMATE))
    assert estimate(history, TODAY) == Estimate(150_000, 2)
    assert estimate([], TODAY) is None
    assert estimate(months(100), TODAY) == Estimate(100_000, 1)


@given(
    main_l=st.integers(0, 10**7),
    used=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
)
def test_shares_of_a_main_meter_add_up_and_take_nothing_away(main_l: int, used: list[int]) -> None:
    sub_l = {f"{number}": litres for number, litres in enumerate(used)}
    found = shares(main_l, sub_l)
    assert sum(found.values()) == max(main_l, sum(used))
    assert all(found[name] >= litres for name, litres in sub_l.items())
