"""``demo make``: every key shows in what billing says, and the books stay right."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from billing_client.core import CoreBillingClient, connect
from billing_client.demo import city
from billing_client.demo.making import make
from billing_client.demo.situation import BadSituation, parse
from billing_client.pay.settings import PaymentSettings
from billing_client.store import clock
from billing_client.store.proof import first_difference
from billing_client.views import Caller, Level

NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
SITUATIONS = (
    "unpaid=1",
    "overdue=12 unpaid=1",
    "tier=3 persons=6",
    "year_used=179",
    "prepaid=10.01",
    "autopay=pending unpaid=1",
    "autopay=ended",
    "supply=paused",
    "overdue=2 instalment=broken",
    "instalment=done",
    "unpaid=1 payment=pending",
    "unpaid=1 payment=failed",
    "pattern=step_up",
    "pattern=replaced meter=mechanical",
    "pattern=replaced overdue=6",
    "class=INSTITUTION outage=elsewhere",
    "accounts=5 code_age=3",
    "order=leak outage=here staff=off",
    "invoiced=yes estimated=yes low_income=yes",
)


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[CoreBillingClient]:
    city.fill(database_url, 7, date(2026, 11, 24), accounts=5)
    made = connect(database_url, payment_settings=PaymentSettings(data_dir=tmp_path))
    async with made.engine.begin() as connection:
        await clock.set_now(connection, NOON, running=False)
    yield made
    await made.close()


async def test_books_balance_whatever_is_made(client: CoreBillingClient, database_url: str) -> None:
    made = [make(database_url, parse(words.split())) for words in SITUATIONS]
    assert len({one.account_no for one in made}) == len(SITUATIONS)
    async with client.engine.connect() as connection:
        assert await first_difference(connection) is None
    for one in made:
        caller = Caller("web", f"demo:{one.name}")
        arrears = await client.arrears(caller, one.account_no)
        assert tuple(bill.period for bill in arrears.bills) == one.open_bills
        use = await client.usage(caller, one.account_no)
        assert use.last_reading_l == one.last_reading_m3 * 1_000


async def test_figures_of_the_keys(client: CoreBillingClient, database_url: str) -> None:
    words = "name=zhao tier=3 persons=6 order=leak autopay=pending unpaid=1 payment=pending"
    made = make(database_url, parse([*words.split(), "code_age=3", "staff=off"]))
    caller = Caller("web", "demo:zhao")
    identity = await client.identify(caller)
    assert identity.level is Level.FRESH
    assert identity.fresh_until == NOON + timedelta(minutes=12)
    assert (await client.tier_position(caller, made.account_no)).tier == 3
    assert (await client.autopay(caller, made.account_no)).state == "PENDING"
    assert [order.ticket_no for order in await client.service_orders(caller)] == [made.ticket_no]
    assert made.order_no is not None
    assert (await client.payment_order(caller, made.order_no)).state == "PENDING"
    assert not await client.staff_on_duty()


async def test_old_codes_are_not_fresh(client: CoreBillingClient, database_url: str) -> None:
    make(database_url, parse(["name=qian", "code_age=16"]))
    assert (await client.identify(Caller("sms", "demo:qian"))).level is Level.BOUND


async def test_a_replaced_meter_has_bills_of_both(
    client: CoreBillingClient, database_url: str
) -> None:
    made = make(database_url, parse(["pattern=replaced"]))
    with psycopg.connect(database_url) as connection:
        meters = connection.execute(
            "SELECT meter_no, count(*) FROM billing.bill WHERE account_no = %s GROUP BY meter_no"
            " ORDER BY count(*)",
            [made.account_no],
        ).fetchall()
    assert meters == [(made.meter_no, 4), (f"JX{made.account_no}-1", 20)]


async def test_names_are_given_once(client: CoreBillingClient, database_url: str) -> None:
    with pytest.raises(BadSituation, match="bound-paid"):
        make(database_url, parse(["name=bound-paid"]))


async def test_making_at_once_gives_each_an_account(
    client: CoreBillingClient, database_url: str
) -> None:
    made = await asyncio.gather(
        *(asyncio.to_thread(make, database_url, parse(["unpaid=1"])) for _ in range(6))
    )
    assert len({one.account_no for one in made}) == 6


async def test_the_next_period_is_billed_on_top(
    client: CoreBillingClient, database_url: str
) -> None:
    """Ids and readings go on where the demo stopped."""
    from billing_client.services.billing_run import issue_bill

    made = make(database_url, parse(["unpaid=1"]))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO billing.reading VALUES (%s, %s, '2026-11-30', %s, 'remote')",
            [made.account_no, made.meter_no, (made.last_reading_m3 + 9) * 1_000],
        )
    async with client.engine.begin() as connection:
        issued = await issue_bill(connection, made.account_no, "2026-11")
    assert issued.new
    assert issued.total_fen == 9 * 490


def test_an_empty_database_has_no_city_to_live_in(database_url: str) -> None:
    with pytest.raises(LookupError):
        make(database_url, parse([]))


async def test_the_provider_knows_orders_and_contracts(
    client: CoreBillingClient, database_url: str
) -> None:
    """Else a pending order would be found missing, and a deduction refused."""
    waiting = make(database_url, parse(["unpaid=1", "payment=pending"]))
    drained = make(database_url, parse(["unpaid=1", "autopay=failed"]))
    with psycopg.connect(database_url) as connection:
        trade = connection.execute(
            "SELECT trade_state, amount_fen, code_url LIKE '%%/sandbox/pay/' || token"
            " FROM sandbox.trade JOIN billing.payment_order USING (amount_fen)"
            " WHERE out_trade_no = %s AND order_no = %s",
            [waiting.order_no, waiting.order_no],
        ).fetchone()
        contract = connection.execute(
            "SELECT contract_state, fails_with FROM sandbox.contract WHERE out_contract_code = %s",
            [drained.contract_code],
        ).fetchone()
    assert trade is not None
    assert trade[0] == "NOTPAY"
    assert trade[2]
    assert contract == ("SIGNED", "NOTENOUGH")
