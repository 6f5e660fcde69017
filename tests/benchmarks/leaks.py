"""How many leaks are found and how many sound homes are suspected, on invented homes.

``python -m tests.benchmarks.leaks``. No invented home draws lawfully all night, so the rate
of false alarms is a lower bound.
"""

from collections import Counter

import numpy as np

from billing_client.domain.leak import CERTAIN, signs_of
from tests.benchmarks.households import hours_of_home

HOMES, DAYS, SEED = 300, 90, 3
CASES = ((0, 0), (2, 10), (3, 10), (4, 10), (6, 10), (10, 3), (24, 2), (24, 10))


def main() -> None:
    random = np.random.default_rng(SEED)
    print(f"{HOMES} homes a row, {DAYS} days each")
    for flow, days in CASES:
        likely, possible = 0, 0
        signs: Counter[str] = Counter()
        for _ in range(HOMES):
            found = signs_of(hours_of_home(random, DAYS, flow, days))
            signs.update(evidence.sign for evidence in found)
            certain = any(evidence.sign in CERTAIN for evidence in found)
            likely += certain
            possible += bool(found) and not certain
        name = f"{flow} L/h for {days} days" if flow else "no leak"
        shares = ", ".join(f"{sign} {count / HOMES:.2f}" for sign, count in signs.items())
        print(
            f"  {name:<20} likely {likely / HOMES:.3f}  possible {possible / HOMES:.3f}  {shares}"
        )


if __name__ == "__main__":
    main()
