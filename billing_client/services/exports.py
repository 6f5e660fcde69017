"""What the office takes out of billing: bills, payments, ledger, use, row by row.

One statement an export, read through a cursor in one snapshot, so that a file of any length
takes the same memory and its sums are those of one moment. Months are '2026-10'.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ROWS_A_BATCH = 2_000
FIRST_MONTH, LAST_MONTH = "0001-01", "9999-12"
_DAY = "(date_trunc('month', (cast(:{0} AS text) || '-01')::date){1})::date"


class Kind(StrEnum):
    """How a column's values are stored, which decides how they are written."""

    TEXT = "text"
    NUMBER = "number"
    FEN = "fen"  # written as yuan
    LITRES = "litres"  # written as m³
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Export:
    """``total``: the title of the column whose sum is told with the file."""

    name: str
    title: str
    columns: tuple[Column, ...]
    total: str
    query: str


def _columns(*described: str) -> tuple[Column, ...]:
    """'金额:fen' is a column of money; without a kind it is text."""
    parts = (one.partition(":") for one in described)
    return tuple(Column(title, Kind(kind or Kind.TEXT)) for title, _, kind in parts)


_BILLS = """
SELECT account_no, bill_id, period, kind, customer_class, meter_no, read_from, read_to,
       reading_from_l, reading_to_l, used_l, estimated::int, total_fen, late_fee_fen, paid_fen,
       total_fen + late_fee_fen - paid_fen, issued_on, due_on, invoice_no
  FROM billing.bill WHERE period BETWEEN :first AND :last
 ORDER BY period, account_no, bill_id"""
_PAYMENTS = """
SELECT order_no, account_no, provider, kind, state, amount_fen, refunded_fen,
       CASE WHEN state = 'PAID' THEN amount_fen - refunded_fen ELSE 0 END,
       provider_txn, failure, created_at, paid_at
  FROM billing.payment_order
 WHERE coalesce(paid_at, created_at) AT TIME ZONE 'Asia/Shanghai' >= {first_day}
   AND coalesce(paid_at, created_at) AT TIME ZONE 'Asia/Shanghai' < {day_after}
 ORDER BY created_at, order_no"""
_LEDGER = """
SELECT journal_id, line, kind, ref, account_no, at,
       coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date) AS booked, debit, credit,
       amount_fen
  FROM billing.posting JOIN billing.journal USING (journal_id)
 WHERE coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date) >= {first_day}
   AND coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date) < {day_after}
 ORDER BY journal_id, line"""
_USAGE = """
SELECT bill.account_no, area, bill.customer_class, bill.persons, period, kind, read_from, read_to,
       used_l, prior_l + used_l, estimated::int
  FROM billing.bill JOIN billing.account USING (account_no)
 WHERE period BETWEEN :first AND :last
 ORDER BY period, bill.account_no, bill_id"""

EXPORTS: Mapping[str, Export] = {
    one.name: one
    for one in (
        Export(
            "bills",
            "账单",
            _columns(
                "户号", "账单号:number", "账期", "类型", "用水类别", "表号", "抄表起:day",
                "抄表止:day", "起数(m³):litres", "止数(m³):litres", "用水量(m³):litres",
                "估抄:number", "金额(元):fen", "违约金(元):fen", "已缴(元):fen", "未缴(元):fen",
                "出账日:day", "到期日:day", "发票号",
            ),
            "未缴(元)",
            _BILLS,
        ),
        Export(
            "payments",
            "缴费",
            _columns(
                "订单号", "户号", "渠道", "方式", "状态", "金额(元):fen", "已退(元):fen",
                "实收(元):fen", "渠道流水号", "失败原因", "下单时间:moment", "支付时间:moment",
            ),
            "实收(元)",
            _PAYMENTS,
        ),
        Export(
            "ledger",
            "总账",
            _columns(
                "凭证号:number", "行:number", "类型", "关联单号", "户号", "发生时间:moment",
                "入账日:day", "借方", "贷方", "金额(元):fen",
            ),
            "金额(元)",
            _LEDGER,
        ),
        Export(
            "usage",
            "用水量",
            _columns(
                "户号", "片区", "用水类别", "人口:number", "账期", "类型", "抄表起:day",
                "抄表止:day", "用水量(m³):litres", "阶梯年累计(m³):litres", "估抄:number",
            ),
            "用水量(m³)",
            _USAGE,
        ),
    )
}  # fmt: skip


async def batches(
    engine: AsyncEngine, export: Export, first: str | None = None, last: str | None = None
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """The rows of the months first..last, oldest first, all of one snapshot."""
    months = {"first": first or FIRST_MONTH, "last": last or LAST_MONTH}
    query = export.query.format(
        first_day=_DAY.format("first", ""), day_after=_DAY.format("last", " + interval '1 month'")
    )
    async with engine.connect() as connection:
        reading = await connection.execution_options(isolation_level="REPEATABLE READ")
        await _take_time(reading)
        async with reading.stream(text(query), months) as rows:
            async for batch in rows.partitions(ROWS_A_BATCH):
                yield batch


async def _take_time(connection: AsyncConnection) -> None:
    """A sort over all bills may take longer than a customer would wait."""
    await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
