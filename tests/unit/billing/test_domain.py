"""Periods, tier years, masking, states, places: small rules by example."""

from dataclasses import replace
from datetime import date

import pytest

from billing_client.domain import masking, payment, period, service_order
from billing_client.domain.tariff import TierPeriod
from billing_client.domain.tier_year import span_of
from billing_client.services import chart_png
from billing_client.services.usage_chart import svg
from billing_client.views import TierPositionView, UsagePointView


def test_months() -> None:
    assert period.shifted("2026-01", -1) == "2025-12"
    assert period.shifted("2026-11", 14) == "2028-01"
    assert period.last_day("2028-02") == date(2028, 2, 29)
    assert period.issued_on("2026-12") == date(2027, 1, 5)
    assert period.due_on("2026-11") == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("day", "rule", "first", "last"),
    [
        (date(2026, 2, 28), TierPeriod("YEAR", 3, 1), date(2025, 3, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), TierPeriod("YEAR", 3, 1), date(2026, 3, 1), date(2027, 2, 28)),
        (date(2028, 2, 29), TierPeriod("YEAR", 3, 1), date(2027, 3, 1), date(2028, 2, 29)),
        (date(2026, 7, 9), TierPeriod("YEAR"), date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 2, 9), TierPeriod("MONTH"), date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_tier_year(day: date, rule: TierPeriod, first: date, last: date) -> None:
    assert span_of(day, rule) == (first, last)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧阳*明"),
        ("清源纺织有限公司", "清源***公司"),
    ],
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert masking.mask_name(name) == shown


def test_phones_and_addresses_are_masked() -> None:
    assert masking.mask_phone("13811111234") == "138****1234"
    assert masking.mask_address("城关街道和平里2栋3单元401室") == "城关街道和平里2栋***"


def test_late_success_pays_a_closed_order_and_nothing_follows_payment() -> None:
    assert payment.may_follow(payment.OrderState.CLOSED, payment.OrderState.PAID)
    assert not payment.may_follow(payment.OrderState.CLOSED, payment.OrderState.PENDING)
    assert not any(payment.may_follow(payment.OrderState.PAID, s) for s in payment.OrderState)


def test_one_place_told_in_two_ways_has_one_key() -> None:
    key = service_order.place_key("和平里2栋")
    assert service_order.place_key("和平里 ２栋门口，") == key
    assert service_order.place_key("和平里3栋") != key
    assert service_order.place_key("门口") != ""


def test_chart_tells_its_figures_in_words_too() -> None:
    points = (
        UsagePointView("2026-09", 11_500, 5635, False),
        UsagePointView("2026-10", 20_000, 9800, True),
    )
    picture = svg(points)
    assert "9月11.5吨，10月20吨" in picture
    assert picture.count("<rect") == 1 + 2 + 2  # ground, bars, pattern
    assert "最近0期" in svg(())


def test_the_chart_shows_where_the_tiers_end() -> None:
    position = TierPositionView(
        "1", False, date(2026, 3, 1), date(2027, 2, 28), 195_000, 2,
        (180_000, 240_000, None), (49_000, 62_000, 80_000), 45_000,
    )  # fmt: skip
    points = (UsagePointView("2026-10", 20_000, 9800, False),)
    picture = svg(points, position)
    assert picture.count('class="border"') == 2
    assert "已用195吨，第2阶梯" in picture
    assert 'class="border"' not in svg(points, replace(position, flat=True))
    drawn = chart_png.png(picture)
    if chart_png.chinese_family() is None:
        assert drawn is None
    else:
        assert drawn is not None
        assert drawn.startswith(b"\x89PNG")
        assert int.from_bytes(drawn[16:20]) == 1080
