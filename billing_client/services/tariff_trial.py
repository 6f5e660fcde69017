"""What a draft tariff would have brought in a year, and which customers would pay more.

The volumes are those that were billed in the twelve periods until the newest; before is what
was billed, after is what the draft makes of the same volumes, to the fen. Nothing is written.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import Connection, sql

from billing_client.domain.period import period_of, shifted
from billing_client.domain.price_card import MINIMUM, MINIMUM_NAME
from billing_client.domain.tariff import MONTHS_A_YEAR, Tariff
from billing_client.services import bulk_sql, tariff_trial_sql
from billing_client.services.bulk_cards import LONG_AGO, Cards, Needed, counts_from
from billing_client.services.bulk_chunk import prepare
from billing_client.services.bulk_run import Progress

ACCOUNTS_A_CHUNK = 10_000
SESSIONS = 2  # as the bill run's
# Upper ends of the bands, fen a year; the last band has none.
BANDS_FEN = (2_000, 5_000, 10_000, 20_000, 50_000)


class NoBills(LookupError):
    """There is nothing to try the tariff on."""


@dataclass
class Charge:
    """Fen of one component in the year. ``name`` is the draft's, else the old one."""

    name: str
    before_fen: int = 0
    after_fen: int = 0


@dataclass
class ClassEffect:
    """One customer class. ``name`` is the draft's."""

    name: str
    customers: int = 0
    used_l: int = 0
    before_fen: int = 0
    after_fen: int = 0
    charges: dict[str, Charge] = field(default_factory=dict)


@dataclass
class Band:
    """Customers whose year changes by (``above_fen``, ``upto_fen``]; upto None = no end."""

    above_fen: int
    upto_fen: int | None
    customers: int = 0
    change_fen: int = 0


@dataclass
class Side:
    """``worse`` or ``better``: all customers whose bills grow, or shrink, by bands."""

    bands: list[Band] = field(
        default_factory=lambda: [
            Band(*ends) for ends in zip((0, *BANDS_FEN), (*BANDS_FEN, None), strict=True)
        ]
    )

    @property
    def customers(self) -> int:
        return sum(band.customers for band in self.bands)

    @property
    def change_fen(self) -> int:
        return sum(band.change_fen for band in self.bands)


@dataclass
class Trial:
    """``unpriced``: customers by class that the draft has no prices for; they count nowhere."""

    tariff_id: str
    since: str
    until: str
    classes: dict[str, ClassEffect] = field(default_factory=dict)
    worse: Side = field(default_factory=Side)
    better: Side = field(default_factory=Side)
    unchanged: int = 0
    worse_by_class: dict[str, int] = field(default_factory=dict)
    unpriced: dict[str, int] = field(default_factory=dict)


class _DraftCards(Cards):
    """Cards of many periods at once: the day of reading says which."""

    def period_of(self, one: Needed) -> str:
        return period_of(one.read_to)


def run(
    database_url: str,
    draft: Tariff,
    *,
    until: str | None = None,
    progress: Progress = lambda done, of: None,
) -> Trial:
    """Try ``draft`` on the twelve periods until ``until`` (the newest billed). Raises NoBills."""
    with psycopg.connect(database_url) as connection:
        newest = until or _all(connection, tariff_trial_sql.NEWEST)[0][0]
        if newest is None:
            raise NoBills
        chunks = _all(connection, tariff_trial_sql.CHUNKS, {"size": ACCOUNTS_A_CHUNK})
    trial = Trial(draft.tariff_id, shifted(newest, 1 - MONTHS_A_YEAR), newest)
    with ThreadPoolExecutor(SESSIONS) as sessions:
        shares = [chunks[place::SESSIONS] for place in range(SESSIONS)]
        work = [sessions.submit(_session, database_url, draft, trial, share) for share in shares]
        for done, one in enumerate(work, start=1):
            _add(trial, draft, one.result())
            progress(done, SESSIONS)
    if not trial.classes and not trial.unpriced:
        raise NoBills
    return trial


Rows = list[tuple[Any, ...]]


def _session(
    database_url: str, draft: Tariff, trial: Trial, chunks: Sequence[tuple[str, str]]
) -> list[dict[str, Rows]]:
    """The sums of each chunk; the connection's own tables go with it."""
    always = replace(draft, valid_from=LONG_AGO, valid_to=None)
    with psycopg.connect(database_url) as connection:
        prepare(connection)
        cards = _DraftCards(connection, [always], trial.until)
        warm = shifted(trial.since, -MONTHS_A_YEAR)
        _spans(connection, cards, always, warm, trial.until)
        facts: dict[str, Any] = {
            "since": trial.since,
            "until": trial.until,
            "warm": warm,
            "areas": cards.areas,
            "ask_opened": cards.ask_opened,
            "code": MINIMUM,
            "name": MINIMUM_NAME,
            "bands": [fen + 1 for fen in BANDS_FEN],  # an end belongs to its band
        }
        return [
            _chunk(connection, cards, facts | {"first": first, "last": last})
            for first, last in chunks
        ]


def _spans(connection: Connection, cards: Cards, draft: Tariff, first: str, last: str) -> None:
    """From which period on volumes count, for each period and month of opening."""
    _run(connection, tariff_trial_sql.SPANS)
    opened = [""]
    if cards.ask_opened:
        opened = [row[0] for row in _all(connection, tariff_trial_sql.OPENED)]
    periods = [first]
    while periods[-1] < last:
        periods.append(shifted(periods[-1], 1))
    rows = [(period, day, counts_from(draft, period, day)) for period in periods for day in opened]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO trial_span VALUES (%s, %s, %s)", rows)


def _chunk(connection: Connection, cards: Cards, facts: dict[str, Any]) -> dict[str, Rows]:
    _run(connection, bulk_sql.EMPTY)
    _run(connection, tariff_trial_sql.USE, facts)
    cards.bring(Needed(*row) for row in _all(connection, bulk_sql.NEEDED))
    _run(connection, bulk_sql.WITHOUT_CARD)
    for statement in (bulk_sql.PARTS, bulk_sql.LINES, bulk_sql.ITEMS, bulk_sql.MINIMUM):
        _run(connection, statement, facts)
    _run(connection, tariff_trial_sql.TOTALS)
    found = {
        "classes": _all(connection, tariff_trial_sql.CLASSES),
        "before": _all(connection, tariff_trial_sql.COMPONENTS_BEFORE),
        "after": _all(connection, tariff_trial_sql.COMPONENTS_AFTER),
        "bands": _all(connection, tariff_trial_sql.BANDS, facts),
        "unpriced": _all(connection, tariff_trial_sql.UNPRICED),
    }
    _run(connection, tariff_trial_sql.DROP_TOTALS)
    return found


def _add(trial: Trial, draft: Tariff, chunks: Iterable[dict[str, Rows]]) -> None:
    for found in chunks:
        for code, customers, used_l, before_fen, after_fen in found["classes"]:
            name = draft.customer_class(code).name
            effect = trial.classes.setdefault(code, ClassEffect(name))
            effect.customers += customers
            effect.used_l += used_l
            effect.before_fen += before_fen
            effect.after_fen += after_fen
        for code, component, name, fen in found["after"]:
            charge = trial.classes[code].charges.setdefault(component, Charge(name))
            charge.after_fen += fen
        for code, component, name, fen in found["before"]:
            charge = trial.classes[code].charges.setdefault(component, Charge(name))
            charge.before_fen += fen
        for code, sign, place, customers, change_fen in found["bands"]:
            _add_band(trial, code, sign, place, customers, change_fen)
        for code, customers in found["unpriced"]:
            trial.unpriced[code] = trial.unpriced.get(code, 0) + customers


def _add_band(
    trial: Trial, code: str, sign: int, place: int, customers: int, change_fen: int
) -> None:
    if not sign:
        trial.unchanged += customers
        return
    band = (trial.worse if sign > 0 else trial.better).bands[place]
    band.customers += customers
    band.change_fen += change_fen
    if sign > 0:
        trial.worse_by_class[code] = trial.worse_by_class.get(code, 0) + customers


def _run(connection: Connection, statement: str, facts: dict[str, Any] | None = None) -> Any:
    return connection.execute(sql.SQL(statement), facts)  # pyright: ignore[reportArgumentType]


def _all(connection: Connection, statement: str, facts: dict[str, Any] | None = None) -> Rows:
    return _run(connection, statement, facts).fetchall()
