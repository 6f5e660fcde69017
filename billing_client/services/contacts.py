"""Changing how a customer is reached, told to the old and the new number."""

import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.masking import mask_phone
from billing_client.errors import PhoneRefused
from billing_client.services.accounts import views_of
from billing_client.services.notices import write_notice
from billing_client.store.audit import acting_as, actor_of
from billing_client.store.locks import lock_account
from billing_client.store.tables import account
from billing_client.views import AccountView, Caller

MOBILE = re.compile(r"1[3-9]\d{9}")  # 电信网编号计划: mobile numbers of the mainland
CONTACT_CHANGED = "contact_changed"
SMS = "sms"


async def change_phone(
    connection: AsyncConnection, caller: Caller, account_no: str, phone: str, now: datetime
) -> AccountView:
    """The phone on file, to which codes go. Raises PhoneRefused for what is no mobile number."""
    plain = re.sub(r"[\s-]", "", phone).removeprefix("+86")
    if MOBILE.fullmatch(plain) is None:
        raise PhoneRefused(phone=mask_phone(phone))
    await acting_as(connection, actor_of(caller))
    await lock_account(connection, account_no)
    query = select(account.c.phone).where(account.c.account_no == account_no)
    before = (await connection.execute(query)).scalar_one()
    if before != plain:
        await connection.execute(
            update(account).where(account.c.account_no == account_no).values(phone=plain)
        )
        for number in (before, plain):
            await write_notice(
                connection,
                CONTACT_CHANGED,
                f"{CONTACT_CHANGED}:{account_no}:{now.isoformat()}:{number}",
                payload={"phone": mask_phone(plain), "before": mask_phone(before)},
                account_no=account_no,
                channel=SMS,
                channel_user=number,
            )
    (view,) = await views_of(connection, (account_no,))
    return view
