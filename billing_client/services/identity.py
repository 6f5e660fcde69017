"""Who the caller is, and the one table of what each level may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import NotBound, NotFresh
from billing_client.services import accounts, staff_access
from billing_client.store import clock
from billing_client.store.audit import acting_as, actor_of
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import binding, meter, setting
from billing_client.views import Caller, IdentityView, Level

# The level that each method of BillingClient needs. What changes who pays, or how,
# needs a code of the last 15 minutes.
LEVELS: Mapping[str, Level] = {
    "identify": Level.ANYONE,
    "request_code": Level.ANYONE,
    "confirm_code": Level.ANYONE,
    "unbind": Level.BOUND,
    "change_phone": Level.FRESH,
    "reminders": Level.BOUND,
    "set_reminders": Level.BOUND,
    "bills": Level.BOUND,
    "arrears": Level.BOUND,
    "explain_bill": Level.BOUND,
    "usage": Level.BOUND,
    "submit_reading": Level.BOUND,
    "chart_url": Level.BOUND,
    "usage_chart": Level.ANYONE,  # by a signed link that chart_url gave
    "usage_chart_png": Level.ANYONE,
    "balance": Level.BOUND,
    "tier_position": Level.BOUND,
    "leak_signs": Level.BOUND,
    "forecast": Level.BOUND,
    "like_households": Level.BOUND,
    "saving_advice": Level.BOUND,
    "tariff": Level.ANYONE,
    "payments": Level.BOUND,
    "create_payment_order": Level.BOUND,
    "payment_order": Level.BOUND,
    "autopay": Level.BOUND,
    "sign_autopay": Level.FRESH,
    "cancel_autopay": Level.FRESH,
    "instalment": Level.BOUND,
    "instalment_offer": Level.BOUND,
    "agree_instalment": Level.FRESH,
    "refundable": Level.BOUND,
    "request_refund": Level.FRESH,
    "refunds": Level.BOUND,
    "bill_paper": Level.BOUND,
    "invoice_offer": Level.BOUND,
    "request_invoice": Level.BOUND,
    "correct_invoice": Level.BOUND,
    "invoices": Level.BOUND,
    "paper": Level.ANYONE,  # by a signed link that one of these gave
    "open_service_order": Level.ANYONE,
    "service_orders": Level.ANYONE,  # the caller's own
    "service_order": Level.ANYONE,
    "urge": Level.ANYONE,
    "order_history": Level.ANYONE,
    "add_evidence": Level.ANYONE,
    "withdraw_order": Level.ANYONE,
    "outages": Level.ANYONE,
}


@dataclass(frozen=True)
class Known:
    """What is known of a caller: accounts bound, oldest first, and until when each is fresh."""

    fresh_until: Mapping[str, datetime | None]

    @property
    def account_nos(self) -> tuple[str, ...]:
        return tuple(self.fresh_until)

    def level(self, account_no: str, now: datetime) -> Level:
        if account_no not in self.fresh_until:
            return Level.ANYONE
        until = self.fresh_until[account_no]
        return Level.FRESH if until is not None and until > now else Level.BOUND


# Asked once or more in every turn: one statement each, and put together once. The clock's
# row stands on the left, so that there is one for a caller without accounts too.
_ONE = select(literal(1).label("one")).subquery()
_BOUND = _ONE.outerjoin(setting, setting.c.key == clock.DEMO_CLOCK).outerjoin(
    binding,
    and_(
        binding.c.channel == bindparam("channel"),
        binding.c.channel_user == bindparam("channel_user"),
    ),
)
_IN_ORDER = (binding.c.bound_at, binding.c.account_no)
KNOWN_AND_NOW = (
    select(setting.c.value.label("clock"), binding.c.account_no, binding.c.fresh_until)
    .select_from(_BOUND)
    .order_by(*_IN_ORDER)
)
IDENTIFIED = (
    select(setting.c.value.label("clock"), binding.c.fresh_until, *accounts.SHOWN)
    .select_from(accounts.with_meter(_BOUND, binding.c.account_no))
    .order_by(*_IN_ORDER, meter.c.installed_on)
)


async def known(connection: AsyncConnection, caller: Caller) -> Known:
    return (await known_and_now(connection, caller))[0]


async def known_and_now(connection: AsyncConnection, caller: Caller) -> tuple[Known, datetime]:
    """What is known of the caller, and the moment it is for billing, in one question."""
    asked = {"channel": caller.channel, "channel_user": caller.channel_user}
    rows = (await connection.execute(KNOWN_AND_NOW, asked)).all()
    bound = {row.account_no: row.fresh_until for row in rows if row.account_no is not None}
    return Known(bound), clock.moment(rows[0].clock)


async def require(
    connection: AsyncConnection, caller: Caller, method: str, account_no: str
) -> datetime:
    """The moment it is for billing, for a caller who may use the method on the account.

    Staff see what is bound to the conversation's customer, by a table of their own. Raises
    NotBound, NotFresh, and for staff what ``staff_access.require`` raises.
    """
    who, now = await known_and_now(connection, caller)
    if caller.staff is not None:
        await staff_access.require(connection, caller, method, account_no, who.account_nos)
    elif not allows(who, now, method, account_no):
        bound = who.level(account_no, now) is not Level.ANYONE
        raise NotFresh(account_no=account_no) if bound else NotBound(account_no=account_no)
    return now


def allows(who: Known, now: datetime, method: str, account_no: str) -> bool:
    """Whether a customer so known may use the method on the account."""
    return who.level(account_no, now) >= LEVELS[method]


async def identify(connection: AsyncConnection, caller: Caller) -> tuple[Known, IdentityView]:
    """The caller's highest level and accounts."""
    asked = {"channel": caller.channel, "channel_user": caller.channel_user}
    rows = (await connection.execute(IDENTIFIED, asked)).mappings().all()
    now = clock.moment(rows[0]["clock"])
    found = {row["account_no"]: row for row in rows if row["account_no"] is not None}
    bound = Known({account_no: row["fresh_until"] for account_no, row in found.items()})
    levels = [bound.level(account_no, now) for account_no in found]
    moments = [row["fresh_until"] for row in found.values()]
    fresh = [moment for moment in moments if moment and moment > now]
    view = IdentityView(
        level=max(levels, default=Level.ANYONE),
        accounts=tuple(accounts.view(row) for row in found.values()),
        now=now,
        fresh_until=max(fresh).astimezone(SHANGHAI) if fresh else None,
    )
    return bound, view


async def unbind(connection: AsyncConnection, caller: Caller, account_no: str) -> None:
    """Remove the link; nothing of the account itself changes."""
    await acting_as(connection, actor_of(caller))
    await connection.execute(
        delete(binding).where(
            binding.c.channel == caller.channel,
            binding.c.channel_user == caller.channel_user,
            binding.c.account_no == account_no,
        )
    )
