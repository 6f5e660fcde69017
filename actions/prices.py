"""Prices and tiers: what a cubic metre costs, and how much is left at that price."""

from typing import Any

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import cubic_metres, day, price
from billing_client.client import BillingClient
from billing_client.views import TariffView, TierPositionView

CLASS_WORDS = {
    "SPECIAL": ("洗车", "洗浴", "桑拿", "特种", "高尔夫"),
    "NON_RESIDENT": ("商", "店", "公司", "单位", "工业", "企业", "饭馆", "餐", "非居民", "厂"),
    "INSTITUTION": ("学校", "幼儿园", "养老", "福利"),
    "SHARED": ("合表",),
    "RESIDENT": ("居民", "家庭", "住宅", "阶梯"),
}


class ShowPrices(BillingAction):
    """The price table of the class named, else of the customer's own, else of residents."""

    action_name = "action_show_prices"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        named = next(
            (
                code
                for code, words in CLASS_WORDS.items()
                if any(word in turn.said for word in words)
            ),
            None,
        )
        tariff = await billing.tariff(turn.caller, named)
        turn.say(
            "utter_prices",
            class_name=tariff.class_name,
            prices="\n".join(_price_lines(turn, tariff)),
            since=f"{tariff.valid_from:%Y-%m-%d}",
            source=tariff.source,
        )


def _price_lines(turn: Turn, tariff: TariffView) -> list[str]:
    if len(tariff.totals) == 1:
        return [turn.part("utter_part_flat_price", price=tariff.totals[0])]
    lines: list[str] = []
    lower = "0"
    for number, (limit, total) in enumerate(
        zip(tariff.limits_m3, tariff.totals, strict=True), start=1
    ):
        response = "utter_part_price_tier" if limit else "utter_part_price_last_tier"
        lines.append(turn.part(response, tier=number, lower=lower, upper=limit, price=total))
        lower = limit or lower
    return lines


class ShowTier(BillingAction):
    """The tier year's volume against the tiers."""

    action_name = "action_show_tier"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        position = await billing.tier_position(turn.caller, turn.slot("account_no"))
        if position.flat:
            turn.say("utter_tier_flat", price=price(position.prices_e4[0]))
            return
        turn.say(
            "utter_tier" if position.left_l is not None else "utter_tier_last",
            **self._blanks(position),
        )

    def _blanks(self, position: TierPositionView) -> dict[str, Any]:
        last = len(position.prices_e4)
        return {
            "account_no": position.account_no,
            "used": cubic_metres(position.used_l),
            "tier": position.tier,
            "price": price(position.prices_e4[position.tier - 1]),
            "left": cubic_metres(position.left_l or 0),
            "next_price": price(position.prices_e4[min(position.tier, last - 1)]),
            "first_day": day(position.year_from),
            "last_day": day(position.year_to),
        }
