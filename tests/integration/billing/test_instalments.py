"""Instalment plans through the door: offered, agreed once, kept, broken, paid early."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from billing_client.domain.late_fee import late_fee_fen
from billing_client.errors import InstalmentRefused, KeyReused, NotFresh
from billing_client.services import instalment_keeping, late_fees
from billing_client.services.billing_run import issue_bill
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import instalment_plan, notice
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town, minutes
from tests.integration.billing.test_billing_run import pay

DUE = date(2026, 11, 5)
FEE = 140  # 14700 fen x 0.0005 x 19 days


async def in_arrears(town: Town) -> int:
    """One bill of 147.00 yuan, due 5 November; it is the 24th."""
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 30)
    async with town.engine.begin() as connection:
        return (await issue_bill(connection, ACCOUNT, "2026-09")).bill_id


async def agree(town: Town, count: int = 3, key: str = "k1"):
    return await town.client.agree_instalment(WANG, ACCOUNT, count=count, idempotency_key=key)


async def keep(town: Town, moment: datetime) -> int:
    await town.set_now(moment)
    return await instalment_keeping.keep_all(town.engine)


async def test_the_offer_splits_all_that_is_owed(town: Town) -> None:
    await in_arrears(town)
    offer = await town.client.instalment_offer(WANG, ACCOUNT)
    assert (offer.why_not, offer.total_fen, offer.periods) == (None, 14_700 + FEE, ("2026-09",))
    assert [choice.count for choice in offer.choices] == [2, 3, 4]
    for choice in offer.choices:
        assert sum(part["amount_fen"] for part in choice.parts) == offer.total_fen
    assert [part["due_on"] for part in offer.choices[1].parts] == [
        "2026-12-24", "2027-01-25", "2027-02-24",
    ]  # fmt: skip


async def test_agreeing_needs_a_fresh_code_and_happens_once(town: Town) -> None:
    await in_arrears(town)
    plans = await asyncio.gather(*(agree(town) for _ in range(6)))
    assert len({plan.plan_no for plan in plans}) == 1
    with pytest.raises(KeyReused):
        await agree(town, count=2)
    with pytest.raises(InstalmentRefused) as refused:
        await agree(town, key="k2")
    assert refused.value.facts == {"reason": "plan_running"}
    await town.set_now(NOON + minutes(16))
    with pytest.raises(NotFresh):
        await agree(town, key="k3")
    await town.assert_books_right()


async def test_two_wishes_at_once_make_one_plan(town: Town) -> None:
    await in_arrears(town)
    made = await asyncio.gather(
        *(agree(town, key=f"k{n}") for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, InstalmentRefused) for outcome in made) == 4
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(instalment_plan)) == 1


async def test_a_number_of_parts_that_was_not_offered_is_refused(town: Town) -> None:
    await in_arrears(town)
    with pytest.raises(InstalmentRefused) as refused:
        await agree(town, count=9)
    assert refused.value.facts == {"reason": "bad_count"}


async def test_the_late_fee_stands_still_while_the_plan_is_kept(town: Town) -> None:
    bill_id = await in_arrears(town)
    plan = await agree(town)
    assert (plan.state, plan.open_fen, plan.next_due_on) == (
        "ACTIVE", 14_840, date(2026, 12, 24),
    )  # fmt: skip
    later = datetime(2026, 12, 20, 12, tzinfo=SHANGHAI)
    await town.set_now(later)
    assert (await town.client.arrears(WANG, ACCOUNT)).late_fee_fen == FEE
    await pay(town, "P1", plan.next_fen or 0, later, bill_id)
    shown = await town.client.instalment(WANG, ACCOUNT)
    assert shown is not None
    assert [part["paid_fen"] for part in shown.parts] == [4947, 0, 0]
    assert (shown.next_due_on, shown.open_fen) == (date(2027, 1, 25), 9_893)
    assert await keep(town, datetime(2027, 1, 20, 9, tzinfo=SHANGHAI)) == 0
    await town.assert_books_right()


async def test_a_part_ten_days_late_breaks_the_plan_and_the_fee_runs_on(town: Town) -> None:
    await in_arrears(town)
    await agree(town)
    # The 24th of December and ten days: the 3rd of January keeps it, the 4th breaks it.
    assert await keep(town, datetime(2027, 1, 3, 9, tzinfo=SHANGHAI)) == 0
    assert await keep(town, datetime(2027, 1, 4, 9, tzinfo=SHANGHAI)) == 1
    assert await keep(town, datetime(2027, 1, 4, 10, tzinfo=SHANGHAI)) == 0
    shown = await town.client.instalment(WANG, ACCOUNT)
    assert shown is not None
    assert shown.state == "BROKEN"
    await town.set_now(datetime(2027, 1, 14, 9, tzinfo=SHANGHAI))
    async with town.engine.connect() as connection:
        rule = await late_fees.rule(connection)
    ten_days = late_fee_fen(14_700, DUE, DUE + timedelta(days=29), (), rule)
    assert (await town.client.arrears(WANG, ACCOUNT)).late_fee_fen == ten_days
    offer = await town.client.instalment_offer(WANG, ACCOUNT)
    assert (offer.why_not, offer.choices) == ("plan_broken", ())


async def test_paying_the_rest_early_ends_the_plan(town: Town) -> None:
    bill_id = await in_arrears(town)
    plan = await agree(town)
    await pay(town, "P1", plan.open_fen, NOON, bill_id)
    shown = await town.client.instalment(WANG, ACCOUNT)
    assert shown is not None
    assert (shown.state, shown.open_fen) == ("DONE", 0)
    assert await keep(town, NOON + timedelta(days=1)) == 1
    async with town.engine.connect() as connection:
        topics = list((await connection.execute(select(notice.c.topic))).scalars())
    assert topics == ["instalment_done"]


async def test_a_part_is_reminded_of_once_and_never_at_night(town: Town) -> None:
    await in_arrears(town)
    await agree(town)
    await keep(town, datetime(2026, 12, 21, 21, tzinfo=SHANGHAI))
    await keep(town, datetime(2026, 12, 22, 3, tzinfo=SHANGHAI))
    assert await town.client.take_notices() == ()
    await town.set_now(datetime(2026, 12, 22, 9, tzinfo=SHANGHAI))
    (told,) = await town.client.take_notices()
    assert (told.topic, told.payload["amount_fen"]) == ("instalment_due", 4947)
