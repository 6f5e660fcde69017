"""Proving an account by a code to the phone on file: 6 digits, 5 minutes, 5 tries.

Refusals that must be remembered (a wrong code, an unknown account) are returned,
not raised: the caller commits the count first and raises then.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Row, select, update
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
from billing_client.services import guessing, identity
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
    account_no: str | None,
    sender: CodeSender,
    now: datetime,
) -> CodeSentView | BillingRefusal:
    """Send a code for the account, or for the caller's only bound one."""
    if account_no is None:
        account_no = await _only_account(connection, caller)
    look_up = guessing.look_up_limits(caller, account_no)
    sending = guessing.code_limits(caller, account_no)
    await guessing.lock(connection, (*look_up, *sending))
    if refused := await guessing.refusal(connection, (*look_up, *sending), now):
        return refused
    await guessing.record(connection, "look_up", look_up, now)
    query = select(account.c.phone).where(account.c.account_no == account_no)
    phone = (await connection.execute(query)).scalar_one_or_none()
    if phone is None:
        await guessing.record(connection, "account", look_up, now)
        return AccountNotFound(account_no=account_no)
    await guessing.record(connection, "sent", sending, now)
    await _send(connection, caller, account_no, phone, sender, now)
    return CodeSentView(account_no, mask_phone(phone), now + LIFETIME)


async def confirm_code(
    connection: AsyncConnection, caller: Caller, code: str, now: datetime
) -> IdentityView | BillingRefusal:
    """Bind the account of the caller's latest code, and make the caller fresh for it."""
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
    await _bind(connection, caller, sent.account_no, now)
    return await identity.identify(connection, caller, now)


async def _only_account(connection: AsyncConnection, caller: Caller) -> str:
    bound = (await identity.known(connection, caller)).account_nos
    if len(bound) != 1:
        raise NotBound(accounts=bound)
    return bound[0]


async def _send(
    connection: AsyncConnection,
    caller: Caller,
    account_no: str,
    phone: str,
    sender: CodeSender,
    now: datetime,
) -> None:
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    await connection.execute(
        insert(one_time_code).values(
            channel=caller.channel,
            channel_user=caller.channel_user,
            account_no=account_no,
            phone=phone,
            code_hash=await _hash(connection, caller, account_no, code),
            sent_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await sender.send(connection, phone, code, LIFETIME // timedelta(minutes=1), now)


async def _latest(connection: AsyncConnection, caller: Caller) -> Row[tuple[object, ...]] | None:
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
