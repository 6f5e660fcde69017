"""What an approved request does to the account, in the transaction that approves it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.account import SupplyState
from billing_client.domain.dunning import Hold
from billing_client.domain.meter_test import beyond_limit, too_much_m3
from billing_client.domain.reading import Source
from billing_client.domain.terms import first_of_next_month
from billing_client.services import (
    account_opening,
    dunning_facts,
    ownership,
    readings,
    supply,
    terms,
)
from billing_client.services.account_opening import NewAccount
from billing_client.services.meters import NewMeter
from billing_client.services.ownership import NewOwner
from billing_client.services.readings import NewReading
from billing_client.services.terms import Grant
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import account, meter, service_order

LITRES_A_M3 = 1_000
MOST_PERSONS = 30


HELD = {
    Hold.INSTALMENT: "正在分期缴费",
    Hold.DISPUTED: "有未办结的复核或校表",
    Hold.PAYMENT_PENDING: "有待支付的订单",
    Hold.NOT_DELIVERED: "停水通知没有送达",
    Hold.NOT_APPROVED: "没有欠费或没有审批",
    Hold.PROTECTED: "低保户或合表户",
    Hold.DAY_OFF: "今天或明天不是工作日",
    Hold.NOT_ON: "没有在供水",
}


class DecisionIncomplete(ValueError):
    """The decision lacks what its effect needs; the message names it for staff."""


class Decision:
    """What staff decided: the order, the values they gave, who and when."""

    def __init__(
        self, order: RowMapping, values: Mapping[str, Any], by: str, now: datetime
    ) -> None:
        self.order, self.values, self.by, self.now = order, values, by, now
        self.today: date = now.astimezone(SHANGHAI).date()
        self.ticket_no: str = order["ticket_no"]

    @property
    def account_no(self) -> str:
        found = self.values.get("account_no") or self.order["account_no"]
        if not found:
            raise DecisionIncomplete("要写明户号:account_no=…")
        return str(found)

    def text(self, name: str, meaning: str) -> str:
        value = str(self.values.get(name) or "").strip()
        if not value:
            raise DecisionIncomplete(f"要写明{meaning}:{name}=…")
        return value

    def whole(self, name: str, meaning: str) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise DecisionIncomplete(f"要写明{meaning}(整数):{name}=…")
        return value

    def day(self, name: str) -> date | None:
        value = self.values.get(name)
        try:
            return date.fromisoformat(value) if value else None
        except (TypeError, ValueError):
            raise DecisionIncomplete(f"{name} 应写成 2026-12-01") from None


Effect = Callable[[AsyncConnection, Decision], Awaitable[None]]


async def apply(
    connection: AsyncConnection,
    effect: str,
    order: RowMapping,
    values: Mapping[str, Any],
    by: str,
    now: datetime,
) -> None:
    """Raises DecisionIncomplete, and what the effect itself refuses."""
    await EFFECTS[effect](connection, Decision(order, values, by, now))


async def _household_size(connection: AsyncConnection, it: Decision) -> None:
    """The tier limits grow from the day it holds; bills read before are not computed again."""
    persons = it.whole("persons", "核定人口")
    if not 1 <= persons <= MOST_PERSONS:
        raise DecisionIncomplete(f"人口应在 1 到 {MOST_PERSONS} 之间")
    first, last = await terms.household_span(connection, it.today)
    span = it.day("valid_from") or first, it.day("valid_to") or last
    await _grant(connection, it, "persons", persons, *span)


async def _discount(connection: AsyncConnection, it: Decision) -> None:
    first, last = await terms.household_span(connection, it.today)
    span = it.day("valid_from") or first, it.day("valid_to") or last
    await _grant(connection, it, "low_income", True, *span)


async def _use_class(connection: AsyncConnection, it: Decision) -> None:
    """From next month (连云港: 次月生效), without an end."""
    code = it.text("customer_class", "用水性质")
    first = it.day("valid_from") or first_of_next_month(it.today)
    await _grant(connection, it, "customer_class", code, first, None)


async def _grant(
    connection: AsyncConnection,
    it: Decision,
    what: terms.What,
    value: Any,
    first: date,
    last: date | None,
) -> None:
    evidence = it.text("evidence", "材料")
    grant = Grant(it.account_no, what, value, first, last, it.by, evidence, it.ticket_no)
    await terms.grant(connection, grant, it.today)


async def _change_owner(connection: AsyncConnection, it: Decision) -> None:
    owner = NewOwner(it.text("owner_name", "新户主"), it.text("phone", "新户主手机"))
    await ownership.change_owner(
        connection, it.account_no, owner, it.by, it.now, ticket_no=it.ticket_no
    )


async def _close(connection: AsyncConnection, it: Decision) -> None:
    mode = it.text("mode", "销户还是报停(close 或 pause)")
    if mode == "pause":
        until = it.day("until")
        if until is None:
            raise DecisionIncomplete("要写明报停到哪天:until=…")
        state = SupplyState.PAUSED
    elif mode == "close":
        until, state = None, SupplyState.CLOSED
    else:
        raise DecisionIncomplete("mode 应是 close(销户)或 pause(报停)")
    await supply.change(connection, it.account_no, state, it.by, it.now, until=until)


async def _reconnect(connection: AsyncConnection, it: Decision) -> None:
    await supply.change(connection, it.account_no, SupplyState.ON, it.by, it.now)


async def _cut(connection: AsyncConnection, it: Decision) -> None:
    """Looked at once more at the door: who paid or asked in between keeps the water."""
    held = await dunning_facts.why_not_cut(connection, it.account_no, it.now)
    if held is not None:
        raise DecisionIncomplete(f"现在不能停水:{HELD[held]}。")
    await supply.change(connection, it.account_no, SupplyState.CUT, it.by, it.now)


async def _invoice_title(connection: AsyncConnection, it: Decision) -> None:
    title = it.text("title", "发票抬头")
    values = {"invoice_title": title, "invoice_tax_no": it.values.get("tax_no")}
    await connection.execute(
        update(account).where(account.c.account_no == it.account_no).values(values)
    )


async def _reread(connection: AsyncConnection, it: Decision) -> None:
    """The figure that was read on the spot, believed also when it is high."""
    details: Mapping[str, Any] = it.order["details"]
    meter_no = it.values.get("meter_no") or details.get("meter_no")
    if meter_no is None:
        fitted = select(meter.c.meter_no).where(
            meter.c.account_no == it.account_no, meter.c.removed_on.is_(None)
        )
        found = list((await connection.execute(fitted)).scalars())
        if len(found) != 1:
            raise DecisionIncomplete("要写明表号:meter_no=…")
        meter_no = found[0]
    new = NewReading(
        account_no=it.account_no,
        meter_no=str(meter_no),
        read_on=it.today,
        shown_l=it.whole("reading", "复核读数") * LITRES_A_M3,
        source=Source.MANUAL,
        by=it.by,
        checked=True,
    )
    recorded = await readings.record(connection, new, it.now)
    if recorded.refusal is not None:
        raise DecisionIncomplete(f"这个读数不能用:{recorded.refusal}。换过表请先登记换表。")


async def _meter_test(connection: AsyncConnection, it: Decision) -> None:
    """Keeps the result and the volume to correct with the order; the bills are corrected apart."""
    try:
        error = Decimal(str(it.values["error_percent"]))
    except (KeyError, InvalidOperation):
        raise DecisionIncomplete("要写明示值误差(%):error_percent=…") from None
    result: dict[str, Any] = {"error_percent": str(error), "beyond_limit": beyond_limit(error)}
    if result["beyond_limit"]:
        result["too_much_m3"] = too_much_m3(it.whole("measured_m3", "更正期内的水量"), error)
    details = dict(it.order["details"]) | {"test": result}
    await connection.execute(
        update(service_order)
        .where(service_order.c.ticket_no == it.ticket_no)
        .values(details=details)
    )


async def _open_account(connection: AsyncConnection, it: Decision) -> None:
    new = NewAccount(
        owner_name=it.text("owner_name", "户主"),
        phone=it.text("phone", "手机"),
        address=it.text("address", "用水地址"),
        area=it.text("area", "小区或道路"),
        customer_class=it.text("customer_class", "用水性质"),
        zone=it.values.get("zone"),
        main_account_no=it.values.get("main_account_no"),
    )
    first = NewMeter(
        it.text("meter_no", "表号"),
        it.values.get("kind", "mechanical"),
        it.whole("initial", "表底读数"),
    )
    number = await account_opening.open_account(connection, new, first, it.today, it.by)
    await connection.execute(
        update(service_order)
        .where(service_order.c.ticket_no == it.ticket_no)
        .values(account_no=number)
    )


EFFECTS: dict[str, Effect] = {
    "household_size": _household_size,
    "discount": _discount,
    "use_class": _use_class,
    "change_owner": _change_owner,
    "close_account": _close,
    "reconnection": _reconnect,
    "supply_cut": _cut,
    "invoice_title": _invoice_title,
    "reread": _reread,
    "meter_test": _meter_test,
    "open_account": _open_account,
}
