"""Corrections take two persons, are posted once, and leave the books right."""

import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from billing_client.domain.adjustment import AdjustmentRefused, Kind, Obstacle
from billing_client.services import adjustments, bill_cancelling, ledger
from billing_client.services.adjustment_charges import Correction
from billing_client.services.adjustments import Adjustment
from billing_client.services.bill_cancelling import CancelRefused
from billing_client.store.tables import audit, journal, posting
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town
from tests.integration.billing.test_billing_run import issue, pay

ZHOU, CHEN = "staff:周敏", "staff:陈立"
LATER = NOON + timedelta(days=30)


async def billed(town: Town) -> int:
    """20 m³: water 7900, sewage 1900, due 5 November."""
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 20)
    return await issue(town, "2026-09")


async def propose(town: Town, kind: Kind, fen: int, bill_id: int | None = None) -> int:
    async with town.engine.begin() as connection:
        made = await adjustments.propose(
            connection,
            ACCOUNT,
            Correction(kind, fen, bill_id),
            reason="读数抄错",
            by=ZHOU,
            now=NOON,
        )
    return made.adjustment_id


async def write_off(town: Town, bill_id: int, now: datetime = NOON) -> Adjustment:
    async with town.engine.begin() as connection:
        return await adjustments.propose_write_off(
            connection, ACCOUNT, bill_id, reason="户主失联", by=ZHOU, now=now
        )


async def approve(town: Town, number: int, by: str = CHEN, now: datetime = NOON) -> Adjustment:
    async with town.engine.begin() as connection:
        return await adjustments.approve(connection, number, by, now)


async def refusal(town: Town, number: int, by: str = CHEN) -> Obstacle:
    with pytest.raises(AdjustmentRefused) as refused:
        await approve(town, number, by)
    await town.assert_books_right()
    return refused.value.obstacle


async def balances(town: Town) -> dict[str, int]:
    """Debit less credit of each account of the ledger."""
    sides = select(posting.c.debit.label("name"), posting.c.amount_fen.label("fen")).union_all(
        select(posting.c.credit, -posting.c.amount_fen)
    )
    one = sides.subquery()
    query = select(one.c.name, func.sum(one.c.fen)).group_by(one.c.name)
    async with town.engine.connect() as connection:
        return {name: int(fen) for name, fen in await connection.execute(query)}


async def test_a_credit_on_an_open_bill_lowers_what_is_owed(town: Town) -> None:
    bill_id = await billed(town)
    number = await propose(town, Kind.CREDIT, 2000, bill_id)
    owed = await town.client.arrears(WANG, ACCOUNT)
    assert owed.open_fen == 9893, "nothing is booked before it is approved"
    done = await approve(town, number)
    assert (done.state, done.decided_by) == ("posted", CHEN)
    assert (await town.client.arrears(WANG, ACCOUNT)).open_fen == 9893 - 2000
    assert (await balances(town))["revenue:WATER"] == -7900 + 2000
    await town.assert_books_right()
    with pytest.raises(AdjustmentRefused) as refused:  # no more than the charge
        await propose(town, Kind.CREDIT, 5901, bill_id)
    assert (refused.value.obstacle, refused.value.fen) == (Obstacle.TOO_MUCH, 5900)
    with pytest.raises(CancelRefused, match="credited"):
        async with town.engine.begin() as connection:
            await bill_cancelling.cancel(
                connection, ACCOUNT, bill_id, reason="x", by=ZHOU, now=NOON
            )


async def test_a_credit_on_a_paid_bill_is_prepaid_balance(town: Town) -> None:
    bill_id = await billed(town)
    await pay(town, "P1", 9893, NOON, bill_id)
    await approve(town, await propose(town, Kind.CREDIT, 2000, bill_id))
    async with town.engine.connect() as connection:
        assert await ledger.prepaid_fen(connection, ACCOUNT) == 2000
    await town.assert_books_right()


async def test_a_debit_is_a_bill_of_its_own_without_water(town: Town) -> None:
    bill_id = await billed(town)
    first = await approve(town, await propose(town, Kind.DEBIT, 1234, bill_id))
    second = await approve(town, await propose(town, Kind.DEBIT, 66))
    (old, charged) = await town.client.bills(WANG, ACCOUNT, "2026-09", "2026-09")
    assert (charged.bill_id, charged.kind, charged.total_fen) == (
        first.new_bill_id, "adjustment", 1234,
    )  # fmt: skip
    assert (charged.used_l, charged.due_on) == (0, date(2026, 12, 9))
    assert [item.name for item in charged.items] == ["水费(含水资源税)(补收)"]
    explained = await town.client.explain_bill(WANG, ACCOUNT, charged.bill_id)
    assert (explained.agrees, explained.tiers) == (True, ())
    (latest,) = await town.client.bills(WANG, ACCOUNT)
    assert latest.bill_id == old.bill_id == bill_id, "the newest bill is one of water"
    assert second.new_bill_id is not None
    assert [point.total_fen for point in (await town.client.usage(WANG, ACCOUNT)).points] == [9800]
    await town.read_meter(date(2026, 10, 31), 40)
    await issue(town, "2026-10")  # goes on from the last bill of water
    (latest,) = await town.client.bills(WANG, ACCOUNT)
    assert (latest.used_l, latest.reading_from_l) == (20_000, 20_000)
    await town.assert_books_right()


async def test_nobody_approves_their_own_also_not_past_the_code(town: Town) -> None:
    number = await propose(town, Kind.DEBIT, 500)
    assert await refusal(town, number, ZHOU) is Obstacle.SAME_PERSON
    forged = text(
        "UPDATE billing.adjustment SET state = 'approved', decided_by = ' STAFF:周敏',"
        " decided_at = now()"
    )
    async with town.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="check constraint"):
            await connection.execute(forged)
    async with town.engine.begin() as connection:
        done = await adjustments.refuse(connection, number, "弄错户号", ZHOU, NOON)
        assert (done.state, done.remark) == ("refused", "弄错户号")
    assert await refusal(town, number) is Obstacle.DECIDED


async def test_a_posted_one_stays_as_it_is(town: Town) -> None:
    number = await propose(town, Kind.DEBIT, 500)
    await approve(town, number)
    for statement in (
        "UPDATE billing.adjustment SET amount_fen = 1",
        "UPDATE billing.adjustment SET state = 'proposed', decided_by = NULL, decided_at = NULL,"
        " posted_at = NULL",
        "DELETE FROM billing.adjustment",
    ):
        async with town.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="stays as it is"):
                await connection.execute(text(statement))
    query = select(audit.c.actor, audit.c.after).where(audit.c.table_name == "adjustment")
    async with town.engine.connect() as connection:
        seen = [(row.actor, row.after["state"]) for row in await connection.execute(query)]
    assert seen == [(ZHOU, "proposed"), (CHEN, "approved"), (CHEN, "posted")]


APPROVE = """
import asyncio, sys
from datetime import datetime
from billing_client.domain.adjustment import AdjustmentRefused
from billing_client.services import adjustments
from billing_client.store.engine import create_engine

async def main(url, number, by):
    async with create_engine(url).begin() as connection:
        try:
            await adjustments.approve(connection, number, by, datetime.now().astimezone())
        except AdjustmentRefused as refused:
            sys.exit(str(refused.obstacle))

sys.stdin.readline()  # all of them start at once
asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
"""


async def test_of_approvers_at_once_exactly_one_posts(town: Town, database_url: str) -> None:
    number = await propose(town, Kind.CREDIT, 500)
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", APPROVE, database_url, str(number), f"staff:审批{place}"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for place in range(4)
    ]  # fmt: skip
    for one in crowd:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = [(one.communicate(timeout=60)[1].strip(), one.returncode) for one in crowd]
    assert sorted(told) == [("", 0), *[("decided", 1)] * 3]
    async with town.engine.connect() as connection:
        posted = select(func.count()).where(journal.c.kind == "adjust")
        assert await connection.scalar(posted) == 1
        assert await ledger.prepaid_fen(connection, ACCOUNT) == 500
    await town.assert_books_right()


async def test_written_off_by_charge_and_owed_again_when_the_money_comes(town: Town) -> None:
    bill_id = await billed(town)
    await pay(town, "P1", 1093, NOON, bill_id)  # 93 of late fee, 1000 of 9800
    proposed = await write_off(town, bill_id)
    assert proposed.amount_fen == 8800
    with pytest.raises(AdjustmentRefused, match="in_hand"):
        await write_off(town, bill_id)
    assert await refusal(town, proposed.adjustment_id, ZHOU) is Obstacle.SAME_PERSON
    await approve(town, proposed.adjustment_id)
    # 1000 paid in proportion: 806 of water, 194 of sewage.
    now = await balances(town)
    assert (now["bad_debt:WATER"], now["payable:SEWAGE"]) == (7900 - 806, -194)
    assert now[f"ar:{ACCOUNT}"] == 0
    (view,) = await town.client.bills(WANG, ACCOUNT)
    assert (view.state, view.open_fen, view.paid_fen) == ("written_off", 0, 1093)
    await town.set_now(LATER)
    assert (await town.client.arrears(WANG, ACCOUNT)).bills == (), "and no late fee runs"
    with pytest.raises(CancelRefused, match="written_off"):
        async with town.engine.begin() as connection:
            await bill_cancelling.cancel(
                connection, ACCOUNT, bill_id, reason="x", by=ZHOU, now=LATER
            )
    await pay(town, "P2", 5000, LATER)
    async with town.engine.begin() as connection:
        back = await adjustments.propose_recovery(
            connection, ACCOUNT, proposed.adjustment_id, reason="收回", by=CHEN, now=LATER
        )
    with pytest.raises(AdjustmentRefused, match="same_person"):
        await approve(town, back.adjustment_id, CHEN, LATER)
    await approve(town, back.adjustment_id, ZHOU, LATER)
    (view,) = await town.client.bills(WANG, ACCOUNT)
    assert (view.state, view.open_fen) == ("overdue", 3800)
    now = await balances(town)
    assert now["bad_debt:WATER"] == 0
    await town.assert_books_right()
    with pytest.raises(AdjustmentRefused, match="in_hand"):
        async with town.engine.begin() as connection:
            await adjustments.propose_recovery(
                connection, ACCOUNT, proposed.adjustment_id, reason="再", by=CHEN, now=LATER
            )


async def test_who_paid_meanwhile_is_not_written_off(town: Town) -> None:
    bill_id = await billed(town)
    proposed = await write_off(town, bill_id)
    await pay(town, "P1", 500, NOON, bill_id)
    assert await refusal(town, proposed.adjustment_id) is Obstacle.OWED_CHANGED


async def test_a_bill_that_was_cancelled_meanwhile_gets_no_credit(town: Town) -> None:
    bill_id = await billed(town)
    number = await propose(town, Kind.CREDIT, 500, bill_id)
    async with town.engine.begin() as connection:
        await bill_cancelling.cancel(connection, ACCOUNT, bill_id, reason="x", by=ZHOU, now=NOON)
    assert await refusal(town, number) is Obstacle.NO_BILL


@pytest.mark.parametrize(
    ("account_no", "wanted", "reason", "obstacle"),
    [
        (ACCOUNT, Correction(Kind.DEBIT, 0), "x", Obstacle.NO_AMOUNT),
        (ACCOUNT, Correction(Kind.DEBIT, 5), "  ", Obstacle.NO_REASON),
        (ACCOUNT, Correction(Kind.DEBIT, 5, None, "WINE"), "x", Obstacle.NO_COMPONENT),
        (ACCOUNT, Correction(Kind.DEBIT, 5, 99), "x", Obstacle.NO_BILL),
        ("1", Correction(Kind.DEBIT, 5), "x", Obstacle.NO_ACCOUNT),
    ],
)
async def test_what_cannot_be_meant_is_named(
    town: Town, account_no: str, wanted: Correction, reason: str, obstacle: Obstacle
) -> None:
    with pytest.raises(AdjustmentRefused) as refused:
        async with town.engine.begin() as connection:
            await adjustments.propose(
                connection, account_no, wanted, reason=reason, by=ZHOU, now=NOON
            )
    assert refused.value.obstacle is obstacle


async def test_staff_see_what_waits(town: Town) -> None:
    number = await propose(town, Kind.DEBIT, 500)
    async with town.engine.begin() as connection:
        assert [it.adjustment_id for it in await adjustments.waiting(connection)] == [number]
        assert await adjustments.of_account(connection, NEIGHBOUR) == []
    await approve(town, number)
    async with town.engine.begin() as connection:
        assert await adjustments.waiting(connection) == []
        (done,) = await adjustments.of_account(connection, ACCOUNT)
    assert (done.state, done.kind, done.amount_fen) == ("posted", "debit", 500)
