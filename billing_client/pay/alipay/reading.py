"""Alipay's words, read into the port's: trades, agreements, notices."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from billing_client.pay.alipay.amounts import fen
from billing_client.pay.alipay.credentials import AlipayCredentials
from billing_client.pay.alipay.signature import IN_NOTICES, signed_text, verify_any
from billing_client.pay.alipay.transport import SHANGHAI
from billing_client.pay.messages import (
    Contract,
    ContractState,
    Notice,
    RefundResult,
    RefundState,
    Transaction,
    TransactionState,
)
from billing_client.pay.port import NoticeRefused
from billing_client.pay.rsa import SignatureRefused

TRADE_STATES = {
    "WAIT_BUYER_PAY": TransactionState.WAITING,
    "TRADE_SUCCESS": TransactionState.PAID,
    "TRADE_FINISHED": TransactionState.PAID,  # paid, and past the time for refunds
    "TRADE_CLOSED": TransactionState.CLOSED,
}
CONTRACT_STATES = {
    "NORMAL": ContractState.SIGNED,
    "UNSIGN": ContractState.ENDED,
    "STOP": ContractState.ENDED,
}
TRADE_NOTICE = "trade_status_sync"
CONTRACT_NOTICES = {"dut_user_sign", "dut_user_unsign"}
# Tries go on for 25 hours; notify_id is the same in each of them.
OLDEST_NOTICE_SECONDS = 26 * 3600
CLOCK_SKEW_SECONDS = 300


def read_trade(content: Mapping[str, Any]) -> Transaction:
    """A trade as query and notice show it. Raises ``ValueError`` for what it cannot be."""
    status = str(content.get("trade_status"))
    if status not in TRADE_STATES:
        raise ValueError(f"unknown trade_status {status}")
    return Transaction(
        order_no=str(content["out_trade_no"]),
        state=TransactionState.PAID if _was_paid(content) else TRADE_STATES[status],
        amount_fen=fen(str(content["total_amount"])),
        provider_txn=content.get("trade_no"),
    )


def _was_paid(content: Mapping[str, Any]) -> bool:
    """TRADE_CLOSED follows a full refund too: that was paid once."""
    return bool(content.get("send_pay_date") or content.get("gmt_payment"))


def read_contract(content: Mapping[str, Any]) -> Contract:
    state = CONTRACT_STATES.get(str(content.get("status")), ContractState.PENDING)
    return Contract(str(content["external_agreement_no"]), state, content.get("agreement_no"))


def read_notice(credentials: AlipayCredentials, body: bytes) -> Notice:
    """Verify the form, then see that it is about this merchant and not old."""
    try:
        told = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        verify_any(credentials.alipay_keys, told["sign"], signed_text(told, IN_NOTICES))
        _check(credentials, told)
        return _notice(told)
    except SignatureRefused as error:
        raise NoticeRefused(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise NoticeRefused(f"broken notice: {error!r}") from error


def _check(credentials: AlipayCredentials, told: Mapping[str, str]) -> None:
    if told["app_id"] != credentials.app_id:
        raise SignatureRefused("a notice for another application")
    if told.get("seller_id", credentials.seller_id) != credentials.seller_id:
        raise SignatureRefused("a notice for another merchant")
    sent = datetime.fromisoformat(told["notify_time"]).replace(tzinfo=SHANGHAI).timestamp()
    if not -CLOCK_SKEW_SECONDS <= time.time() - sent <= OLDEST_NOTICE_SECONDS:
        raise SignatureRefused("stale notice")


def _notice(told: dict[str, str]) -> Notice:
    notice_id, kind = told["notify_id"], told["notify_type"]
    if kind in CONTRACT_NOTICES:
        return Notice(notice_id, kind, told, contract=read_contract(told))
    if kind != TRADE_NOTICE:
        return Notice(notice_id, kind, told)
    event = told["trade_status"]
    return Notice(notice_id, event, told, transaction=read_trade(told), refund=_refund(told))


def _refund(told: Mapping[str, str]) -> RefundResult | None:
    """A notice that names a refund request; ``refund_fee`` is the sum of all, so no amount."""
    refund_no = told.get("out_biz_no")
    if not refund_no:
        return None
    return RefundResult(refund_no, told["out_trade_no"], RefundState.DONE)
