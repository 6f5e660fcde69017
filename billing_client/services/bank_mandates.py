"""Mandates for direct debit by a bank (银行代扣): signed on paper at the hall, entered by staff.

A mandate is an auto-pay contract of the provider ``bank_file``, so an account has one of either
kind at most, and a bill is demanded by one of them.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import AccountNotFound, ContractExists
from billing_client.pay.bank_accounts import AccountVault
from billing_client.pay.messages import Contract, ContractState
from billing_client.services.autopay import LIVE, contract_changed, newest
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, autopay_contract, bank_mandate

BANK_FILE = "bank_file"
SHORTEST_NUMBER, LONGEST_NUMBER = 8, 32


class NumberRefused(ValueError):
    """No bank account number: not digits, or too short or long."""


@dataclass(frozen=True)
class NewMandate:
    """``consent`` is the number of the paper that the holder signed."""

    account_no: str
    bank_name: str
    holder: str
    number: str
    consent: str


async def enter(
    connection: AsyncConnection, mandate: NewMandate, vault: AccountVault, by: str, at: datetime
) -> str:
    """The contract's code, active at once.

    Raises AccountNotFound, ContractExists, NumberRefused.
    """
    number = mandate.number.replace(" ", "")
    fits = SHORTEST_NUMBER <= len(number) <= LONGEST_NUMBER
    if not fits or not (number.isascii() and number.isdigit()):
        raise NumberRefused
    await lock_account(connection, mandate.account_no)
    asked = select(account.c.account_no).where(account.c.account_no == mandate.account_no)
    if await connection.scalar(asked) is None:
        raise AccountNotFound(account_no=mandate.account_no)
    known = await newest(connection, mandate.account_no)
    if known is not None and known.state in LIVE:
        raise ContractExists
    code = f"XSYH{at:%Y%m%d}{secrets.token_hex(6)}"
    await connection.execute(
        insert(autopay_contract).values(
            account_no=mandate.account_no,
            contract_code=code,
            provider=BANK_FILE,
            provider_contract_id=mandate.consent,
            state="ACTIVE",
            signed_at=at,
            created_at=func.clock_timestamp(),
        )
    )
    await connection.execute(
        insert(bank_mandate).values(
            contract_code=code,
            bank_name=mandate.bank_name,
            holder=mandate.holder,
            number_sealed=vault.seal(number, code),
            last_four=number[-4:],
            consent=mandate.consent,
            entered_by=by,
        )
    )
    return code


async def end(connection: AsyncConnection, account_no: str) -> bool:
    """The holder ends it; False when there is none. What is at the bank already still comes."""
    await lock_account(connection, account_no)
    known = await newest(connection, account_no)
    if known is None or known.provider != BANK_FILE or known.state not in LIVE:
        return False
    ended = Contract(known.contract_code, ContractState.ENDED)
    return await contract_changed(connection, BANK_FILE, ended)
