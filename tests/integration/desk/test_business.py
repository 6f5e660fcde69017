"""Staff see and do what the conversation's customer has bound, and the audit says who did."""

import psycopg
import pytest

from billing_client.core import CoreBillingClient
from billing_client.demo import city, making
from billing_client.demo.situation import parse
from billing_client.errors import NotBound, NotForStaff
from billing_client.views import Caller
from channels import inbox, ownership
from channels.database import Pool
from channels.ownership import Change
from tests.integration.channels.conversing import message, rows
from tests.integration.desk.conftest import LogIn

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(database_url: str) -> making.Made:
    city.fill(database_url, accounts=0)
    return making.make(database_url, parse(["name=wang", "overdue=2"]))


async def test_the_panel_and_an_order_for_the_customer(
    pool: Pool, customer: making.Made, log_in: LogIn
) -> None:
    received = await inbox.receive(pool, message(user="demo:wang"))
    taken = Change("agent", agent="小李")
    await ownership.change(pool, received.conversation_id, taken)
    browser = await log_in("小李")
    address = f"/desk/conversations/{received.conversation_id}"
    panel = await (await browser.get(f"{address}/panel")).text()
    assert f"户号 {customer.account_no}" in panel and "未缴账单" in panel
    assert customer.phone not in panel

    form = {"kind": "leak", "place": "和平里2栋", "details": "楼道", "key": "b" * 32}
    for _ in range(2):  # pressed twice
        assert (await browser.post(f"{address}/service-order", **form)).status == 303
    ordered = "SELECT place, account_no FROM billing.service_order WHERE channel_user = 'demo:wang'"
    assert await rows(pool, ordered) == [("和平里2栋", customer.account_no)]
    told = await rows(pool, "SELECT reply ->> 'text' FROM channels.outbox")
    assert len(told) == 1 and "已为您登记漏水工单" in str(told[0][0])
    other = {"account_no": "1000999999", "key": "c" * 32}
    refused = await browser.post(f"{address}/payment-link", **other)
    assert refused.status == 409 and "没有绑定这个户号" in await refused.text()


async def test_staff_reach_what_is_bound_and_not_what_needs_the_customers_code(
    database_url: str, billing: CoreBillingClient, customer: making.Made
) -> None:
    staff = Caller("web", "demo:wang", staff="小李")
    for _ in range(2):
        assert (await billing.arrears(staff, customer.account_no)).open_fen > 0
    with pytest.raises(NotForStaff):
        await billing.sign_autopay(staff, customer.account_no, idempotency_key="k")
    with pytest.raises(NotForStaff):
        await billing.unbind(staff, customer.account_no)
    with pytest.raises(NotBound):
        await billing.arrears(Caller("web", "somebody", staff="小李"), customer.account_no)
    with psycopg.connect(database_url) as connection:
        lines = connection.execute(
            "SELECT action, account_no FROM billing.audit WHERE actor = 'staff:小李'"
        ).fetchall()
    assert lines == [("read", customer.account_no)]
