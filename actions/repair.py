"""Reports from the street and the home: place, severity, service order, progress, outages."""

import re
from typing import Any

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import moment
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal
from billing_client.views import OutageView, ServiceOrderView

# Words that say that water does harm right now; the customer need not be asked how bad it is.
EMERGENCY = re.compile(
    r"爆管|爆了|爆开|爆裂|喷(?!头)|冲出|淹|触电|漏电|带电|电箱|电表|电线|配电|塌|哗哗|水柱|止不住|关不[掉住上]|漫"
)
INJURED = re.compile(r"触电|受伤|电倒|晕倒|砸到|摔伤|流血|救命")
# Words of a place that name no place by themselves: 小区门口, 我家楼下, 路边.
NAMELESS = re.compile(
    r"我|俺|咱|们|家|的|小区|门口|大门|楼下|楼上|路边|马路|街边|那边|那里|那儿|这边|这里|这儿|附近|旁边|"
    r"你猜|随便|都行|呗|就那|漏|滴|渗|喷|流|一直|不停|哗哗|严重|厉害|很大|水|急|快来|快点|赶紧|门前|外面|里面|院子|里|在|到|有|就|是|前面|后面|楼道|隔壁|口|外|边|前|后|上|下|了|漏水|爆管|水管|[，。,.!！?？\s]"
)
ON_FILE = "on_file"  # a yes to the home that was offered
LEAST_NAME = 2  # characters that remain of a place with a name


class WeighSeverity(BillingAction):
    """Safety first: words of an emergency set ``severity`` and bring the advice at once."""

    action_name = "action_weigh_severity"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        if INJURED.search(turn.said):
            turn.say("utter_call_120")
        if EMERGENCY.search(turn.said) and turn.slot("severity") is None:
            turn.set(severity="emergency")
            turn.say("utter_emergency_advice")


class AskPlace(BillingAction):
    """Ask where it is; a customer's own homes are offered, but not for water in the street."""

    action_name = "action_ask_place"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        kind = turn.slot("report_kind")
        homes = [one.address for one in (await billing.identify(turn.caller)).accounts]
        in_the_street = kind == "leak" and turn.slot("inside") != "inside"
        if in_the_street or not homes:
            own = f"utter_ask_{kind}_address"
            turn.say(own if turn.has(own) else "utter_ask_report_address")
            return
        options = [(home, home) for home in homes]
        name = "utter_ask_home" if len(homes) == 1 else "utter_ask_which_home"
        turn.say(name, address=homes[0], options=options)


class CheckPlace(BillingAction):
    """Slot ``address`` must name a place; for a nameless one (小区门口) the name is asked for."""

    action_name = "action_check_place"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        homes = [one.address for one in (await billing.identify(turn.caller)).accounts]
        if turn.slot("address") == ON_FILE:
            turn.set(address=homes[0] if len(homes) == 1 else None)
            return
        said = str(turn.slot("address") or "").strip()
        before = turn.slot("place_before") or ""
        place = said if before in said or said in before else f"{said}{before}"
        if len(NAMELESS.sub("", place)) >= LEAST_NAME:
            turn.set(address=place, place_before=None)
            return
        turn.set(address=None, place_before=place)
        turn.say("utter_place_without_name", place=place)


class AskReportPhone(BillingAction):
    """Ask for a phone; a known customer may take the one on file."""

    action_name = "action_ask_phone"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        accounts = (await billing.identify(turn.caller)).accounts
        if accounts:
            turn.say("utter_ask_phone_known", phone=accounts[0].phone)
        else:
            turn.say("utter_ask_phone")


class CheckReportPhone(BillingAction):
    """A yes takes the phone on file, which a stranger has not."""

    action_name = "action_check_phone"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        if turn.slot("phone") != ON_FILE or (await billing.identify(turn.caller)).accounts:
            return
        turn.set(phone=None)
        turn.say("utter_invalid_phone")


class AskReportConfirm(BillingAction):
    """Read the report back."""

    action_name = "action_ask_report_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        kind = turn.slot("report_kind")
        turn.say(
            "utter_ask_report_confirmed",
            kind=turn.part(f"utter_part_kind_{kind}"),
            place=turn.slot("address"),
            severity=turn.part(f"utter_part_severity_{turn.slot('severity') or 'serious'}"),
        )


class OpenReport(BillingAction):
    """A service order for what was reported; the open one for the same place is given again."""

    action_name = "action_open_report"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        phone = turn.slot("phone")
        inside = turn.slot("inside")
        order = await billing.open_service_order(
            turn.caller,
            kind=turn.slot("report_kind"),
            place=turn.slot("address"),
            severity=turn.slot("severity") or "serious",
            inside=inside == "inside" if inside else None,
            phone=phone if phone not in (None, "none", "on_file") else None,
            photos=tuple(turn.slot("photos") or ()),
        )
        turn.set(ticket_no=order.ticket_no)
        turn.say(
            "utter_report_existed" if order.existed else "utter_report_opened",
            **_order_blanks(turn, order),
        )


class ShowOrders(BillingAction):
    """Progress of the order named, else of the customer's latest ones."""

    action_name = "action_show_orders"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        wanted = turn.slot("ticket_no")
        if wanted:
            orders = (await billing.service_order(turn.caller, wanted),)
        else:
            orders = (await billing.service_orders(turn.caller))[:3]
        turn.set(ticket_no=orders[0].ticket_no if orders else None)
        if not orders:
            turn.say("utter_no_orders")
        for order in orders:
            turn.say("utter_order_progress", **_order_blanks(turn, order))
        turn.set(order_open=bool(orders) and orders[0].state not in ("DONE", "CANCELLED"))


class UrgeOrder(BillingAction):
    action_name = "action_urge_order"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        order = await billing.urge(turn.caller, turn.slot("ticket_no"))
        turn.say("utter_order_urged", **_order_blanks(turn, order))

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        if turn.slot("ticket_no") is not None:
            super().refused(turn, refusal)
            return
        turn.say("utter_no_orders")  # 快点啊, of somebody who has reported nothing yet
        turn.signal("end")


class ShowOutages(BillingAction):
    """Interruptions at the place named or the customer's own; slot ``outage_here``."""

    action_name = "action_show_outages"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        place = turn.slot("address")
        accounts = (await billing.identify(turn.caller)).accounts
        known = bool(accounts) or bool(place)
        for account in accounts:
            if account.supply_state == "cut":
                turn.say("utter_supply_cut", account_no=account.account_no)
                turn.say("utter_supply_cut_next")
                return
        outages = await billing.outages(turn.caller, place)
        turn.set(outage_here=bool(outages) and known)
        if outages:
            listed = "\n".join(_outage_line(turn, outage) for outage in outages)
            turn.say("utter_outages", outages=listed)
        else:
            turn.say("utter_no_outage_here" if known else "utter_no_outage")


class CheckSupply(BillingAction):
    """Why there may be no water: a notice, or a supply that was cut; slot ``no_water_because``."""

    action_name = "action_check_supply"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        accounts = (await billing.identify(turn.caller)).accounts
        cut = [account for account in accounts if account.supply_state == "cut"]
        outages: tuple[OutageView, ...] = ()
        if accounts or turn.slot("address"):
            outages = await billing.outages(turn.caller, turn.slot("address"))
        turn.set(no_water_because="arrears" if cut else "outage" if outages else "unknown")
        if cut:
            turn.set(account_no=cut[0].account_no)
            turn.say("utter_supply_cut", account_no=cut[0].account_no)
        elif outages:
            listed = "\n".join(_outage_line(turn, outage) for outage in outages)
            turn.say("utter_outages", outages=listed)


def _outage_line(turn: Turn, outage: OutageView) -> str:
    return turn.part(
        "utter_part_outage",
        areas="、".join(outage.areas),
        reason=outage.reason,
        starts=moment(outage.starts_at),
        ends=moment(outage.ends_at),
    )


def _order_blanks(turn: Turn, order: ServiceOrderView) -> dict[str, Any]:
    promised = order.promised_at
    return {
        "ticket_no": order.ticket_no,
        "kind": turn.part(f"utter_part_kind_{order.kind}"),
        "place": order.place,
        "state": turn.part(f"utter_part_order_{order.state.lower()}"),
        "at": moment(order.created_at),
        "promised": turn.part("utter_part_promised", at=moment(promised)) if promised else "",
    }
