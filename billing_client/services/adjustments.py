"""Corrections of the books: proposed by one person, approved and so posted by another.

The same service serves the command line and the desk. Each call is the caller's transaction;
the account's lock and the row's state let exactly one of two approvers post.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.adjustment import (
    AdjustmentRefused,
    Kind,
    Obstacle,
    State,
    check_decider,
)
from billing_client.services import adjustment_posting, write_offs
from billing_client.services.adjustment_charges import Correction, check_charge
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, adjustment

MOST_SHOWN = 100


@dataclass(frozen=True)
class Adjustment:
    """A correction as staff see it. ``new_bill_id``: the bill that a debit made."""

    account_no: str
    adjustment_id: int
    kind: str
    state: str
    bill_id: int | None
    component: str | None
    amount_fen: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    remark: str | None
    new_bill_id: int | None


async def propose(
    connection: AsyncConnection,
    account_no: str,
    wanted: Correction,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> Adjustment:
    """Nothing is booked until another person approves it. Raises AdjustmentRefused."""
    await _begin(connection, account_no, reason, by)
    if wanted.amount_fen <= 0:
        raise AdjustmentRefused(Obstacle.NO_AMOUNT)
    await check_charge(connection, account_no, wanted, now)
    return await _insert(connection, account_no, asdict(wanted), reason, by, now)


async def propose_write_off(
    connection: AsyncConnection,
    account_no: str,
    bill_id: int,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> Adjustment:
    """Give up all that is open of an overdue bill, late fee included. Raises AdjustmentRefused.

    The late fee until today is posted with it, so that the sum stands.
    """
    await _begin(connection, account_no, reason, by)
    amount_fen = await write_offs.amount_to_write_off(connection, account_no, bill_id, now)
    await _none_in_hand(connection, account_no, Kind.WRITE_OFF, bill_id)
    values = {"kind": Kind.WRITE_OFF, "amount_fen": amount_fen, "bill_id": bill_id}
    return await _insert(connection, account_no, values, reason, by, now)


async def propose_recovery(
    connection: AsyncConnection,
    account_no: str,
    write_off_id: int,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> Adjustment:
    """Take a posted write-off back: the bill is owed again. Raises AdjustmentRefused."""
    await _begin(connection, account_no, reason, by)
    gone = await _row(connection, write_off_id, account_no)
    if (gone["kind"], gone["state"]) != (Kind.WRITE_OFF, State.POSTED):
        raise AdjustmentRefused(Obstacle.NOT_WRITTEN_OFF)
    await _none_in_hand(connection, account_no, Kind.RECOVERY, gone["bill_id"], write_off_id)
    values = {
        "kind": Kind.RECOVERY,
        "amount_fen": gone["amount_fen"],
        "bill_id": gone["bill_id"],
        "reverses": write_off_id,
    }
    return await _insert(connection, account_no, values, reason, by, now)


async def approve(
    connection: AsyncConnection, adjustment_id: int, by: str, now: datetime
) -> Adjustment:
    """Approve and post, both or neither. Raises AdjustmentRefused."""
    row = await _held(connection, adjustment_id, by)
    check_decider(State(row["state"]), row["proposed_by"], by, State.APPROVED)
    await _move(connection, row, State.APPROVED, decided_by=by.strip(), decided_at=now)
    new_bill_id = await adjustment_posting.post(connection, row, now)
    moved = await _move(connection, row, State.POSTED, posted_at=now, new_bill_id=new_bill_id)
    return _shown(moved)


async def refuse(
    connection: AsyncConnection, adjustment_id: int, remark: str, by: str, now: datetime
) -> Adjustment:
    """It is not done, with the reason; who proposed it may withdraw it so."""
    if not remark.strip():
        raise AdjustmentRefused(Obstacle.NO_REASON)
    row = await _held(connection, adjustment_id, by)
    check_decider(State(row["state"]), row["proposed_by"], by, State.REFUSED)
    values = {"decided_by": by.strip(), "decided_at": now, "remark": remark.strip()}
    return _shown(await _move(connection, row, State.REFUSED, **values))


async def waiting(connection: AsyncConnection) -> Sequence[Adjustment]:
    """What waits for a second person, the oldest first."""
    query = select(adjustment).where(adjustment.c.state == State.PROPOSED)
    query = query.order_by(adjustment.c.proposed_at).limit(MOST_SHOWN)
    return [_shown(row) for row in (await connection.execute(query)).mappings()]


async def of_account(connection: AsyncConnection, account_no: str) -> Sequence[Adjustment]:
    """All of an account, the newest first."""
    query = select(adjustment).where(adjustment.c.account_no == account_no)
    query = query.order_by(adjustment.c.adjustment_id.desc()).limit(MOST_SHOWN)
    return [_shown(row) for row in (await connection.execute(query)).mappings()]


async def _begin(connection: AsyncConnection, account_no: str, reason: str, by: str) -> None:
    await acting_as(connection, by)
    if not reason.strip():
        raise AdjustmentRefused(Obstacle.NO_REASON)
    await lock_account(connection, account_no)
    known = select(account.c.account_no).where(account.c.account_no == account_no)
    if (await connection.execute(known)).first() is None:
        raise AdjustmentRefused(Obstacle.NO_ACCOUNT)


async def _none_in_hand(
    connection: AsyncConnection,
    account_no: str,
    kind: Kind,
    bill_id: int,
    reverses: int | None = None,
) -> None:
    """The same is not proposed twice; unique indexes hold it too."""
    live = [State.PROPOSED, State.APPROVED] + ([State.POSTED] if reverses is not None else [])
    query = select(func.count()).where(
        adjustment.c.account_no == account_no,
        adjustment.c.bill_id == bill_id,
        adjustment.c.kind == kind,
        adjustment.c.reverses.is_not_distinct_from(reverses),
        adjustment.c.state.in_(live),
    )
    if (await connection.execute(query)).scalar_one():
        raise AdjustmentRefused(Obstacle.IN_HAND)


async def _insert(
    connection: AsyncConnection,
    account_no: str,
    values: dict[str, Any],
    reason: str,
    by: str,
    now: datetime,
) -> Adjustment:
    values |= {"account_no": account_no, "reason": reason.strip()}
    statement = insert(adjustment).values(values | {"proposed_by": by.strip(), "proposed_at": now})
    row = (await connection.execute(statement.returning(adjustment))).mappings().one()
    return _shown(row)


async def _held(connection: AsyncConnection, adjustment_id: int, by: str) -> RowMapping:
    """The row as it is once the account's lock is ours."""
    await acting_as(connection, by)
    found = await _row(connection, adjustment_id)
    await lock_account(connection, found["account_no"])
    return await _row(connection, adjustment_id)


async def _row(
    connection: AsyncConnection, adjustment_id: int, account_no: str | None = None
) -> RowMapping:
    query = select(adjustment).where(adjustment.c.adjustment_id == adjustment_id)
    if account_no is not None:
        query = query.where(adjustment.c.account_no == account_no)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise AdjustmentRefused(Obstacle.NOT_FOUND)
    return row


async def _move(
    connection: AsyncConnection, row: RowMapping, after: State, **values: Any
) -> RowMapping:
    statement = (
        update(adjustment)
        .where(
            adjustment.c.account_no == row["account_no"],
            adjustment.c.adjustment_id == row["adjustment_id"],
        )
        .values(state=after, **values)
        .returning(adjustment)
    )
    return (await connection.execute(statement)).mappings().one()


def _shown(row: RowMapping) -> Adjustment:
    return Adjustment(**{name: row[name] for name in Adjustment.__dataclass_fields__})
