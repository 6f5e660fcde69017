"""WeChat Pay's daily bill (交易账单): a CSV whose cells begin with a back-tick.

Form: pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html. Columns differ by
the merchant's age, so they are read by name. Amounts are yuan.
"""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from billing_client.pay.messages import BillRow, RowKind
from billing_client.pay.port import OutcomeUnknown

SHANGHAI = ZoneInfo("Asia/Shanghai")
LARGEST_UNPACKED_BYTES = 2_000_000_000
GZIP = 16 + zlib.MAX_WBITS
CELL_END = ",`"  # names may hold commas, never this


def unpack(packed: bytes, sha1: str) -> bytes:
    """The CSV of a gzip file; ``sha1`` is that of the CSV. Raises ``OutcomeUnknown``."""
    try:
        content = zlib.decompressobj(GZIP).decompress(packed, LARGEST_UNPACKED_BYTES)
    except zlib.error as error:
        raise OutcomeUnknown(f"bill does not unpack: {error}") from error
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != sha1.lower():
        raise OutcomeUnknown("bill does not have its hash")
    return content


def read_bill(content: bytes) -> tuple[BillRow, ...]:
    """The rows. Raises ``OutcomeUnknown`` when they do not add up to the summary."""
    lines = [line for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    try:
        names = lines[0].split(",")
        first_of_summary = next(
            number for number, line in enumerate(lines[1:], 1) if not line.startswith("`")
        )
        details = [_cells(names, line) for line in lines[1:first_of_summary]]
        summary = _cells(lines[first_of_summary].split(","), lines[first_of_summary + 1])
        _check_totals(details, summary)
        return tuple(_row(cells) for cells in details)
    except (IndexError, KeyError, StopIteration, ValueError, InvalidOperation) as error:
        raise OutcomeUnknown(f"unreadable bill: {error!r}") from error


def _cells(names: list[str], line: str) -> dict[str, str]:
    return dict(zip(names, line.removeprefix("`").split(CELL_END), strict=True))


def _check_totals(details: list[dict[str, str]], summary: Mapping[str, str]) -> None:
    paid = sum(_fen(cells["订单金额"]) for cells in details)
    refunded = sum(_fen(cells["申请退款金额"]) for cells in details)
    told = (
        int(summary["总交易单数"]),
        _fen(summary["订单总金额"]),
        _fen(summary["申请退款总金额"]),
    )
    if told != (len(details), paid, refunded):
        raise ValueError(f"rows {len(details)}, {paid}, {refunded} fen, summary {told}")


def _row(cells: Mapping[str, str]) -> BillRow:
    refund = cells["交易状态"] in ("REFUND", "REVOKED")
    return BillRow(
        kind=RowKind.REFUND if refund else RowKind.PAYMENT,
        order_no=cells["商户订单号"],
        provider_txn=cells["微信订单号"],
        amount_fen=_fen(cells["申请退款金额" if refund else "订单金额"]),
        at=datetime.fromisoformat(cells["交易时间"]).replace(tzinfo=SHANGHAI),
        fee_yuan=Decimal(cells["手续费"]),
        refund_no=cells["商户退款单号"] if refund else None,
        provider_refund=cells["微信退款单号"] if refund else None,
    )


def _fen(yuan: str) -> int:
    return int((Decimal(yuan) * 100).to_integral_exact())
