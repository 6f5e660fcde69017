"""Exports and lists for the office: whole, agreeing with the ledger, harmless to open."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text, update

from billing_client.services import closing, export_run
from billing_client.services.demo_payer import pay_order
from billing_client.services.exports import EXPORTS
from billing_client.store.tables import account
from billing_client.wire.operation import PREFIX
from tests.integration.api.conftest import ACCOUNT, NEIGHBOUR, WANG, House

FORMULA = '=cmd|"/C calc"!A0'


async def get(house: House, path: str, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or house.key}"}
    return await house.http.get(f"{house.url}{PREFIX}{path}", headers=headers)


async def table(house: House, what: str, query: str = "") -> list[dict[str, str]]:
    answer = await get(house, f"/exports/{what}.csv{query}")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def fen(rows: Sequence[dict[str, str]], column: str) -> int:
    return int(sum(Decimal(row[column]) for row in rows) * 100)


async def _pay_the_oldest(house: House) -> None:
    await house.bind(house.core)
    bill = (await house.core.bills(WANG, ACCOUNT, "2026-06", "2026-06"))[0]
    order = await house.core.create_payment_order(
        WANG, ACCOUNT, idempotency_key="pay", bill_ids=(bill.bill_id,)
    )
    await pay_order(house.core.engine, house.payment, order.order_no)
    for _ in range(200):
        if (await house.core.payment_order(WANG, order.order_no)).state == "PAID":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the payment never arrived")


async def test_files_agree_with_the_ledger(house: House) -> None:
    await _pay_the_oldest(house)
    async with house.core.engine.connect() as connection:
        balances = await closing.trial_balance(connection, date(2020, 1, 1), date(2099, 12, 31))
        litres = await connection.scalar(text("SELECT sum(used_l) FROM billing.bill"))
    booked = {one.account: one.closing_fen for one in balances}
    bills, payments = await table(house, "bills"), await table(house, "payments")
    assert len(bills) == 5
    assert fen(bills, "未缴(元)") == booked["ar"] > 0
    money = sum(fen for name, fen in booked.items() if name.startswith("bank:"))
    assert fen(payments, "实收(元)") == money > 0
    ledger = await table(house, "ledger")
    assert fen(ledger, "金额(元)") == sum(one.debit_fen for one in balances)
    use = await table(house, "usage")
    assert sum(Decimal(row["用水量(m³)"]) for row in use) * 1000 == litres
    assert use[-1]["阶梯年累计(m³)"] == "50.000"


async def test_months_and_names_are_checked(house: House) -> None:
    assert [row["账期"] for row in await table(house, "bills", "?first=2026-08&last=2026-09")] == [
        "2026-08",
        "2026-09",
    ]
    assert await table(house, "ledger", "?last=2025-12") == []
    for path, status in (
        ("/exports/bills.csv?first=2026-13", 422),
        ("/exports/bills.csv?since=2026-01", 422),
        ("/exports/bills.pdf", 404),
        ("/exports/secrets.csv", 404),
    ):
        assert (await get(house, path)).status_code == status, path
    narrow = await house.make_key("office:read")
    assert (await get(house, "/exports/bills.csv", narrow)).status_code == 403


async def test_excel_opens_it_with_the_same_figures(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.core.engine.begin() as connection:
        await connection.execute(update(account).values(area=FORMULA))
    in_csv = await table(house, "usage")
    assert {row["片区"] for row in in_csv} == {f"'{FORMULA}"}
    answer = await get(house, "/exports/usage.xlsx")
    assert "Error" not in caplog.text  # the file is gone when the answer has been sent
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    heading, *lines = rows.to_python()
    assert heading == list(in_csv[0])
    for line, row in zip(lines, in_csv, strict=True):
        cells: dict[Any, Any] = dict(zip(heading, line, strict=True))
        assert (cells["户号"], cells["片区"]) == (row["户号"], row["片区"])
        assert Decimal(str(cells["用水量(m³)"])) == Decimal(row["用水量(m³)"])
        assert cells["抄表止"] == date.fromisoformat(row["抄表止"])
    path = tmp_path / "bills.xlsx"
    written = await export_run.write(house.core.engine, EXPORTS["bills"], path, None, "2026-07")
    assert (written.rows, path.exists()) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["bills.xlsx"]


async def test_lists_page_by_key(house: House) -> None:
    seen: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = (await get(house, f"/office/bills?limit=2{after and '&after=' + after}")).json()
        seen += [one["bill_id"] for one in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 5
    accounts = (await get(house, "/office/accounts?limit=1")).json()
    assert [one["account_no"] for one in accounts["items"]] == [NEIGHBOUR]
    assert accounts["items"][0]["owner_name"] == "李*"
    rest = (await get(house, f"/office/accounts?after={accounts['next']}")).json()
    assert ([one["account_no"] for one in rest["items"]], rest["next"]) == ([ACCOUNT], None)
    assert (await get(house, "/office/payments?state=PAID")).json() == {"items": [], "next": None}


@pytest.mark.parametrize("cursor", ["x", "IjEi", "W10", "WzEsMl0", "WyJhIiwiYiJd", "bnVsbA"])
async def test_a_cursor_of_ours_only(house: House, cursor: str) -> None:
    for name in ("bills", "payments"):
        answer = await get(house, f"/office/{name}?after={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert (await get(house, "/office/bills?period=x")).status_code == 422
    assert (await get(house, "/office/payments?state=LOST")).status_code == 422
