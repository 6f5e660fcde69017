"""Bills, balance, use and payments: what the account's own data say."""

from typing import Any

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import cubic_metres, day, moment, month, month_range, price, yuan
from billing_client.client import BillingClient
from billing_client.views import BillExplanationView, BillView

MOST_BILLS_LISTED = 12
ADJUSTMENT = "adjustment"


def bill_text(turn: Turn, bill: BillView) -> str:
    """One bill in a few lines: period, amount, state, volume, tiers, items."""
    lines = [
        turn.part(
            "utter_part_bill_head",
            month=month(bill.period),
            total=yuan(bill.total_fen),
            state=turn.part(
                f"utter_part_bill_{bill.state}", due=day(bill.due_on), open=yuan(bill.open_fen)
            ),
        ),
        *_use(turn, bill),
        _items(turn, bill),
    ]
    if bill.late_fee_fen:
        lines.append(turn.part("utter_part_bill_late_fee", late_fee=yuan(bill.late_fee_fen)))
    if bill.estimated:
        lines.append(turn.part("utter_part_bill_estimated"))
    return "\n".join(lines)


def _use(turn: Turn, bill: BillView) -> list[str]:
    """Nothing for a bill of no water."""
    if bill.kind == ADJUSTMENT:
        return []
    use = turn.part(
        "utter_part_bill_use",
        used=cubic_metres(bill.used_l),
        first=cubic_metres(bill.reading_from_l),
        last=cubic_metres(bill.reading_to_l),
    )
    return [use, *_shared(turn, bill), _tiers(turn, bill)]


def _shared(turn: Turn, bill: BillView) -> list[str]:
    """Why the volume is not the difference of the readings: a main meter."""
    if not bill.shared_l:
        return []
    name = "utter_part_bill_shared" if bill.shared_l > 0 else "utter_part_bill_less_shared"
    return [turn.part(name, litres=cubic_metres(abs(bill.shared_l)))]


def _tiers(turn: Turn, bill: BillView) -> str:
    """Volume and whole price of each tier, all components together."""
    volumes: dict[int, int] = {}
    prices: dict[int, int] = {}
    for line in bill.lines:
        volumes[line.tier] = line.volume_l
        prices[line.tier] = prices.get(line.tier, 0) + line.price_e4
    shown = (tier for tier in sorted(volumes) if volumes[tier] or len(volumes) == 1)
    return "，".join(
        turn.part(
            "utter_part_tier" if tier else "utter_part_flat",
            tier=tier,
            volume=cubic_metres(volumes[tier]),
            price=price(prices[tier]),
        )
        for tier in shown
    )


def _items(turn: Turn, bill: BillView) -> str:
    return "，".join(
        turn.part("utter_part_item", name=item.name, amount=yuan(item.amount_fen))
        for item in bill.items
    )


class ShowBill(BillingAction):
    """The bill of the period asked for, or all that is owed, or the latest bill."""

    action_name = "action_show_bill"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no, period = turn.slot("account_no"), turn.slot("bill_period")
        arrears = await billing.arrears(turn.caller, account_no)
        turn.set(owes=arrears.open_fen > 0)
        if period:
            await self._show_period(turn, billing, account_no, period)
        elif len(arrears.bills) > 1:
            self._show_arrears(turn, arrears.bills, arrears.open_fen, arrears.late_fee_fen)
        else:
            bills = arrears.bills or await billing.bills(turn.caller, account_no)
            await self._show_one(turn, billing, bills)

    async def _show_period(
        self, turn: Turn, billing: BillingClient, account_no: str, period: dict[str, str]
    ) -> None:
        first, last = period["first"], period["last"]
        bills = await billing.bills(turn.caller, account_no, first, last)
        if not bills:
            turn.say("utter_no_bill_for_period", period=month_range(first, last))
            bills = await billing.bills(turn.caller, account_no)
        turn.set(owes=any(bill.open_fen for bill in bills))
        if len(bills) > 1:
            self._show_several(turn, bills, month_range(first, last))
        else:
            await self._show_one(turn, billing, bills)

    async def _show_one(
        self, turn: Turn, billing: BillingClient, bills: tuple[BillView, ...]
    ) -> None:
        if not bills:
            turn.say("utter_no_bill_yet")
            return
        bill = bills[-1]
        shown = {"first": bill.period, "last": bill.period}
        turn.set(bill_id=bill.bill_id, bill_period=shown)  # for 再往前一个月呢
        chart = await billing.chart_url(turn.caller, bill.account_no)
        turn.say(
            "utter_bill",
            account_no=bill.account_no,
            bill=bill_text(turn, bill),
            image=(chart, turn.part("utter_part_chart", used=cubic_metres(bill.used_l))),
        )

    def _show_arrears(
        self, turn: Turn, bills: tuple[BillView, ...], open_fen: int, late_fee_fen: int
    ) -> None:
        turn.set(bill_id=bills[-1].bill_id)
        turn.say(
            "utter_arrears",
            account_no=bills[0].account_no,
            count=len(bills),
            total=yuan(open_fen),
            late_fee=yuan(late_fee_fen),
            bills=self._listed(turn, bills),
        )

    def _show_several(self, turn: Turn, bills: tuple[BillView, ...], period: str) -> None:
        turn.set(bill_id=bills[-1].bill_id)
        turn.say(
            "utter_several_bills",
            account_no=bills[0].account_no,
            period=period,
            count=len(bills),
            total=yuan(sum(bill.total_fen for bill in bills)),
            open=yuan(sum(bill.open_fen for bill in bills)),
            used=cubic_metres(sum(bill.used_l for bill in bills)),
            bills=self._listed(turn, bills),
        )

    def _listed(self, turn: Turn, bills: tuple[BillView, ...]) -> str:
        return "\n".join(
            turn.part(
                "utter_part_bill_head",
                month=month(bill.period),
                total=yuan(bill.total_fen),
                state=turn.part(
                    f"utter_part_bill_{bill.state}", due=day(bill.due_on), open=yuan(bill.open_fen)
                ),
            )
            for bill in bills[-MOST_BILLS_LISTED:]
        )


async def chosen_bill(turn: Turn, billing: BillingClient) -> BillView | None:
    """The bill of the period named, else the one shown last, else the latest."""
    account_no, period = turn.slot("account_no"), turn.slot("bill_period")
    if period:
        bills = await billing.bills(turn.caller, account_no, period["first"], period["last"])
        if not bills:
            turn.say(
                "utter_no_bill_for_period", period=month_range(period["first"], period["last"])
            )
            bills = await billing.bills(turn.caller, account_no)
    else:
        bills = await billing.bills(turn.caller, account_no)
    return bills[-1] if bills else None


class ExplainBill(BillingAction):
    """Each line of a bill, recomputed from the bill's own data, and the bill as PDF."""

    action_name = "action_explain_bill"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        bill = await chosen_bill(turn, billing)
        if bill is None:
            turn.say("utter_no_bill_yet")
            return
        explained = await billing.explain_bill(turn.caller, bill.account_no, bill.bill_id)
        turn.set(bill_id=bill.bill_id)
        paper = await billing.bill_paper(turn.caller, bill.account_no, bill.bill_id)
        turn.say(
            "utter_bill_explained",
            month=month(bill.period),
            total=yuan(bill.total_fen),
            use=turn.part(
                "utter_part_bill_use",
                used=cubic_metres(bill.used_l),
                first=cubic_metres(bill.reading_from_l),
                last=cubic_metres(bill.reading_to_l),
            ),
            lines="\n".join(_component_lines(turn, explained)),
            prior=cubic_metres(explained.prior_l),
            recomputed=yuan(explained.recomputed_fen),
            link=("utter_part_bill_paper", paper.url),
        )


def _component_lines(turn: Turn, explained: BillExplanationView) -> list[str]:
    """「水费：12吨×3.95 + 3吨×5.25 = 63.15元」 for each component."""
    texts: list[str] = []
    for item in explained.bill.items:
        terms = [
            turn.part(
                "utter_part_term", volume=cubic_metres(line.volume_l), price=price(line.price_e4)
            )
            for line in explained.bill.lines
            if line.component == item.component and line.volume_l
        ]
        texts.append(
            turn.part(
                "utter_part_component",
                name=item.name,
                terms=" + ".join(terms) or "0",
                amount=yuan(item.amount_fen),
            )
        )
    return texts


class ShowBalance(BillingAction):
    action_name = "action_show_balance"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        balance = await billing.balance(turn.caller, turn.slot("account_no"))
        turn.set(owes=balance.open_fen > 0)
        turn.say(
            "utter_balance",
            account_no=balance.account_no,
            prepaid=yuan(balance.prepaid_fen),
            open=yuan(balance.open_fen),
        )


class ShowUsage(BillingAction):
    """Volumes of the periods asked for, or of the last ones, with the picture."""

    action_name = "action_show_usage"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no, period = turn.slot("account_no"), turn.slot("bill_period")
        use = await billing.usage(turn.caller, account_no)
        points = [(point.period, point.used_l) for point in use.points]
        if period:
            bills = await billing.bills(turn.caller, account_no, period["first"], period["last"])
            points = [(bill.period, bill.used_l) for bill in bills]
            if not points:
                turn.say(
                    "utter_no_bill_for_period", period=month_range(period["first"], period["last"])
                )
                points = [(point.period, point.used_l) for point in use.points][-1:]
        chart = await billing.chart_url(turn.caller, account_no)
        turn.say(
            "utter_usage" if len(points) > 1 else "utter_usage_one",
            **self._blanks(turn, points, use),
            image=(chart, self._read(points)),
        )

    def _blanks(self, turn: Turn, points: list[tuple[str, int]], use: Any) -> dict[str, Any]:
        listed = "\n".join(
            turn.part("utter_part_usage", month=month(period), used=cubic_metres(litres))
            for period, litres in points[-6:]
        )
        return {
            "account_no": use.account_no,
            "months": listed,
            "total": cubic_metres(sum(litres for _, litres in points)),
            "count": len(points),
            "reading": cubic_metres(use.last_reading_l),
            "read_on": day(use.last_read_on),
        }

    def _read(self, points: list[tuple[str, int]]) -> str:
        return "，".join(f"{month(period)} {cubic_metres(litres)}m³" for period, litres in points)


class ShowPayments(BillingAction):
    """The latest payments with their state."""

    action_name = "action_show_payments"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        payments = await billing.payments(turn.caller, turn.slot("account_no"))
        if not payments:
            turn.say("utter_no_payments")
            return
        listed = "\n".join(
            turn.part(
                "utter_part_payment",
                at=moment(payment.paid_at or payment.created_at),
                amount=yuan(payment.amount_fen),
                state=turn.part(f"utter_part_payment_{payment.state.lower()}"),
            )
            for payment in payments[:5]
        )
        turn.say("utter_payments", account_no=turn.slot("account_no"), payments=listed)
