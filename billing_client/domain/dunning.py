"""Reminding of overdue bills, step by step, up to a supply cut.

民法典 654 with 656: who has not paid a reasonable time after being reminded may be cut off,
by the prescribed procedure and after a notice of its own. How many reminders, how long the
waits and whose approval are local rules, so the steps are data (``standards/dunning.json``);
this module decides which step is due, and what forbids it. 物业费 is never a ground (944).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from billing_client.domain.business_day import is_business_day

OTHER = "other"
SWITCHES = ("delivered_before", "approval", "cuts")


class Hold(StrEnum):
    """Why a step that is due is not taken."""

    INSTALMENT = "instalment"
    DISPUTED = "disputed"
    PAYMENT_PENDING = "payment_pending"
    NOT_DELIVERED = "not_delivered"  # nobody got the step before: no term runs
    NOT_APPROVED = "not_approved"
    PROTECTED = "protected"  # low income, or a meter that others pay for
    DAY_OFF = "day_off"  # a cut could not be undone tomorrow
    NOT_ON = "not_on"  # nothing to cut


@dataclass(frozen=True)
class Stage:
    code: str
    title: str
    after_due_days: int
    wait_days: Mapping[str, int]  # after the stage before, by customer class or 'other'
    channels: tuple[str, ...]  # chats, phone
    text: str
    delivered_before: bool = False  # the wait runs from the delivery of the stage before
    approval: bool = False
    cuts: bool = False
    order: str | None = None

    def wait(self, customer_class: str) -> timedelta:
        return timedelta(days=self.wait_days.get(customer_class, self.wait_days[OTHER]))


@dataclass(frozen=True)
class Rule:
    least_overdue_fen: int
    never_cut_classes: frozenset[str]
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Facts:
    """How an account stands. ``taken``: the day of each step; ``delivered``: when it arrived."""

    customer_class: str
    low_income: bool
    supply_on: bool
    overdue_fen: int
    oldest_due_on: date | None
    disputed: bool = False
    plan_running: bool = False
    payment_pending: bool = False
    approved: bool = False
    taken: Mapping[str, date] | None = None
    delivered: Mapping[str, date] | None = None


def next_step(facts: Facts, rule: Rule, today: date) -> Stage | Hold | None:
    """The step to take today, what holds it back, or None when none is due yet."""
    if facts.oldest_due_on is None or facts.overdue_fen < rule.least_overdue_fen:
        return None
    taken = facts.taken or {}
    place = next((n for n, it in enumerate(rule.stages) if it.code not in taken), None)
    if place is None:
        return None
    stage = rule.stages[place]
    if today < facts.oldest_due_on + timedelta(days=stage.after_due_days):
        return None
    if place:
        before = rule.stages[place - 1].code
        since = (facts.delivered or {}).get(before) if stage.delivered_before else taken[before]
        if since is None:
            return Hold.NOT_DELIVERED
        if today < since + stage.wait(facts.customer_class):
            return None
    return why_held(facts, rule, stage, today) or stage


def why_held(facts: Facts, rule: Rule, stage: Stage, today: date) -> Hold | None:
    """What forbids the step now; asked again by the crew before a supply is cut."""
    protected = facts.low_income or facts.customer_class in rule.never_cut_classes
    tomorrow = today + timedelta(days=1)
    reasons = (
        (Hold.INSTALMENT, facts.plan_running),
        (Hold.DISPUTED, facts.disputed),
        (Hold.PAYMENT_PENDING, facts.payment_pending),
        (Hold.NOT_ON, stage.cuts and not facts.supply_on),
        (Hold.PROTECTED, stage.cuts and protected),
        (Hold.NOT_APPROVED, stage.approval and not facts.approved),
        # 济南 gives 24 h to restore: never on the eve of days off.
        (
            Hold.DAY_OFF,
            stage.order is not None and not (is_business_day(today) and is_business_day(tomorrow)),
        ),
    )
    return next((reason for reason, holds in reasons if holds), None)


def parse(data: Mapping[str, Any]) -> Rule:
    """Read ``standards/dunning.json``. Raises ValueError naming what is wrong."""
    try:
        stages = tuple(_stage(entry) for entry in data["stages"])
        rule = Rule(int(data["least_overdue_fen"]), frozenset(data["never_cut_classes"]), stages)
    except KeyError as missing:
        raise ValueError(f"dunning rule lacks {missing}") from missing
    _check(stages)
    return rule


def _check(stages: Sequence[Stage]) -> None:
    codes = [stage.code for stage in stages]
    if len(set(codes)) != len(codes):
        raise ValueError("two dunning stages have the same code")
    for number, stage in enumerate(stages):
        if stage.cuts and not (stage.delivered_before and stage.approval and number):
            raise ValueError(f"stage {stage.code} cuts without a delivered notice and approval")


def _stage(data: Mapping[str, Any]) -> Stage:
    optional = {
        name: data[name] for name in ("delivered_before", "approval", "cuts") if name in data
    }
    return Stage(
        code=data["code"],
        title=data["title"],
        after_due_days=int(data["after_due_days"]),
        wait_days=data["wait_days"],
        channels=tuple(data["channels"]),
        text=data["text"],
        order=data.get("order"),
        **optional,
    )
