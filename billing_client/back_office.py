"""What staff of the bundled core may ask beside one customer's conversation.

Only for the desk in the same process; a utility with a core of its own has a back office too.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.core_session import Session
from billing_client.domain.adjustment import AdjustmentRefused, Kind
from billing_client.services import adjustments, late_fee_waivers, refund_approval
from billing_client.services.adjustment_charges import Correction
from billing_client.services.late_fee_waivers import WaiverRefused
from billing_client.services.refund_approval import ApprovalRefused
from billing_client.store import clock
from billing_client.store.audit import acting_as

OF_USERS = text("""
SELECT a.account_no, a.owner_name, a.phone, a.address, b.channel, b.channel_user
  FROM unnest(cast(:channels AS text[]), cast(:users AS text[])) AS u (channel, channel_user)
  JOIN billing.binding b USING (channel, channel_user)
  JOIN billing.account a USING (account_no)
""")
OF_ACCOUNT = text("""
SELECT a.account_no, a.owner_name, a.phone, a.address, b.channel, b.channel_user
  FROM billing.account a JOIN billing.binding b USING (account_no) WHERE a.account_no = :account_no
""")

# What two people decide, the oldest first. A waiver's ref is 'account/number'.
WAITING = text("""
SELECT 'waiver' AS kind, account_no || '/' || waiver_id AS ref, account_no, amount_fen, reason,
       asked_by, asked_at
  FROM billing.late_fee_waiver WHERE approved_at IS NULL
UNION ALL
SELECT kind, adjustment_id::text, account_no, amount_fen, reason, proposed_by, proposed_at
  FROM billing.adjustment WHERE state = 'proposed'
UNION ALL
SELECT 'refund', refund_no, account_no, amount_fen, reason, proposed_by, created_at
  FROM billing.refund WHERE state = 'WAITING_APPROVAL'
ORDER BY 7 LIMIT 200
""")
OBSTACLES = {
    "no_account": "没有这个户号。",
    "no_bill": "没有这张账单，或已作废。",
    "no_component": "账单上没有这一项。",
    "too_much": "超过这张账单还能退的数额。",
    "decided": "已由别人处理。",
    "not_waiting": "已由别人处理。",
    "same_person": "提出人不能自己审批，请由另一位同事审批。",
    "in_hand": "同样的申请正在等审批。",
}


class OfficeRefused(ValueError):
    """Not done; the message is a sentence for the staff."""


@dataclass(frozen=True)
class Waiting:
    """Something that a second person decides. ``kind``: waiver, refund, or an adjustment's."""

    kind: str
    ref: str
    account_no: str
    amount_fen: int
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True)
class Customer:
    """A bound channel user and the account, unmasked: to compare with, never to show."""

    account_no: str
    owner_name: str
    phone: str
    address: str
    channel: str
    channel_user: str


class BackOffice:
    """Safe to share by all tasks of a process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def customers_of(self, users: Sequence[tuple[str, str]]) -> list[Customer]:
        """The accounts that these channel users have bound."""
        values = {"channels": [one for one, _ in users], "users": [one for _, one in users]}
        async with self._engine.connect() as connection:
            return [Customer(*row) for row in await connection.execute(OF_USERS, values)]

    async def customers_of_account(self, account_no: str) -> list[Customer]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(OF_ACCOUNT, {"account_no": account_no})
            return [Customer(*row) for row in rows]

    async def ask_waiver(
        self, account_no: str, bill_id: int, amount_fen: int, *, reason: str, by: str
    ) -> None:
        """Of a bill's late fee; nothing changes until it is approved. Raises OfficeRefused."""
        async with self._session(by) as session:
            await late_fee_waivers.ask(
                session.connection, account_no, bill_id, amount_fen,
                reason=reason, asked_by=by, now=session.now,
            )  # fmt: skip

    async def propose_credit(
        self, account_no: str, bill_id: int, amount_fen: int, *, reason: str, by: str
    ) -> None:
        """Give back of a bill's water charge, once it is approved. Raises OfficeRefused."""
        wanted = Correction(Kind.CREDIT, amount_fen, bill_id)
        async with self._session(by) as session:
            await adjustments.propose(
                session.connection, account_no, wanted, reason=reason, by=by, now=session.now
            )

    async def waiting(self) -> list[Waiting]:
        async with self._engine.connect() as connection:
            return [Waiting(*row) for row in await connection.execute(WAITING)]

    async def decide(self, kind: str, ref: str, by: str, *, approved: bool) -> None:
        """Approve or refuse what ``waiting`` showed, and do it. Raises OfficeRefused."""
        async with self._session(by) as session:
            connection, now = session.connection, session.now
            if kind == "waiver" and approved:
                account_no, _, number = ref.partition("/")
                await late_fee_waivers.approve(connection, account_no, _number(number), by, now)
            elif kind == "refund":
                decide = refund_approval.approve if approved else refund_approval.reject
                await decide(connection, ref, by, now)
            elif kind in set(Kind) and approved:
                await adjustments.approve(connection, _number(ref), by, now)
            elif kind in set(Kind):
                await adjustments.refuse(connection, _number(ref), "未批准", by, now)
            else:
                raise OfficeRefused("没有这样的申请。")

    @asynccontextmanager
    async def _session(self, by: str) -> AsyncIterator[Session]:
        """One transaction in this one's name; what the services refuse becomes a sentence."""
        try:
            async with self._engine.begin() as connection:
                await acting_as(connection, by)
                yield Session(connection, await clock.now(connection))
        except WaiverRefused as refused:
            raise OfficeRefused(str(refused)) from None
        except AdjustmentRefused as refused:
            raise OfficeRefused(OBSTACLES.get(refused.obstacle, "没有办成。")) from None
        except ApprovalRefused as refused:
            raise OfficeRefused(OBSTACLES.get(refused.reason, "没有办成。")) from None


def _number(ref: str) -> int:
    if not (ref.isascii() and ref.isdigit() and len(ref) < 19):
        raise OfficeRefused("没有这样的申请。")
    return int(ref)
