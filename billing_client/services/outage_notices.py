"""Publishing, extending and ending an interruption, and telling the chats it touches."""

from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.outage import Interruption, check
from billing_client.services.notices import write_notice
from billing_client.services.outages import touches
from billing_client.store.tables import account, binding, outage, outage_change


class NoSuchOutage(LookupError):
    """No interruption of this number, or it is over."""


async def publish(connection: AsyncConnection, new: Interruption, actor: str, now: datetime) -> int:
    """Announce it and tell the customers of the areas; its number.

    Raises NoticeTooShort or ValueError, see ``domain/outage.check``.
    """
    check(new, now)
    values = {
        "kind": new.kind,
        "areas": list(new.areas),
        "reason": new.reason,
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "advice": new.advice,
        "published_by": actor,
        "published_at": now,
    }
    statement = insert(outage).values(values).returning(outage)
    row = (await connection.execute(statement)).mappings().one()
    await _note(connection, row, "published", actor, now, new.late_because)
    return int(row["outage_id"])


async def extend(
    connection: AsyncConnection,
    outage_id: int,
    ends_at: datetime,
    actor: str,
    now: datetime,
    note: str = "",
) -> None:
    """A later (or earlier) end. Overrunning without a second notice is what angers people."""
    row = await _running(connection, outage_id)
    if ends_at <= row["starts_at"] or ends_at <= now:
        raise ValueError("the new end lies in the past")
    await _change(connection, outage_id, "extended", actor, now, note, ends_at=ends_at)


async def end(
    connection: AsyncConnection, outage_id: int, actor: str, now: datetime, note: str = ""
) -> None:
    """Water is back, or the work does not take place."""
    await _running(connection, outage_id)
    await _change(connection, outage_id, "ended", actor, now, note, state="over")


async def _running(connection: AsyncConnection, outage_id: int) -> RowMapping:
    query = select(outage).where(outage.c.outage_id == outage_id).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None or row["state"] == "over":
        raise NoSuchOutage(outage_id)
    return row


async def _change(
    connection: AsyncConnection,
    outage_id: int,
    what: str,
    actor: str,
    now: datetime,
    note: str,
    **values: object,
) -> None:
    statement = (
        update(outage).where(outage.c.outage_id == outage_id).values(values).returning(outage)
    )
    row = (await connection.execute(statement)).mappings().one()
    await _note(connection, row, what, actor, now, note)


async def _note(
    connection: AsyncConnection, row: RowMapping, what: str, actor: str, now: datetime, note: str
) -> None:
    last = select(func.coalesce(func.max(outage_change.c.number), 0)).where(
        outage_change.c.outage_id == row["outage_id"]
    )
    number = int((await connection.execute(last)).scalar_one()) + 1
    await connection.execute(
        insert(outage_change).values(
            outage_id=row["outage_id"],
            number=number,
            at=now,
            actor=actor,
            what=what,
            ends_at=row["ends_at"],
            note=note,
        )
    )
    await _tell(connection, row, what, number)


async def _tell(connection: AsyncConnection, row: RowMapping, what: str, number: int) -> None:
    """Each chat once, whatever number of accounts it has there."""
    query = (
        select(
            binding.c.channel,
            binding.c.channel_user,
            account.c.account_no,
            account.c.area,
            account.c.address,
        )
        .join(account, account.c.account_no == binding.c.account_no)
        .where(account.c.supply_state.in_(("on", "cut")))
        .order_by(binding.c.bound_at)
    )
    payload = {
        "areas": "、".join(row["areas"]),
        "reason": row["reason"],
        "starts_at": row["starts_at"].isoformat(),
        "ends_at": row["ends_at"].isoformat(),
        "advice": row["advice"] or "",
    }
    for bound in await connection.execute(query):
        if not touches(row["areas"], (bound.area, bound.address)):
            continue
        await write_notice(
            connection,
            f"outage_{what}",
            f"outage:{row['outage_id']}:{number}:{bound.channel}:{bound.channel_user}",
            payload=payload,
            account_no=bound.account_no,
            channel=bound.channel,
            channel_user=bound.channel_user,
        )
