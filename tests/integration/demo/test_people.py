"""Each named customer is in the promised situation, by the figures billing itself gives."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from pathlib import Path

import psycopg
import pytest

from billing_client.core import CoreBillingClient, connect
from billing_client.demo import city
from billing_client.demo.people import PEOPLE
from billing_client.errors import NotBound
from billing_client.pay.settings import PaymentSettings
from billing_client.store import clock
from billing_client.views import Caller, Level

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)

Check = Callable[[CoreBillingClient, Caller, str], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def promised(name: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        CHECKS[name] = check
        return check

    return keep


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[CoreBillingClient]:
    city.fill(database_url, 7, TODAY, accounts=0)
    made = connect(database_url, payment_settings=PaymentSettings(data_dir=tmp_path))
    async with made.engine.begin() as connection:
        await clock.set_now(connection, NOON, running=False)
    yield made
    await made.close()


async def test_everyone_is_as_promised(client: CoreBillingClient, database_url: str) -> None:
    assert set(CHECKS) == set(PEOPLE)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT demo_name, account_no FROM billing.account").fetchall()
    account_of: dict[str, str] = dict(rows)
    for name, check in CHECKS.items():
        for channel in ("web", "sms"):
            await check(client, Caller(channel, f"demo:{name}"), account_of[name])


async def test_every_bill_can_be_explained(client: CoreBillingClient) -> None:
    for name in ("bound-unpaid", "tier-two", "carwash", "night-leak"):
        caller = Caller("web", f"demo:{name}")
        account_no = (await client.identify(caller)).accounts[0].account_no
        for bill in await client.bills(caller, account_no, "2025-01", "2026-10"):
            explained = await client.explain_bill(caller, account_no, bill.bill_id)
            assert explained.agrees


@promised("bound-unpaid")
async def _unpaid(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    arrears = await client.arrears(caller, account_no)
    assert [(bill.period, bill.state) for bill in arrears.bills] == [("2026-10", "unpaid")]
    assert arrears.late_fee_fen == 0


@promised("bound-paid")
async def _paid(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.arrears(caller, account_no)).open_fen == 0
    assert (await client.payments(caller, account_no))[0].state == "PAID"


@promised("arrears")
async def _arrears(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    arrears = await client.arrears(caller, account_no)
    assert [bill.state for bill in arrears.bills] == ["overdue"] * 3
    assert arrears.late_fee_fen > 0


@promised("autopay-active")
async def _autopay(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    contract = await client.autopay(caller, account_no)
    assert (contract.state, contract.last_result) == ("ACTIVE", "paid")
    assert (await client.payments(caller, account_no))[0].kind == "autopay"


@promised("autopay-failed")
async def _autopay_failed(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    contract = await client.autopay(caller, account_no)
    assert (contract.state, contract.last_result) == ("ACTIVE", "NOTENOUGH")
    assert len((await client.arrears(caller, account_no)).bills) == 1


@promised("prepaid")
async def _prepaid(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    balance = await client.balance(caller, account_no)
    assert (balance.prepaid_fen, balance.open_fen) == (12_850, 0)


@promised("unbound")
async def _unbound(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).level is Level.ANYONE
    with pytest.raises(NotBound):
        await client.arrears(caller, account_no)


@promised("two-accounts")
async def _two(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    accounts = (await client.identify(caller)).accounts
    assert len(accounts) == 2
    assert len({(account.owner_name, account.phone) for account in accounts}) == 1


@promised("household-six")
async def _six(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).accounts[0].persons == 3
    assert (await client.tier_position(caller, account_no)).tier == 2


@promised("low-income")
async def _low_income(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).accounts[0].low_income


@promised("supply-cut")
async def _cut(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).accounts[0].supply_state == "cut"
    states = [bill.state for bill in (await client.arrears(caller, account_no)).bills]
    assert states == [*["overdue"] * 4, "unpaid"]


@promised("night-leak")
async def _leak(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    use = await client.usage(caller, account_no)
    assert (use.night_l_per_hour or 0) >= 5
    assert use.points[-1].used_l > use.points[-2].used_l * 3 // 2


@promised("tier-two")
async def _tier_two(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.tier_position(caller, account_no)).tier == 2


@promised("shop")
async def _shop(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).accounts[0].customer_class == "NON_RESIDENT"


@promised("carwash")
async def _carwash(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.tariff(caller)).totals == ("22.30",)


@promised("outage-area")
async def _outage(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert [outage.state for outage in await client.outages(caller)] == ["running"]
    assert await client.outages(Caller(caller.channel, "demo:bound-paid")) == ()


@promised("double-paid")
async def _doubled(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    bill = (await client.bills(caller, account_no))[-1]
    newest = [payment.amount_fen for payment in await client.payments(caller, account_no)][:2]
    assert newest == [bill.total_fen, bill.total_fen]
    assert (await client.balance(caller, account_no)).prepaid_fen == bill.total_fen


@promised("instalment")
async def _instalment(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    plan = await client.instalment(caller, account_no)
    assert plan is not None
    assert plan.state == "ACTIVE"
    assert sum(part["amount_fen"] for part in plan.parts) == plan.total_fen
    assert plan.total_fen == (await client.arrears(caller, account_no)).overdue_fen


@promised("invoiced")
async def _invoiced(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    bill = (await client.bills(caller, account_no))[-1]
    assert bill.state == "paid"
    assert bill.invoice_no is not None


@promised("mechanical-meter")
async def _mechanical(client: CoreBillingClient, caller: Caller, account_no: str) -> None:
    assert (await client.identify(caller)).accounts[0].meter_kind == "mechanical"
    assert (await client.bills(caller, account_no))[-1].estimated
