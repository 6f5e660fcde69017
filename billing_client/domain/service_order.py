"""Service orders: their kinds and states, and when two places are one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class ServiceOrderState(StrEnum):
    OPEN = "OPEN"
    DISPATCHED = "DISPATCHED"  # somebody has it
    ON_SITE = "ON_SITE"
    WAITING = "WAITING"  # for the customer's evidence
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Outcome(StrEnum):
    DONE = "done"
    APPROVED = "approved"
    REJECTED = "rejected"


RUNNING = (
    ServiceOrderState.OPEN,
    ServiceOrderState.DISPATCHED,
    ServiceOrderState.ON_SITE,
    ServiceOrderState.WAITING,
)
_ENDS = frozenset({ServiceOrderState.DONE, ServiceOrderState.CANCELLED})

FOLLOWS: dict[ServiceOrderState, frozenset[ServiceOrderState]] = {
    ServiceOrderState.OPEN: frozenset(ServiceOrderState) - {ServiceOrderState.OPEN},
    ServiceOrderState.DISPATCHED: _ENDS | {ServiceOrderState.ON_SITE, ServiceOrderState.WAITING},
    ServiceOrderState.ON_SITE: _ENDS | {ServiceOrderState.DISPATCHED, ServiceOrderState.WAITING},
    ServiceOrderState.WAITING: _ENDS | {ServiceOrderState.DISPATCHED},
    ServiceOrderState.DONE: frozenset(),
    ServiceOrderState.CANCELLED: frozenset(),
}

Family = Literal["repair", "request", "complaint"]


class TransitionRefused(ValueError):
    """The order cannot go from one state to the other. ``reason`` is a word for the caller."""

    def __init__(self, before: str, after: str, reason: str) -> None:
        super().__init__(f"{before} -> {after}: {reason}")
        self.before, self.after, self.reason = before, after, reason


@dataclass(frozen=True)
class Kind:
    """``effect`` names what an approved request does; ``evidence`` what it must show."""

    code: str
    title: str
    family: Family
    effect: str | None = None
    evidence: tuple[str, ...] = ()


def parse_kinds(data: Mapping[str, Any]) -> dict[str, Kind]:
    kinds = (
        Kind(
            entry["code"],
            entry["title"],
            entry["family"],
            entry.get("effect"),
            tuple(entry.get("evidence", ())),
        )
        for entry in data["kinds"]
    )
    return {kind.code: kind for kind in kinds}


def check_move(
    kind: Kind,
    before: ServiceOrderState,
    after: ServiceOrderState,
    outcome: Outcome | None = None,
) -> None:
    """Raises TransitionRefused: ended, not_next, only_requests_wait, outcome_missing …"""
    if not FOLLOWS[before]:
        raise TransitionRefused(before, after, "ended")
    if after not in FOLLOWS[before]:
        raise TransitionRefused(before, after, "not_next")
    if after is ServiceOrderState.WAITING and kind.family == "repair":
        raise TransitionRefused(before, after, "only_requests_wait")
    if (after is ServiceOrderState.DONE) != (outcome is not None):
        raise TransitionRefused(before, after, "outcome_missing" if outcome is None else "no_end")
    if outcome in (Outcome.APPROVED, Outcome.REJECTED) and kind.family != "request":
        raise TransitionRefused(before, after, "only_requests_are_decided")
    if outcome is Outcome.DONE and kind.effect is not None:
        raise TransitionRefused(before, after, "needs_a_decision")


_NOISE = re.compile(r"[\W_]+|附近|旁边|门口|这里|那里|那边|这边|的")


def place_key(place: str) -> str:
    """Two descriptions with the same key are the same place: '和平里 2栋门口' = '和平里2栋'."""
    plain = unicodedata.normalize("NFKC", place).lower()  # full-width digits become plain
    return _NOISE.sub("", plain) or plain.strip()
