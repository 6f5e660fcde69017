"""Paying what is owed in parts: the running plan, what can be offered, the agreement."""

import re
from datetime import date
from typing import Any

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import day, month_range, yuan
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal, InstalmentRefused
from billing_client.views import InstalmentChoiceView, InstalmentOfferView, InstalmentView

COUNT = re.compile(r"\d{1,2}")
MOST_CHOICES = 3
RUNNING = "ACTIVE"


class ShowInstalment(BillingAction):
    """The running plan with its dates; slot ``has_plan``."""

    action_name = "action_show_instalment"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        plan = await billing.instalment(turn.caller, turn.slot("account_no"))
        runs = plan is not None and plan.state == RUNNING
        turn.set(has_plan=runs)
        if plan is not None and runs:
            _say_plan(turn, "utter_instalment_plan", plan)


class OfferInstalment(BillingAction):
    """What is owed and in how many parts it may be paid; slot ``may_split``."""

    action_name = "action_offer_instalment"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        offer = await billing.instalment_offer(turn.caller, turn.slot("account_no"))
        turn.set(may_split=offer.why_not is None)
        if offer.why_not:
            least = yuan(offer.least_total_fen)
            turn.say(
                f"utter_no_instalment_{offer.why_not}", least=least, account_no=offer.account_no
            )


class AskInstalmentCount(BillingAction):
    """The choices, each with its first part and day."""

    action_name = "action_ask_instalment_count"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        offer = await billing.instalment_offer(turn.caller, turn.slot("account_no"))
        choices = _shown(offer)
        turn.say(
            "utter_ask_instalment_count",
            account_no=offer.account_no,
            total=yuan(offer.total_fen),
            periods=month_range(offer.periods[0], offer.periods[-1]),
            choices="\n".join(_choice(turn, choice) for choice in choices),
            options=[
                (turn.part("utter_part_count", count=choice.count), str(choice.count))
                for choice in choices
            ],
        )


class CheckInstalmentCount(BillingAction):
    """Slot ``instalment_count`` must be one of the offered numbers."""

    action_name = "action_check_instalment_count"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        offer = await billing.instalment_offer(turn.caller, turn.slot("account_no"))
        allowed = [choice.count for choice in offer.choices]
        found = COUNT.search(str(turn.slot("instalment_count") or ""))
        count = int(found.group()) if found else None
        turn.set(instalment_count=count if count in allowed else None)
        if count not in allowed:
            listed = "、".join(str(number) for number in allowed)
            turn.say("utter_instalment_count_not_offered", counts=listed)


class AskInstalmentConfirmed(BillingAction):
    """Read the plan back, part by part."""

    action_name = "action_ask_instalment_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        offer = await billing.instalment_offer(turn.caller, turn.slot("account_no"))
        count = turn.slot("instalment_count")
        parts = next(choice.parts for choice in offer.choices if choice.count == count)
        turn.say(
            "utter_ask_instalment_confirmed",
            total=yuan(offer.total_fen),
            count=count,
            parts="\n".join(_part(turn, part) for part in parts),
            days=offer.broken_after_days,
        )


class AgreeInstalment(BillingAction):
    """Make the plan. The same message never makes two."""

    action_name = "action_agree_instalment"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        plan = await billing.agree_instalment(
            turn.caller,
            turn.slot("account_no"),
            count=int(turn.slot("instalment_count")),
            idempotency_key=turn.message_key,
        )
        _say_plan(turn, "utter_instalment_agreed", plan)

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        reason = refusal.facts.get("reason")
        name = f"utter_no_instalment_{reason}"
        if not isinstance(refusal, InstalmentRefused) or not turn.has(name):
            super().refused(turn, refusal)
            return
        turn.say(name, account_no=turn.slot("account_no"), least="")
        turn.signal("end")


def _shown(offer: InstalmentOfferView) -> list[InstalmentChoiceView]:
    """A few of the choices: the fewest parts, the most, and one between."""
    if len(offer.choices) <= MOST_CHOICES:
        return list(offer.choices)
    middle = offer.choices[len(offer.choices) // 2]
    return [offer.choices[0], middle, offer.choices[-1]]


def _choice(turn: Turn, choice: InstalmentChoiceView) -> str:
    first = choice.parts[0]
    return turn.part(
        "utter_part_instalment_choice",
        count=choice.count,
        amount=yuan(first["amount_fen"]),
        due=day(date.fromisoformat(first["due_on"])),
    )


def _say_plan(turn: Turn, name: str, plan: InstalmentView) -> None:
    turn.say(
        name,
        plan_no=plan.plan_no,
        total=yuan(plan.total_fen),
        open=yuan(plan.open_fen),
        parts="\n".join(_part(turn, part) for part in plan.parts),
    )


def _part(turn: Turn, part: dict[str, Any]) -> str:
    paid = part.get("paid_fen", 0) >= part["amount_fen"]
    return turn.part(
        "utter_part_instalment",
        due=day(date.fromisoformat(part["due_on"])),
        amount=yuan(part["amount_fen"]),
        state=turn.part("utter_part_instalment_paid" if paid else "utter_part_instalment_open"),
    )
