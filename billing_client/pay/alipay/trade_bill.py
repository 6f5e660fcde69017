"""Alipay's daily trade bill: a zip of GBK tables, of which 业务明细 has the rows.

Columns are read by name; lines of explanation begin with ``#``. Amounts are yuan, refunds and
fees negative.
"""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from billing_client.pay.alipay.amounts import fen
from billing_client.pay.alipay.transport import SHANGHAI
from billing_client.pay.messages import BillRow, RowKind
from billing_client.pay.port import OutcomeUnknown

DETAILS, SUMMARY = "业务明细", "汇总"
LARGEST_UNPACKED_BYTES = 2_000_000_000
UTF8_NAME = 0x800  # zip flag; without it the name's bytes are Alipay's GBK, read as cp437
END = "业务明细列表结束"


def read_bill(packed: bytes) -> tuple[BillRow, ...]:
    """The rows. Raises ``OutcomeUnknown`` when the file is not what it should be."""
    try:
        text = _details(packed).decode("gb18030")
        if END not in text:
            raise ValueError("the list of details has no end")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        rows = csv.DictReader(io.StringIO("\n".join(lines)))
        return tuple(_row({k.strip(): v.strip() for k, v in row.items()}) for row in rows)
    except (
        KeyError,
        StopIteration,
        ValueError,
        AttributeError,
        InvalidOperation,
        zipfile.BadZipFile,
    ) as error:
        raise OutcomeUnknown(f"unreadable bill: {error!r}") from error


def _details(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        member = next(
            info
            for info in archive.infolist()
            if DETAILS in _name(info) and SUMMARY not in _name(info)
        )
        if member.file_size > LARGEST_UNPACKED_BYTES:
            raise ValueError("bill too large")
        return archive.read(member)


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & UTF8_NAME:
        return info.filename
    return info.filename.encode("cp437").decode("gb18030", errors="replace")


def _row(cells: Mapping[str, str]) -> BillRow:
    refund = cells["业务类型"] == "退款"
    amount_fen = fen(cells["订单金额（元）"])
    return BillRow(
        kind=RowKind.REFUND if refund else RowKind.PAYMENT,
        order_no=cells["商户订单号"],
        provider_txn=cells["支付宝交易号"],
        amount_fen=abs(amount_fen),
        at=datetime.fromisoformat(cells["完成时间"]).replace(tzinfo=SHANGHAI),
        fee_yuan=-Decimal(cells["服务费（元）"]),
        refund_no=cells["退款批次号/请求号"] if refund else None,
    )
