"""What a main meter (总表) and the accounts behind it used in a period, and how it is shared."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.shared_meter import shares
from billing_client.store.tables import account, bill


@dataclass(frozen=True)
class SharedUse:
    """Litres: of the main meter, of each account behind it, and with its share of the rest."""

    main_l: int
    used_l: dict[str, int]
    with_share_l: dict[str, int]


async def shared_use(
    connection: AsyncConnection, main_account_no: str, period: str
) -> SharedUse | None:
    """From the bills of the period; None while the main account or one behind it has none."""
    query = (
        select(account.c.account_no, func.sum(bill.c.used_l))
        .outerjoin(bill, (bill.c.account_no == account.c.account_no) & (bill.c.period == period))
        .where(
            (account.c.account_no == main_account_no)
            | (account.c.main_account_no == main_account_no)
        )
        .group_by(account.c.account_no)
    )
    used = {row[0]: row[1] for row in await connection.execute(query)}
    if None in used.values() or main_account_no not in used or len(used) == 1:
        return None
    main_l = int(used.pop(main_account_no))
    litres = {account_no: int(value) for account_no, value in used.items()}
    return SharedUse(main_l, litres, shares(main_l, litres))
