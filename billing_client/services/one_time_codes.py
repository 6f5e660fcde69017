"""Proving an account by a code to the phone on file: 6 digits, 5 minutes, 5 tries.

Refusals that must be remembered (a wrong code, an unknown account) are returned,
not raised: the caller commits the count first and raises then.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.masking import mask_phone
from billing_client.errors import (
    AccountNotFound,
    BillingRefusal,
    CodeExpired,
    NotBound,
    TooManyTries,
    WrongCode,
)
from billing_client.services import account_numbers, guessing, identity
from billing_client.services.code_sender import CodeSender
from billing_client.store import settings
from billing_client.store.audit import acting_as, actor_of
from billing_client.store.tables import account, binding, one_time_code
from billing_client.views import Caller, CodeSentView, IdentityView

DIGITS = 6
LIFETIME = timedelta(minutes=5)
MAX_TRIES = 5
FRESH_FOR = timedelta(minutes=15)


async def request_code(
    connection: AsyncConnection,
    caller: Caller,
    wanted: str | None,
    sender: CodeSender,
    now: datetime,
) -> CodeSentView | BillingRefusal:
    """Send a code for an account number or the phone on file, or for the only bound account."""
    if wanted is None:
        wanted = await _only_account(connection, caller)
    # Before the limits, so that one account has one count, however its number is written.
    wanted = await account_numbers.resolve(connection, wanted) or wanted
    look_up = guessing.look_up_limits(caller, wanted)
    sending = guessing.code_limits(caller, wanted)
    await guessing.lock(connection, (*look_up, *sending))
    if refused := await guessing.refusal(connection, (*look_up, *sending), now):
        return refused
    await guessing.record(connection, "look_up", look_up, now)
    query = (
        select(account.c.account_no, account.c.phone)
        .where(or_(account.c.account_no == wanted, account.c.phone == wanted))
        .order_by(account.c.account_no)
    )
    found = (await connection.execute(query)).first()
    if found is None:
        await guessing.record(connection, "account", look_up, now)
        return AccountNotFound(account_no=wanted)
    await guessing.record(connection, "sent", sending, now)
    by_phone = wanted == found.phone
    await _send(connection, caller, found, sender, now, by_phone=by_phone)
    account_no = None if by_phone else wanted  # the number is told only to who proved the phone
    return CodeSentView(account_no, mask_phone(found.phone), now + LIFETIME)


async def confirm_code(
    connection: AsyncConnection, caller: Caller, code: str, now: datetime
) -> IdentityView | BillingRefusal:
    """Bind the account (or all of the phone) of the caller's latest code; fresh for them."""
    sent = await _latest(connection, caller)
    if sent is None or sent.used_at is not None or sent.expires_at <= now:
        return CodeExpired()
    if sent.tries >= MAX_TRIES:
        return TooManyTries(minutes=1)  # this code is dead, a new one may be asked for
    right = await _hash(connection, caller, sent.account_no, code.strip())
    if not hmac.compare_digest(right, sent.code_hash):
        await _change(connection, sent.code_id, tries=sent.tries + 1)
        return WrongCode(tries_left=MAX_TRIES - sent.tries - 1)
    await _change(connection, sent.code_id, used_at=now)
    await acting_as(connection, actor_of(caller))
    for account_no in await _proved(connection, sent):
        await _bind(connection, caller, account_no, now)
    return (await identity.identify(connection, caller))[1]


async def _only_account(connection: AsyncConnection, caller: Caller) -> str:
    bound = (await identity.known(connection, caller)).account_nos
    if len(bound) != 1:
        raise NotBound(accounts=bound)
    return bound[0]


async def _proved(connection: AsyncConnection, sent: Row[Any]) -> Sequence[str]:
    if not sent.whole_phone:
        return [sent.account_no]
    query = select(account.c.account_no).where(account.c.phone == sent.phone)
    return (await connection.execute(query.order_by(account.c.account_no))).scalars().all()


async def _send(
    connection: AsyncConnection,
    caller: Caller,
    found: Row[Any, Any],
    sender: CodeSender,
    now: datetime,
    *,
    by_phone: bool,
) -> None:
    account_no, phone = found.account_no, found.phone
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    await connection.execute(
        insert(one_time_code).values(
            channel=caller.channel,
            channel_user=caller.channel_user,
            account_no=account_no,
            phone=phone,
            whole_phone=by_phone,
            code_hash=await _hash(connection, caller, account_no, code),
            sent_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await sender.send(connection, phone, code, LIFETIME // timedelta(minutes=1), now)


async def _latest(connection: AsyncConnection, caller: Caller) -> Row[Any] | None:
    """Locked, so that tries at the same time are counted one by one."""
    query = (
        select(one_time_code)
        .where(
            one_time_code.c.channel == caller.channel,
            one_time_code.c.channel_user == caller.channel_user,
        )
        .order_by(one_time_code.c.sent_at.desc(), one_time_code.c.code_id.desc())
        .limit(1)
        .with_for_update()
    )
    return (await connection.execute(query)).first()


async def _hash(connection: AsyncConnection, caller: Caller, account_no: str, code: str) -> str:
    """Keyed, since a million codes are hashed in a second by whoever reads the table."""
    key = await settings.signing_key(connection)
    said = "\n".join((caller.channel, caller.channel_user, account_no, code))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


async def _change(connection: AsyncConnection, code_id: int, **values: object) -> None:
    await connection.execute(
        update(one_time_code).where(one_time_code.c.code_id == code_id).values(**values)
    )


async def _bind(
    connection: AsyncConnection, caller: Caller, account_no: str, now: datetime
) -> None:
    statement = insert(binding).values(
        channel=caller.channel,
        channel_user=caller.channel_user,
        account_no=account_no,
        bound_at=now,
        fresh_until=now + FRESH_FOR,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "channel_user", "account_no"],
            set_={"fresh_until": now + FRESH_FOR},
        )
    )
