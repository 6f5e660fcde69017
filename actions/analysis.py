"""What the account's own use tells: leak at home, the next bill, like households, saving."""

from typing import Any

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import cubic_metres, day, month, yuan
from billing_client.analysis_views import (
    FindingView,
    ForecastView,
    LeakSignView,
    LeakView,
    LikeHouseholdsView,
)
from billing_client.client import BillingClient

MOST_FINDINGS = 3
PER_BILL = frozenset({"next_tier", "above_others"})
"""Findings whose figures are litres of a bill; of the others litres a day, or persons."""


class CheckHomeLeak(BillingAction):
    """What the meter's data say of a leak behind the meter, with the evidence in numbers."""

    action_name = "action_check_home_leak"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        leak = await billing.leak_signs(turn.caller, turn.slot("account_no"))
        turn.say(
            f"utter_leak_{leak.verdict}",
            account_no=leak.account_no,
            newest=day(leak.newest_on) if leak.newest_on else "",
            signs="\n".join(_sign(turn, sign) for sign in leak.signs),
            cost=_cost(turn, leak),
        )
        turn.say("utter_leak_self_test")
        turn.set(leak_likely=leak.verdict == "likely")


def _sign(turn: Turn, sign: LeakSignView) -> str:
    return turn.part(
        f"utter_part_sign_{sign.sign}",
        since=day(sign.since),
        count=sign.count,
        now=sign.now_l,
        before="" if sign.before_l is None else sign.before_l,
    )


def _cost(turn: Turn, leak: LeakView) -> str:
    if not leak.lost_l_a_day or leak.lost_fen_a_month is None:
        return ""
    return turn.part(
        "utter_part_leak_cost", litres=leak.lost_l_a_day, amount=yuan(leak.lost_fen_a_month)
    )


class Forecast(BillingAction):
    """The next bill: the likeliest figure, and the range that four bills in five fall into."""

    action_name = "action_forecast"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        found = await billing.forecast(turn.caller, turn.slot("account_no"))
        if found is None:
            turn.say("utter_forecast_too_early")
            return
        turn.say("utter_forecast", **_forecast_blanks(turn, found))


def _forecast_blanks(turn: Turn, found: ForecastView) -> dict[str, Any]:
    so_far = ""
    if found.so_far_l is not None and found.measured_on:
        so_far = turn.part(
            "utter_part_used_so_far",
            used=cubic_metres(found.so_far_l),
            day=day(found.measured_on),
        )
    tier = turn.part("utter_part_tier_begins", tier=found.tier) if found.tier_begins else ""
    return {
        "month": month(found.period),
        "amount": yuan(found.fen),
        "low": yuan(found.low_fen),
        "high": yuan(found.high_fen),
        "used": cubic_metres(found.used_l),
        "used_low": cubic_metres(found.low_l),
        "used_high": cubic_metres(found.high_l),
        "count": str(found.periods),
        "so_far": so_far,
        "tier": tier,
    }


class SavingTips(BillingAction):
    """Advice tied to what the customer's own use shows; general advice when nothing is known."""

    action_name = "action_saving_tips"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        accounts = (await billing.identify(turn.caller)).accounts
        if accounts:
            await self._own(turn, billing, accounts[0].account_no)
        turn.say("utter_saving_tips")

    async def _own(self, turn: Turn, billing: BillingClient, account_no: str) -> None:
        like = await billing.like_households(turn.caller, account_no)
        turn.say(
            "utter_like_households" if like else "utter_like_households_unknown",
            **(_like_blanks(like) if like else {}),
        )
        advice = await billing.saving_advice(turn.caller, account_no)
        lines = [_finding(turn, finding) for finding in advice.findings[:MOST_FINDINGS]]
        if lines:
            turn.say("utter_saving_found", findings="\n".join(lines))
        else:
            turn.say("utter_saving_in_order")


def _like_blanks(like: LikeHouseholdsView) -> dict[str, Any]:
    return {
        "month": month(like.period),
        "area": like.area,
        "persons": str(like.persons),
        "households": str(like.households),
        "own": cubic_metres(like.own_l),
        "median": cubic_metres(like.median_l),
        "percent": str(like.percent_using_less),
    }


def _finding(turn: Turn, finding: FindingView) -> str:
    shown = cubic_metres if finding.finding in PER_BILL else str
    return turn.part(
        f"utter_part_finding_{finding.finding}",
        now=shown(finding.now),
        against=shown(finding.against),
        save=yuan(finding.save_fen),
    )
