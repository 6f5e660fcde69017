"""The payment page offers what the configured providers can do: scan, the phone's app, WeChat."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from billing_client.pay.capabilities import Scene
from billing_client.pay.messages import NewOrder, Refund, RefundState, RowKind, TransactionState
from billing_client.pay.providers import Providers
from billing_client.pay.rsa import verify
from billing_client.pay.wechat.provider import WeChatPayProvider
from billing_client.pay.wechat.signature import bridge_message
from billing_client.pay.wechat_sandbox.keys import load_or_create
from billing_client.pay.wechat_sandbox.trades import SHANGHAI
from billing_client.views import Caller
from tests.integration.pay.conftest import ACCOUNT, Utility

FAR = datetime(2099, 1, 1, tzinfo=UTC)
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148"}


@pytest.fixture
def as_real(utility: Utility) -> Iterator[Utility]:
    """The providers say that they are no simulators, so that pages are those of real ones."""
    for provider in utility.providers:
        provider.can = replace(provider.can, sandbox=False)  # pyright: ignore[reportAttributeAccessIssue]
    yield utility


def _wechat(utility: Utility) -> WeChatPayProvider:
    provider = utility.providers.of("wechat_sandbox")
    assert isinstance(provider, WeChatPayProvider)
    return provider


async def test_a_code_to_scan_and_the_other_providers(as_real: Utility) -> None:
    await as_real.issue("2026-10", 8650)
    order = await as_real.order()
    page = (await as_real.payer.get(order.pay_url)).text
    assert "微信扫码缴水费" in page
    assert "用支付宝扫码付款" in page
    assert "用本机的" not in page  # this screen is no phone
    on_phone = (await as_real.payer.get(order.pay_url, headers=PHONE)).text
    assert "用本机的微信付款" in on_phone
    assert "用本机的支付宝付款" in on_phone
    changed = await as_real.payer.post(
        order.pay_url, data={"method": "alipay", "scene": "qr"}, follow_redirects=True
    )
    assert "支付宝扫码缴水费" in changed.text
    assert await as_real.state(order.order_no) == "CLOSED"
    assert await as_real.orders() == 2


@pytest.mark.parametrize("method", ["wechat", "alipay"])
async def test_the_phones_own_app_is_opened_and_pays(as_real: Utility, method: str) -> None:
    bill_id = await as_real.issue("2026-10", 8650)
    order = await as_real.order()
    answer = await as_real.payer.post(order.pay_url, data={"method": method, "scene": "phone_page"})
    assert answer.status_code == 303
    await as_real.act(answer.headers["Location"], "pay")
    await as_real.told("payment_settled")
    assert await as_real.paid_fen(bill_id) == 8650
    await as_real.assert_books_right()


@pytest.mark.parametrize("data", [{"method": "unionpay", "scene": "qr"}, {"method": "wechat"}])
async def test_what_nobody_can_do_is_refused(as_real: Utility, data: dict[str, str]) -> None:
    await as_real.issue("2026-10", 8650)
    order = await as_real.order()
    assert (await as_real.payer.post(order.pay_url, data=data)).status_code == 409
    assert await as_real.state(order.order_no) == "PENDING"


async def test_inside_wechat_the_page_holds_what_the_bridge_asks(utility: Utility) -> None:
    wechat = _wechat(utility)
    wanted = NewOrder("XSJSAPI001", 100, "水费", FAR, Scene.IN_WECHAT, "oPAYER")
    prepay_id = await wechat.create_order(wanted)
    told = wechat.bridge_parameters(prepay_id)
    assert told["package"] == f"prepay_id={prepay_id}"
    message = bridge_message(told["appId"], told["timeStamp"], told["nonceStr"], told["package"])
    keys = load_or_create(utility.settings.data_dir)
    verify(keys.merchant_key.public_key(), told["paySign"], message)
    assert json.dumps(told)


async def test_who_writes_in_wechat_pays_there(as_real: Utility) -> None:
    await as_real.issue("2026-10", 8650)
    caller = Caller("wechat", "oPAYER", "wechat:oPAYER")
    order = await as_real.payments.create_payment_order(caller, ACCOUNT, idempotency_key="k1")
    assert order.qr_url == ""
    page = (await as_real.payer.get(order.pay_url)).text
    assert "应付 86.50 元" in page
    assert "prepay_id=" in page
    script = await as_real.payer.get(f"{as_real.settings.local_url}/pay/in_wechat.js")
    assert "getBrandWCPayRequest" in script.text
    by_alipay = await as_real.payments.create_payment_order(
        caller, ACCOUNT, idempotency_key="k2", method="alipay"
    )
    assert by_alipay.qr_url


async def test_refunds_and_the_bill_of_the_day(utility: Utility) -> None:
    wechat = _wechat(utility)
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    await utility.act(order.pay_url, "pay")
    await utility.told("payment_settled")
    part = Refund("RF1", order.order_no, 650, 8650, "多缴退款")
    assert (await wechat.query_refund(part)).state is RefundState.MISSING
    for _ in range(2):
        await wechat.move_money(part)
    told = await wechat.query_refund(part)
    assert (told.state, told.amount_fen) == (RefundState.DONE, 650)
    assert (await wechat.query(order.order_no)).state is TransactionState.PAID
    payment, refund = await wechat.trade_bill(datetime.now(SHANGHAI).date())
    assert (payment.kind, payment.order_no, payment.amount_fen, payment.fee_yuan) == (
        RowKind.PAYMENT,
        order.order_no,
        8650,
        Decimal("0.52"),
    )
    assert (refund.kind, refund.amount_fen, refund.refund_no) == (RowKind.REFUND, 650, "RF1")
    assert await wechat.trade_bill(date(2020, 1, 1)) == ()


def test_who_is_chosen(utility: Utility) -> None:
    names = [provider.name for provider in utility.providers.payable()]
    assert names == ["wechat_sandbox", "alipay_sandbox"]
    assert utility.providers.choose("alipay", Scene.IN_WECHAT) is None
    assert Providers(()).choose(None) is None
