"""What customers must be told: written in the transaction it tells of, pushed once by a worker."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import reminders
from billing_client.services.quiet_hours import quiet
from billing_client.store.tables import notice
from billing_client.views import NoticeView

NOT_AT_NIGHT = ("dunning_", "instalment_", "bill_")  # these topics wait for the morning
ONE_TIME_CODE = "one_time_code"  # its payload is emptied once it was handed on
CLAIM_LASTS = timedelta(seconds=60)  # a worker that died gives its notices free after this


async def write_notice(
    connection: AsyncConnection,
    topic: str,
    dedupe: str,
    *,
    payload: dict[str, Any],
    account_no: str | None = None,
    conversation_id: str | None = None,
    channel: str | None = None,
    channel_user: str | None = None,
) -> None:
    """Add a notice; a second one with the same ``dedupe`` changes nothing.

    A reminder that the chat switched off is not written.
    """
    if await reminders.unwanted(connection, topic, channel, channel_user, account_no):
        return
    statement = insert(notice).values(
        topic=topic,
        dedupe=dedupe,
        payload=payload,
        account_no=account_no,
        conversation_id=conversation_id,
        channel=channel,
        channel_user=channel_user,
        daytime=topic.startswith(NOT_AT_NIGHT),
    )
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["dedupe"]))


async def take_notices(
    connection: AsyncConnection, limit: int, now: datetime
) -> tuple[NoticeView, ...]:
    """Claim notices not pushed yet, oldest first. Claims lapse in real time."""
    awake = true() if not await quiet(connection, now) else notice.c.daytime.is_(False)
    free = (
        select(notice.c.notice_id)
        .where(
            notice.c.pushed_at.is_(None),
            awake,
            or_(notice.c.claimed_at.is_(None), notice.c.claimed_at < func.now() - CLAIM_LASTS),
        )
        .order_by(notice.c.notice_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(notice)
        .where(notice.c.notice_id.in_(free.scalar_subquery()))
        .values(claimed_at=func.now())
        .returning(notice)
    )
    rows = (await connection.execute(claimed)).mappings()
    views = (
        NoticeView(
            notice_id=row["notice_id"],
            topic=row["topic"],
            account_no=row["account_no"],
            conversation_id=row["conversation_id"],
            channel=row["channel"],
            channel_user=row["channel_user"],
            payload=row["payload"],
        )
        for row in rows
    )
    return tuple(sorted(views, key=lambda view: view.notice_id))


async def settle_notice(connection: AsyncConnection, notice_id: int) -> None:
    """The notice reached its outbox; it is never handed out again."""
    await connection.execute(
        update(notice)
        .where(notice.c.notice_id == notice_id)
        .values(
            pushed_at=func.now(),
            payload=case(
                (notice.c.topic == ONE_TIME_CODE, literal({}, JSONB)), else_=notice.c.payload
            ),
        )
    )
