"""How good the forecast of the next bill is: ``python -m tests.benchmarks.forecast``.

Every forecast is made with the past alone and held against what came. WAPE = sum of the
misses by the sum of the truth; coverage = how often the truth lay in the 80 % range.
"""

from collections.abc import Callable, Sequence

import numpy as np

from billing_client.domain.forecast import PastPeriod, from_bills, from_days
from billing_client.domain.period import shifted
from tests.benchmarks.households import days_of_home

HOMES, MONTHS, MONTH_DAYS, SEED = 400, 48, 30, 1
FIRST_PERIOD = "2023-01"
SIMPLE: dict[str, Callable[[np.ndarray], float]] = {
    "last bill": lambda past: past[-1],
    "same month a year ago": lambda past: past[-12],
    "mean of 3": lambda past: past[-3:].mean(),
    "median of 6": lambda past: float(np.median(past[-6:])),
}


def main() -> None:
    random = np.random.default_rng(SEED)
    days = [days_of_home(random, MONTHS * MONTH_DAYS) for _ in range(HOMES)]
    bills = np.array([home.reshape(MONTHS, MONTH_DAYS).sum(1) for home in days]).round(-3)
    print(f"{HOMES} homes, bills of whole m³, months 31 to {MONTHS}")
    for name, method in SIMPLE.items():
        misses = [abs(method(bill[:place]) - bill[place]) for bill in bills for place in _tested()]
        print(f"  {name:<28} WAPE {sum(misses) / _truth(bills):.3f}")
    for periods in (4, 6, 12, 24):
        _show(f"ours, {periods} bills, neighbours", bills, periods, like=True)
    _show("ours, 24 bills alone", bills, 24, like=False)
    print("smart meter, days of the month left")
    for left in (3, 10, 20, 28):
        _show_days(days, left)


def _tested() -> range:
    return range(30, MONTHS, 2)


def _truth(bills: np.ndarray) -> float:
    return float(sum(bills[:, place].sum() for place in _tested()))


def _show(name: str, bills: np.ndarray, periods: int, *, like: bool) -> None:
    labels = [shifted(FIRST_PERIOD, place) for place in range(MONTHS)]
    means = bills.mean(0) / MONTH_DAYS
    rows: list[tuple[float, float, float, float]] = []
    for place in _tested():
        neighbours = dict(zip(labels[:place], means[:place], strict=True)) if like else {}
        for bill in bills:
            past = [
                PastPeriod(labels[n], int(bill[n]), MONTH_DAYS)
                for n in range(place - periods, place)
            ]
            found = from_bills(past, labels[place], MONTH_DAYS, neighbours)
            assert found is not None
            rows.append((found.low_l, found.used_l, found.high_l, bill[place]))
    _print(name, rows)


def _show_days(days: Sequence[np.ndarray], left: int) -> None:
    rows: list[tuple[float, float, float, float]] = []
    for home in days:
        for end in (600, 900, 1200, 1400):
            now = end - left
            so_far = int(home[end - MONTH_DAYS : now].sum())
            found = from_days(so_far, left, [int(litres) for litres in home[:now]])
            assert found is not None
            truth = float(home[end - MONTH_DAYS : end].sum())
            rows.append((found.low_l, found.used_l, found.high_l, truth))
    _print(f"ours, {left} days left", rows)


def _print(name: str, rows: Sequence[tuple[float, float, float, float]]) -> None:
    low, point, high, truth = np.array(rows).T
    wape = np.abs(point - truth).sum() / truth.sum()
    inside = ((low <= truth) & (truth <= high)).mean()
    width = (high - low).sum() / truth.sum()
    print(f"  {name:<28} WAPE {wape:.3f}  coverage {inside:.3f}  width {width:.2f} of the mean")


if __name__ == "__main__":
    main()
