"""The customer's panel: what billing knows of the accounts that the conversation's user proved."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from billing_client import views
from billing_client.client import BillingClient
from billing_client.services.service_standards import kinds
from billing_client.views import Caller
from channels.desk import wording

BILLS_SHOWN = 6
PAYMENTS_SHOWN = 5


@dataclass(frozen=True)
class AccountPanel:
    account: views.AccountView
    arrears: views.ArrearsView
    prepaid_fen: int
    latest: views.BillExplanationView | None
    payments: tuple[views.PaymentView, ...]
    autopay: views.AutopayView


@dataclass(frozen=True)
class Panel:
    accounts: tuple[AccountPanel, ...]
    orders: tuple[views.ServiceOrderView, ...]

    @property
    def order_kinds(self) -> dict[str, str]:
        """Code and title of what an order can be opened for."""
        return {code: kind.title for code, kind in kinds().items()}

    def facts(self, now: datetime) -> dict[str, str]:
        """By name, what the blanks of canned replies say now; of the first account."""
        found: dict[str, str] = {}
        if self.accounts:
            one = self.accounts[0]
            found |= {
                "account_no": one.account.account_no,
                "open": wording.yuan(one.arrears.open_fen),
            }
            if one.latest:
                bill = one.latest.bill
                found |= {"period": wording.month(bill.period), "due": wording.day(bill.due_on)}
                found |= {"total": wording.yuan(bill.total_fen)}
        if self.orders:
            order = self.orders[0]
            found["ticket_no"] = order.ticket_no
            if order.promised_at:
                found["promised"] = wording.clock(order.promised_at, now)
        return found


async def read(billing: BillingClient, caller: Caller) -> Panel:
    identity = await billing.identify(caller)
    accounts = [await _account(billing, caller, account) for account in identity.accounts]
    return Panel(tuple(accounts), await billing.service_orders(caller))


async def _account(
    billing: BillingClient, caller: Caller, account: views.AccountView
) -> AccountPanel:
    number = account.account_no
    arrears, balance, bills, payments, autopay = await asyncio.gather(
        billing.arrears(caller, number),
        billing.balance(caller, number),
        billing.bills(caller, number),
        billing.payments(caller, number),
        billing.autopay(caller, number),
    )
    latest = None
    if bills:
        latest = await billing.explain_bill(caller, number, bills[-1].bill_id)
    return AccountPanel(
        account, arrears, balance.prepaid_fen, latest, payments[:PAYMENTS_SHOWN], autopay
    )
