"""Invented homes whose truth is known: days and hours of use, and leaks put in on purpose.

Level, season, weekends, months, days and absences are drawn for each home, so that its past
says as much of its future as a real one's might; nothing here is measured on real homes.
"""

from datetime import date, timedelta

import numpy as np

from billing_client.domain.leak import MeterDay

FIRST = date(2023, 1, 1)
PERSONS, SHARES = (1, 2, 3, 4, 5, 6), (0.08, 0.24, 0.38, 0.20, 0.07, 0.03)
HOURS = np.array(
    [
        *(0.3, 0.15, 0.1, 0.1, 0.15, 0.5, 1.5, 2, 1.5, 1, 0.9, 1),
        *(1.2, 0.9, 0.8, 0.8, 0.9, 1.2, 1.8, 2, 2, 1.8, 1.2, 0.6),
    ]
)
HOURS = HOURS / HOURS.sum()


def days_of_home(random: np.random.Generator, days: int) -> np.ndarray:
    """Litres of each day."""
    persons = random.choice(PERSONS, p=SHARES)
    level = persons**0.75 * random.lognormal(np.log(115), 0.3)
    day = np.arange(days)
    season = 1 + max(0, random.normal(0.10, 0.06)) * np.cos(2 * np.pi * (day - 200) / 365)
    week = np.where(day % 7 >= 5, random.uniform(1, 1.25), 1.0)
    month = np.exp(random.normal(0, random.uniform(0.03, 0.15), days // 30 + 1))[day // 30]
    litres = (
        level * season * week * month * np.exp(random.normal(0, random.uniform(0.2, 0.45), days))
    )
    for _ in range(random.poisson(0.15 * days / 365)):  # somebody moves in or out
        litres[random.integers(days) :] *= np.exp(random.normal(0, 0.3))
    return _absences(random, litres)


def hours_of_home(
    random: np.random.Generator, days: int, leak_l_per_hour: int, leak_days: int
) -> list[MeterDay]:
    """Days with their hours, made of flushes, taps, showers and washing; a leak at the end."""
    persons = int(random.choice(PERSONS, p=SHARES))
    litres = np.zeros((days, 24))
    for place in range(days):
        uses = (
            random.uniform(4, 6.5, random.poisson(persons * 5 * random.uniform(0.6, 1.2))),
            random.exponential(2.5, random.poisson(persons * 8)),
            random.uniform(25, 70, random.poisson(persons * 0.6)),
            random.uniform(40, 90, random.poisson(persons * 0.12)),
        )
        drawn = np.concatenate(uses)
        np.add.at(litres[place], random.choice(24, len(drawn), p=HOURS), drawn)
    litres = _absences(random, litres)
    if leak_days:
        litres[-leak_days:] += leak_l_per_hour
    whole = np.floor(litres).astype(int)
    return [
        MeterDay(
            FIRST + timedelta(days=place),
            int(row.sum()),
            int(row[2:5].min()),
            tuple(int(value) for value in row),
        )
        for place, row in enumerate(whole)
    ]


def _absences(random: np.random.Generator, litres: np.ndarray) -> np.ndarray:
    """Twice a year the home stands empty for two days to two weeks."""
    days = len(litres)
    for _ in range(random.poisson(2 * days / 365)):
        start = random.integers(days)
        litres[start : start + int(random.integers(2, 15))] = 0
    return litres
