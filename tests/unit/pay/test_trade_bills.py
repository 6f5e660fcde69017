"""Daily bills of both providers are read by name, and refused when they do not add up."""

import gzip
import hashlib
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing_client.pay.alipay import trade_bill as alipay_bill
from billing_client.pay.alipay.amounts import fen, yuan
from billing_client.pay.messages import RowKind
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.wechat import trade_bill as wechat_bill
from billing_client.pay.wechat_sandbox.trade_bill import HEADER, SUMMARY_HEADER

DETAIL = (
    "`2026-11-24 10:00:00,`wx1,`1900000001,`0,`,`420001,`XS1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,"
    "`86.50,`0.00,`0,`0,`0.00,`0.00,`,`,`水费,十月,`,`0.51900,`0.60%,`86.50,`0.00,`"
)
SUMMARY = "`1,`86.50,`0.00,`0.00,`0.51900,`86.50,`0.00"


def _wechat(*lines: str) -> bytes:
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def test_a_name_with_a_comma_and_a_fee_of_five_decimals() -> None:
    (row,) = wechat_bill.read_bill(_wechat(HEADER, DETAIL, SUMMARY_HEADER, SUMMARY))
    assert (row.kind, row.order_no, row.amount_fen) == (RowKind.PAYMENT, "XS1", 8650)
    assert row.fee_yuan == Decimal("0.51900")
    assert row.at.isoformat() == "2026-11-24T10:00:00+08:00"


@pytest.mark.parametrize(
    "lines",
    [
        (HEADER, SUMMARY_HEADER, SUMMARY),
        (HEADER, DETAIL, DETAIL, SUMMARY_HEADER, SUMMARY),
        (HEADER, DETAIL.replace("`86.50,`0.00,`", "`86.51,`0.00,`"), SUMMARY_HEADER, SUMMARY),
        (HEADER, DETAIL, SUMMARY_HEADER),
        (HEADER, DETAIL.removesuffix(",`"), SUMMARY_HEADER, SUMMARY),
        ("请求过于频繁",),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(OutcomeUnknown):
        wechat_bill.read_bill(_wechat(*lines))


def test_the_file_must_have_its_hash() -> None:
    packed = gzip.compress(b"content")
    right = hashlib.sha1(b"content").hexdigest()
    assert wechat_bill.unpack(packed, right.upper()) == b"content"
    for content, sha1 in ((packed, "0" * 40), (b"no gzip", right)):
        with pytest.raises(OutcomeUnknown):
            wechat_bill.unpack(content, sha1)


def _alipay(text: str, name: str = "20881_20261124_业务明细.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, text.encode("gb18030"))
    return packed.getvalue()


ALIPAY_ROWS = (
    "#支付宝业务明细查询\r\n"
    "支付宝交易号,商户订单号,业务类型,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）\r\n"
    "T1\t,XS1\t,交易    ,2026-11-24 10:00:00,86.50,,-0.52\r\n"
    "T1\t,XS1\t,退款    ,2026-11-24 11:00:00,-6.50,RF1,0.00\r\n"
)
END = "#-----业务明细列表结束-----\r\n"


def test_alipays_rows_are_padded_and_refunds_negative() -> None:
    payment, refund = alipay_bill.read_bill(_alipay(ALIPAY_ROWS + END))
    assert (payment.order_no, payment.amount_fen, payment.fee_yuan) == (
        "XS1",
        8650,
        Decimal("0.52"),
    )
    assert (refund.kind, refund.amount_fen, refund.refund_no) == (RowKind.REFUND, 650, "RF1")


@pytest.mark.parametrize(
    "packed",
    [
        b"no zip",
        _alipay(ALIPAY_ROWS),  # cut off
        _alipay(ALIPAY_ROWS + END, "other.csv"),
        _alipay(ALIPAY_ROWS.replace("86.50", "86.505") + END),
    ],
)
def test_alipays_broken_bill_is_refused(packed: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        alipay_bill.read_bill(packed)


@given(some.integers(min_value=0, max_value=10**12))
def test_yuan_and_fen_are_one(amount_fen: int) -> None:
    assert fen(yuan(amount_fen)) == amount_fen
