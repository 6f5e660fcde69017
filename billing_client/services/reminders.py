"""What a chat wants to be told of by itself. Demands that the law asks for are always sent."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import reminder_preference
from billing_client.views import Caller, RemindersView

TOPICS = ("bill", "due", "outage", "usage")

# The notices of each topic. What is not here (a payment that arrived, a demand before a
# supply cut, the progress of an order) cannot be switched off.
TOPIC_OF: Mapping[str, str] = {
    "bill_issued": "bill",
    "bill_due_soon": "due",
    "outage_published": "outage",
    "outage_extended": "outage",
    "outage_ended": "outage",
    "unusual_use": "usage",
}


async def read(connection: AsyncConnection, caller: Caller, account_no: str) -> RemindersView:
    """All topics; those never switched off are wanted."""
    query = select(reminder_preference.c.topic, reminder_preference.c.wanted).where(
        reminder_preference.c.channel == caller.channel,
        reminder_preference.c.channel_user == caller.channel_user,
        reminder_preference.c.account_no == account_no,
    )
    stored = {row.topic: row.wanted for row in await connection.execute(query)}
    return RemindersView(account_no, {topic: stored.get(topic, True) for topic in TOPICS})


async def write(
    connection: AsyncConnection, caller: Caller, account_no: str, wanted: Mapping[str, bool]
) -> RemindersView:
    """Change the topics named. Raises ValueError for an unknown one."""
    if unknown := set(wanted) - set(TOPICS):
        raise ValueError(f"no such reminder: {sorted(unknown)}")
    for topic, on in wanted.items():
        statement = insert(reminder_preference).values(
            channel=caller.channel,
            channel_user=caller.channel_user,
            account_no=account_no,
            topic=topic,
            wanted=on,
        )
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["channel", "channel_user", "account_no", "topic"],
                set_={"wanted": on},
            )
        )
    return await read(connection, caller, account_no)


async def unwanted(
    connection: AsyncConnection,
    notice_topic: str,
    channel: str | None,
    channel_user: str | None,
    account_no: str | None,
) -> bool:
    """Did this chat switch the notice off for this account?"""
    topic = TOPIC_OF.get(notice_topic)
    if topic is None or channel is None:
        return False
    query = select(reminder_preference.c.wanted).where(
        reminder_preference.c.channel == channel,
        reminder_preference.c.channel_user == channel_user,
        reminder_preference.c.account_no == account_no,
        reminder_preference.c.topic == topic,
    )
    return (await connection.execute(query)).scalar_one_or_none() is False
