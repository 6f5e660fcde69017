"""Money at the hall, and direct debit by a bank's files: made, sent, returned, posted once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from billing_client.domain.bank_file import ENCODING, FileRefused
from billing_client.errors import AccountNotFound, AmountRefused, ContractExists, KeyReused
from billing_client.pay.bank_accounts import AccountVault
from billing_client.pay.key_files import KeyRefused
from billing_client.services import bank_batches, staff_tasks
from billing_client.services.bank_mandates import NewMandate, NumberRefused, end, enter
from billing_client.services.counter_payments import CounterPayment, Means, take
from billing_client.store import clock
from billing_client.store.tables import bank_mandate
from tests.integration.pay.conftest import ACCOUNT, NOON, Utility

NUMBER = "6222021234567890123"
MANDATE = NewMandate(ACCOUNT, "清源银行", "王小明", NUMBER, "DK-001")
VAULT = AccountVault((b"k" * 32,))


async def _take(utility: Utility, fen: int, receipt: str = "SJ0001", account: str = ACCOUNT) -> str:
    async with utility.engine.begin() as connection:
        payment = CounterPayment(account, fen, receipt, Means.CASH)
        return await take(connection, payment, NOON)


async def test_cash_is_booked_once_for_a_receipt(utility: Utility) -> None:
    bill_id = await utility.issue("2026-10", 8650)
    numbers = await asyncio.gather(*(_take(utility, 10_000) for _ in range(6)))
    assert len(set(numbers)) == 1
    assert await utility.paid_fen(bill_id) == 8650
    assert (await utility.told("payment_settled"))["credited_fen"] == 1350
    with pytest.raises(KeyReused):
        await _take(utility, 9_000)
    with pytest.raises(AccountNotFound):
        await _take(utility, 100, "SJ0002", "1000009999")
    with pytest.raises(AmountRefused):
        await _take(utility, 0, "SJ0003")
    await utility.assert_books_right()


async def _enter(utility: Utility) -> str:
    async with utility.engine.begin() as connection:
        return await enter(connection, MANDATE, VAULT, "staff:周敏", NOON)


async def _make(utility: Utility) -> str | None:
    async with utility.engine.begin() as connection:
        return await bank_batches.make(connection, utility.settings, "staff:周敏", NOON)


async def _write(utility: Utility, batch_no: str) -> str:
    async with utility.engine.begin() as connection:
        content = await bank_batches.write(connection, batch_no, "0512", VAULT, NOON)
    return content.decode(ENCODING)


async def _post(utility: Utility, text: str) -> bank_batches.Posted:
    async with utility.engine.begin() as connection:
        return await bank_batches.post_return(connection, text.encode(ENCODING), NOON)


def _returned(batch_no: str, code: str = "0000", fen: int = 8650) -> str:
    paid = (1, fen) if code == "0000" else (0, 0)
    return f"H|{batch_no}|1|{paid[0]}|{paid[1]}\r\nD|1|{ACCOUNT}|{fen}|{code}|B7001\r\n"


async def _sent(utility: Utility) -> tuple[int, str]:
    await _enter(utility)
    bill_id = await utility.issue("2026-10", 8650)
    batch_no = await _make(utility)
    assert batch_no is not None
    await _write(utility, batch_no)
    return bill_id, batch_no


async def test_an_account_number_is_sealed_and_bound_to_its_contract(utility: Utility) -> None:
    code = await _enter(utility)
    async with utility.engine.connect() as connection:
        row = (await connection.execute(select(bank_mandate))).one()
    assert NUMBER.encode() not in row.number_sealed
    assert (row.last_four, VAULT.open(row.number_sealed, code)) == ("0123", NUMBER)
    for vault, owner in ((AccountVault((b"x" * 32,)), code), (VAULT, "another")):
        with pytest.raises(KeyRefused):
            vault.open(row.number_sealed, owner)
    turned = AccountVault((b"n" * 32, b"k" * 32))  # after a change of keys
    assert turned.open(row.number_sealed, code) == NUMBER
    with pytest.raises(ContractExists):
        await _enter(utility)


async def test_a_batch_is_returned_and_posted_once(utility: Utility) -> None:
    await _enter(utility)
    bill_id = await utility.issue("2026-10", 8650)
    batch_no = await _make(utility)
    assert batch_no is not None
    assert await _make(utility) is None  # the bill is in a batch already
    assert await utility.duties.run_autopay() == 0  # and nobody else demands it
    with pytest.raises(FileRefused, match="还没有送盘"):
        await _post(utility, _returned(batch_no))
    text = await _write(utility, batch_no)
    assert text.splitlines()[0] == f"H|0512|{batch_no}|{_today()}|1|8650"
    assert text.splitlines()[1] == f"D|1|{NUMBER}|王小明|8650|{ACCOUNT}|水费"
    assert await _write(utility, batch_no) == text
    posted = await _post(utility, _returned(batch_no))
    assert (posted.paid, posted.paid_fen, posted.failed, posted.missing) == (1, 8650, 0, 0)
    assert await utility.paid_fen(bill_id) == 8650
    assert (await utility.told("autopay_paid"))["amount_fen"] == 8650
    with pytest.raises(FileRefused, match="已经入账"):
        await _post(utility, _returned(batch_no))
    await utility.assert_books_right()


def _today() -> str:
    return f"{datetime.now(clock.SHANGHAI):%Y%m%d}"  # batches are dated by the real clock


async def test_a_bank_without_the_money_says_why(utility: Utility) -> None:
    bill_id, batch_no = await _sent(utility)
    assert (await _post(utility, _returned(batch_no, "1001"))).failed == 1
    assert (await utility.told("autopay_failed"))["reason"] == "NOTENOUGH"
    assert await utility.paid_fen(bill_id) == 0


async def test_paid_by_hand_while_at_the_bank_becomes_credit(utility: Utility) -> None:
    bill_id, batch_no = await _sent(utility)
    order = await utility.order()
    await utility.act(order.pay_url, "pay")
    await utility.told("payment_settled")
    await _post(utility, _returned(batch_no))
    assert (await utility.told("autopay_paid"))["credited_fen"] == 8650
    assert await utility.paid_fen(bill_id) == 8650
    await utility.assert_books_right()


@pytest.mark.parametrize(
    "text",
    [
        "H|{batch}|2|1|8650\r\nD|1|{account}|8650|0000|B1\r\n",
        "H|{batch}|1|1|8651\r\nD|1|{account}|8650|0000|B1\r\n",
        "H|{batch}|1|1|8000\r\nD|1|{account}|8000|0000|B1\r\n",
        "H|{batch}|1|1|8650\r\nD|2|{account}|8650|0000|B1\r\n",
        "H|{batch}|2|2|17300\r\nD|1|{account}|8650|0000|B1\r\nD|1|{account}|8650|0000|B2\r\n",
        "H|DK20200101001|1|1|8650\r\nD|1|{account}|8650|0000|B1\r\n",
        "\x00\x01",
    ],
)
async def test_a_file_that_does_not_agree_posts_nothing(utility: Utility, text: str) -> None:
    bill_id, batch_no = await _sent(utility)
    with pytest.raises(FileRefused):
        await _post(utility, text.format(batch=batch_no, account=ACCOUNT))
    assert await utility.paid_fen(bill_id) == 0
    await _post(utility, _returned(batch_no))
    assert await utility.paid_fen(bill_id) == 8650


async def test_a_row_that_does_not_come_back_is_a_task_for_staff(utility: Utility) -> None:
    _, batch_no = await _sent(utility)
    assert (await _post(utility, f"H|{batch_no}|0|0|0\r\n")).missing == 1
    async with utility.engine.connect() as connection:
        tasks = await staff_tasks.open_tasks(connection)
    assert [(task["kind"], task["ref"]) for task in tasks] == [("bank_rows_missing", batch_no)]


async def test_an_ended_mandate_demands_nothing(utility: Utility) -> None:
    await _enter(utility)
    await utility.issue("2026-10", 8650)
    async with utility.engine.begin() as connection:
        assert await end(connection, ACCOUNT)
        assert not await end(connection, ACCOUNT)
    assert await _make(utility) is None


@pytest.mark.parametrize("number", ["", "12345", "6222 0212 ABCD", "1" * 33])
async def test_what_is_no_account_number(utility: Utility, number: str) -> None:
    wrong = NewMandate(ACCOUNT, "清源银行", "王小明", number, "DK-001")
    with pytest.raises(NumberRefused):
        async with utility.engine.begin() as connection:
            await enter(connection, wrong, VAULT, "staff:周敏", NOON + timedelta(days=1))
