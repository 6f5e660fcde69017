"""What a deduction came to: kept with the contract, told to the customer."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import notices
from billing_client.store.tables import autopay_contract

PAID = "paid"


async def record_result(
    connection: AsyncConnection,
    account_no: str,
    result: str,
    at: datetime,
    payload: dict[str, Any],
    dedupe: str,
) -> None:
    """``result`` is ``paid`` or the provider's reason. The newest contract takes it."""
    newest = (
        select(autopay_contract)
        .where(autopay_contract.c.account_no == account_no)
        .order_by(autopay_contract.c.created_at.desc())
        .limit(1)
    )
    contract = (await connection.execute(newest)).one()
    await connection.execute(
        update(autopay_contract)
        .where(autopay_contract.c.contract_code == contract.contract_code)
        .values(last_result=result, last_run_at=at)
    )
    await notices.write_notice(
        connection,
        "autopay_paid" if result == PAID else "autopay_failed",
        dedupe,
        account_no=account_no,
        conversation_id=contract.conversation_id,
        channel=contract.channel,
        channel_user=contract.channel_user,
        payload=payload,
    )
