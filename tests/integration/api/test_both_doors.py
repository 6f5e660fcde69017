"""Every method by both doors, with the same outcome: values, refusals and their facts."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from billing_client.client import BillingClient
from billing_client.errors import (
    AccountNotFound,
    AmountRefused,
    CodeExpired,
    InstalmentRefused,
    InvoiceRefused,
    LinkUnknown,
    MethodRefused,
    NoContract,
    NoMeter,
    NotBound,
    NotForStaff,
    NotFresh,
    OrderEnded,
    PhoneRefused,
    ReadingRefused,
    RefundRefused,
    TooManyTries,
    WrongCode,
)
from billing_client.services.notices import write_notice
from billing_client.views import Level
from tests.integration.api.conftest import ACCOUNT, NEIGHBOUR, NOON, STRANGER, WANG, House


async def test_proving_an_account_and_letting_it_go(client: BillingClient, house: House) -> None:
    assert (await client.identify(WANG)).level is Level.ANYONE
    sent = await client.request_code(WANG, ACCOUNT)
    assert (sent.account_no, sent.phone) == (ACCOUNT, "138****1234")
    assert sent.expires_at - NOON == timedelta(minutes=5)
    with pytest.raises(WrongCode) as refused:
        await client.confirm_code(WANG, "not it")
    assert refused.value.facts == {"tries_left": 4}
    known = await client.confirm_code(WANG, await house.code_on_the_phone())
    assert (known.level, known.accounts[0].owner_name) == (Level.FRESH, "王*明")
    assert known.fresh_until == NOON + timedelta(minutes=15)
    with pytest.raises(CodeExpired):
        await client.confirm_code(WANG, await house.code_on_the_phone())
    await client.unbind(WANG, ACCOUNT)
    assert (await client.identify(WANG)).accounts == ()


async def test_guessing_is_limited_by_address_too(client: BillingClient) -> None:
    for number in range(5):
        with pytest.raises(AccountNotFound):
            await client.request_code(WANG, f"199999000{number}")
    with pytest.raises(TooManyTries) as refused:
        await client.request_code(WANG, ACCOUNT)
    assert refused.value.facts["minutes"] > 0


async def test_levels_hold(client: BillingClient, house: House) -> None:
    with pytest.raises(NotBound) as refused:
        await client.arrears(WANG, ACCOUNT)
    assert refused.value.facts == {"account_no": ACCOUNT}
    await house.bind(client)
    with pytest.raises(NotBound):
        await client.bills(WANG, NEIGHBOUR)
    with pytest.raises(NotBound):
        await client.bills(replace(WANG, channel="wechat"), ACCOUNT)
    await house.set_now(NOON + timedelta(minutes=16))
    for asked in (
        client.cancel_autopay(WANG, ACCOUNT),
        client.sign_autopay(WANG, ACCOUNT, idempotency_key="k1"),
        client.agree_instalment(WANG, ACCOUNT, count=3, idempotency_key="k2"),
        client.change_phone(WANG, ACCOUNT, "13900000000"),
    ):
        with pytest.raises(NotFresh):
            await asked


async def test_staff_look_but_do_not_act(client: BillingClient, house: House) -> None:
    await house.bind(client)
    staff = replace(WANG, staff="周敏")
    assert (await client.arrears(staff, ACCOUNT)).open_fen > 0
    with pytest.raises(NotForStaff) as refused:
        await client.unbind(staff, ACCOUNT)
    assert refused.value.facts == {"method": "unbind"}
    with pytest.raises(NotBound):
        await client.bills(staff, NEIGHBOUR)


async def test_reminders_and_phone(client: BillingClient, house: House) -> None:
    await house.bind(client)
    assert (await client.reminders(WANG, ACCOUNT)).wanted["bill"] is True
    changed = await client.set_reminders(WANG, ACCOUNT, {"bill": False, "due": True})
    assert changed.wanted == {"bill": False, "due": True, "outage": True, "usage": True}
    with pytest.raises(PhoneRefused) as refused:
        await client.change_phone(WANG, ACCOUNT, "021-12345678")
    assert refused.value.facts.keys() == {"phone"}
    assert (await client.change_phone(WANG, ACCOUNT, "13900001111")).phone == "139****1111"


async def test_bills_use_and_what_it_says(client: BillingClient, house: House) -> None:
    await house.bind(client)
    bills = await client.bills(WANG, ACCOUNT, "2026-07", "2026-09")
    assert [one.period for one in bills] == ["2026-07", "2026-08", "2026-09"]
    assert {one.used_l for one in bills} == {10_000}
    explained = await client.explain_bill(WANG, ACCOUNT, bills[1].bill_id)
    assert [change.against for change in explained.changes] == ["previous"]
    use = await client.usage(WANG, ACCOUNT)
    assert (use.last_read_on, use.last_reading_l) == (date(2026, 10, 31), 50_000)
    position = await client.tier_position(WANG, ACCOUNT)
    assert position.used_l == 50_000
    assert (await client.leak_signs(WANG, ACCOUNT)).verdict in ("none", "unknown")
    forecast = await client.forecast(WANG, ACCOUNT)
    assert forecast is not None
    assert forecast.low_fen <= forecast.fen <= forecast.high_fen
    assert await client.like_households(WANG, ACCOUNT) is None
    assert (await client.saving_advice(WANG, ACCOUNT)).account_no == ACCOUNT
    tariff = await client.tariff(STRANGER, "NON_RESIDENT")
    assert tariff.customer_class == "NON_RESIDENT"
    assert tariff == await house.core.tariff(STRANGER, "NON_RESIDENT")


async def test_the_chart_by_its_signed_address(client: BillingClient, house: House) -> None:
    await house.bind(client)
    signature = (await client.chart_url(WANG, ACCOUNT)).rsplit("/", 1)[1].removesuffix(".svg")
    assert "<svg" in await client.usage_chart(ACCOUNT, signature)
    drawn = await client.usage_chart_png(ACCOUNT, signature)
    assert drawn is None or drawn.startswith(b"\x89PNG")
    with pytest.raises(NotBound):
        await client.usage_chart(ACCOUNT, "forged")


async def test_readings(client: BillingClient, house: House) -> None:
    await house.bind(client)
    taken = await client.submit_reading(WANG, ACCOUNT, 58, photos=("photo-1",))
    assert (taken.used_l, taken.since) == (8_000, date(2026, 10, 31))
    with pytest.raises(ReadingRefused) as refused:
        await client.submit_reading(WANG, ACCOUNT, 3)
    assert refused.value.code == "reading_lower"
    assert refused.value.facts["last_on"] == NOON.date()
    assert refused.value.facts["ticket_no"] is None
    with pytest.raises(ReadingRefused) as refused:
        await client.submit_reading(WANG, ACCOUNT, 3)
    assert refused.value.facts["ticket_no"] is not None
    with pytest.raises(NoMeter):
        await client.submit_reading(WANG, ACCOUNT, 60, meter_no="M0")


async def test_payment_orders(client: BillingClient, house: House) -> None:
    await house.bind(client)
    oldest = (await client.bills(WANG, ACCOUNT, "2026-06", "2026-06"))[0]
    order = await client.create_payment_order(
        WANG, ACCOUNT, idempotency_key="one", bill_ids=(oldest.bill_id,)
    )
    assert (order.amount_fen, order.bill_ids) == (oldest.open_fen, (oldest.bill_id,))
    again = await client.create_payment_order(
        WANG, ACCOUNT, idempotency_key="another", bill_ids=(oldest.bill_id,)
    )
    assert (again.order_no, again.reused) == (order.order_no, True)
    assert [one.order_no for one in await client.payments(WANG, ACCOUNT)] == [order.order_no]
    with pytest.raises(AmountRefused) as refused:
        await client.create_payment_order(WANG, ACCOUNT, idempotency_key="small", amount_fen=1)
    assert refused.value.facts["smallest_fen"] == 100
    with pytest.raises(NotBound):
        await client.payment_order(STRANGER, order.order_no)
    assert await client.payment_methods() == ("wechat", "alipay")
    assert await client.autopay_methods() == ("wechat", "alipay")
    with pytest.raises(MethodRefused):
        await client.create_payment_order(WANG, ACCOUNT, idempotency_key="m", method="shells")


async def test_orders_at_once_with_one_key_are_one(client: BillingClient, house: House) -> None:
    await house.bind(client)
    asked = [
        client.create_payment_order(WANG, ACCOUNT, idempotency_key="same", amount_fen=5_000)
        for _ in range(5)
    ]
    orders = await asyncio.gather(*asked)
    assert len({order.order_no for order in orders}) == 1


async def test_autopay(client: BillingClient, house: House) -> None:
    await house.bind(client)
    assert (await client.autopay(WANG, ACCOUNT)).state == "NONE"
    with pytest.raises(NoContract):
        await client.cancel_autopay(WANG, ACCOUNT)
    signing = await client.sign_autopay(WANG, ACCOUNT, idempotency_key="sign")
    assert (signing.state, signing.account_no) == ("PENDING", ACCOUNT)
    assert signing.sign_url is not None


async def test_instalments(client: BillingClient, house: House) -> None:
    await house.bind(client)
    assert await client.instalment(WANG, ACCOUNT) is None
    offer = await client.instalment_offer(WANG, ACCOUNT)
    assert offer.why_not is None
    with pytest.raises(InstalmentRefused) as refused:
        await client.agree_instalment(WANG, ACCOUNT, count=99, idempotency_key="p0")
    assert refused.value.facts == {"reason": "bad_count"}
    plan = await client.agree_instalment(WANG, ACCOUNT, count=3, idempotency_key="p1")
    assert sum(part["amount_fen"] for part in plan.parts) == plan.total_fen == offer.total_fen
    same = await client.agree_instalment(WANG, ACCOUNT, count=3, idempotency_key="p1")
    assert same.plan_no == plan.plan_no
    assert await client.instalment(WANG, ACCOUNT) == same


async def test_service_orders(client: BillingClient) -> None:
    order = await client.open_service_order(
        STRANGER, kind="leak", place="人民路5号门口", severity="burst", inside=False,
        phone="13811110000", photos=("p1",), details={"said": "水喷得很高", "deep": {"m": 1.5}},
    )  # fmt: skip
    again = await client.open_service_order(
        STRANGER, kind="leak", place="人民路5号门口", severity="burst"
    )
    assert (again.ticket_no, again.existed) == (order.ticket_no, True)
    assert (await client.urge(STRANGER, order.ticket_no)).urged == 1
    await client.add_evidence(STRANGER, order.ticket_no, "照片", ("p2",))
    history = await client.order_history(STRANGER, order.ticket_no)
    assert [event.number for event in history] == list(range(1, len(history) + 1))
    assert (await client.service_order(STRANGER, order.ticket_no)).state == order.state
    assert [one.ticket_no for one in await client.service_orders(STRANGER)] == [order.ticket_no]
    await client.withdraw_order(STRANGER, order.ticket_no)
    with pytest.raises(OrderEnded) as refused:
        await client.withdraw_order(STRANGER, order.ticket_no)
    assert refused.value.facts == {"ticket_no": order.ticket_no}


async def test_outages_duty_clock_and_notices(client: BillingClient, house: House) -> None:
    (planned,) = await client.outages(STRANGER, "和平里2栋")
    assert (planned.state, planned.starts_at) == ("announced", NOON + timedelta(hours=8))
    assert await client.outages(STRANGER, "远方路") == ()
    assert await client.staff_on_duty() is True
    assert await client.now() == NOON
    async with house.core.engine.begin() as connection:
        await write_notice(
            connection, "payment_settled", "d1", payload={"amount_fen": 5}, account_no=ACCOUNT
        )
    (notice,) = await client.take_notices()
    assert (notice.topic, notice.payload) == ("payment_settled", {"amount_fen": 5})
    assert await client.take_notices(5) == ()
    await client.settle_notice(notice.notice_id)
    await client.notice_failed(notice.notice_id)
    (by_sms,) = await client.take_notices()
    assert (by_sms.topic, by_sms.channel) == ("payment_settled", "sms")


async def test_papers(client: BillingClient, house: House) -> None:
    await house.bind(client)
    latest = (await client.bills(WANG, ACCOUNT))[0]
    link = await client.bill_paper(WANG, ACCOUNT, latest.bill_id)
    kind, ref, token = link.url.removesuffix(".pdf").rsplit("/", 3)[1:]
    assert (await client.paper(kind, ref, token)).startswith(b"%PDF")
    with pytest.raises(LinkUnknown):
        await client.paper(kind, ref, token[:-1] + "g")
    offer = await client.invoice_offer(WANG, ACCOUNT, "2026-06", "2026-10")
    assert (offer.bills, len(offer.unpaid)) == ((), 5)
    with pytest.raises(InvoiceRefused) as refused:
        await client.request_invoice(
            WANG, ACCOUNT, bill_ids=(latest.bill_id,), title_kind="personal", idempotency_key="i1"
        )
    assert refused.value.code == "invoice_unpaid"
    assert await client.invoices(WANG, ACCOUNT) == ()


async def test_refunds(client: BillingClient, house: House) -> None:
    await house.bind(client)
    assert await client.refundable(WANG, ACCOUNT) == ()
    with pytest.raises(RefundRefused) as refused:
        await client.request_refund(WANG, ACCOUNT, order_no="XS0000000", idempotency_key="r1")
    assert (refused.value.code, refused.value.facts["reason"]) == ("refund_nothing", "nothing")
    assert await client.refunds(WANG, ACCOUNT) == ()
