"""WeChat Pay's words, read into the port's: transactions, contracts, notices."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.signature import SignatureRefused, decrypt, verify_answer

# trade_state of doc/v3/merchant/4012556352; REFUND was paid once, ACCEPT is a deduction under way.
TRADE_STATES = {
    "SUCCESS": TransactionState.PAID,
    "REFUND": TransactionState.PAID,
    "NOTPAY": TransactionState.WAITING,
    "USERPAYING": TransactionState.WAITING,
    "ACCEPT": TransactionState.WAITING,
    "CLOSED": TransactionState.CLOSED,
    "REVOKED": TransactionState.CLOSED,
    "PAYERROR": TransactionState.FAILED,
    "PAY_FAIL": TransactionState.FAILED,
}
CONTRACT_STATES = {"SIGNED": ContractState.SIGNED, "TERMINATED": ContractState.ENDED}
# status of a refund asked for, refund_status in its notice: doc/v3/merchant/4012709253
REFUND_STATES = {
    "PROCESSING": RefundState.PROCESSING,
    "SUCCESS": RefundState.DONE,
    "CLOSED": RefundState.CLOSED,
    "ABNORMAL": RefundState.ABNORMAL,
}
MISSING_CODES = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}
TRANSACTION_EVENTS = {"TRANSACTION.SUCCESS", "TRANSACTION.FAIL"}
REFUND_EVENTS = {"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"}
# 委托代扣 names its events SIGN and TERMINATE, its twin for schools SIGNING and RELEASE.
SIGN_EVENTS = {"ENTRUST.SIGN", "ENTRUST.SIGNING"}
END_EVENTS = {"ENTRUST.TERMINATE", "ENTRUST.RELEASE"}


def read_transaction(content: Mapping[str, Any]) -> Transaction:
    """A transaction as query and notice show it. Raises ``ValueError`` for what it cannot be."""
    trade_state = str(content.get("trade_state"))
    if trade_state not in TRADE_STATES:
        raise ValueError(f"unknown trade_state {trade_state}")
    amount = content.get("amount") or {}
    total = amount.get("total", 0)
    if not isinstance(total, int) or isinstance(total, bool):
        raise ValueError("amount.total is not an integer")
    return Transaction(
        order_no=str(content["out_trade_no"]),
        state=TRADE_STATES[trade_state],
        amount_fen=total,
        currency=str(amount.get("currency", "CNY")),
        provider_txn=content.get("transaction_id"),
        failure=_failure(content, TRADE_STATES[trade_state]),
    )


def _failure(content: Mapping[str, Any], state: TransactionState) -> str | None:
    if state is not TransactionState.FAILED:
        return None
    return str(content.get("err_code") or content.get("trade_state_desc") or "PAYERROR")


def read_contract(content: Mapping[str, Any]) -> Contract:
    state = CONTRACT_STATES.get(str(content.get("contract_state")), ContractState.PENDING)
    return Contract(str(content["out_contract_code"]), state, content.get("contract_id"))


def read_refund(content: Mapping[str, Any]) -> RefundResult:
    """A refund as query and notice show it. Raises ``ValueError`` for what it cannot be."""
    status = str(content.get("status") or content.get("refund_status"))
    if status not in REFUND_STATES:
        raise ValueError(f"unknown refund status {status}")
    amount_fen = content["amount"]["refund"]
    if not isinstance(amount_fen, int) or isinstance(amount_fen, bool):
        raise ValueError("amount.refund is not an integer")
    return RefundResult(
        refund_no=str(content["out_refund_no"]),
        order_no=str(content["out_trade_no"]),
        state=REFUND_STATES[status],
        amount_fen=amount_fen,
        provider_refund=content.get("refund_id"),
    )


def read_notice(credentials: WeChatCredentials, headers: Mapping[str, str], body: bytes) -> Notice:
    """Verify the raw bytes, then decrypt, then see that the notice is about this merchant."""
    try:
        verify_answer(credentials.platform_keys, headers, body)
        envelope = json.loads(body)
        resource = decrypt(credentials.apiv3_keys, envelope["resource"])
        _check_merchant(credentials, resource)
        notice = _notice(str(envelope["id"]), str(envelope["event_type"]), resource)
        return replace(notice, nonce=_nonce(headers))
    except SignatureRefused as error:
        raise NoticeRefused(str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoticeRefused(f"broken notice: {error!r}") from error


def _nonce(headers: Mapping[str, str]) -> str:
    lower = {name.lower(): value for name, value in headers.items()}
    return f"{lower['wechatpay-timestamp']}:{lower['wechatpay-nonce']}"


def _check_merchant(credentials: WeChatCredentials, resource: Mapping[str, Any]) -> None:
    same_appid = resource.get("appid", credentials.appid) == credentials.appid
    if resource.get("mchid") != credentials.mchid or not same_appid:
        raise SignatureRefused("a notice for another merchant")


def _notice(notice_id: str, event_type: str, resource: dict[str, Any]) -> Notice:
    if event_type in TRANSACTION_EVENTS:
        return Notice(notice_id, event_type, resource, transaction=read_transaction(resource))
    if event_type in REFUND_EVENTS:
        return Notice(notice_id, event_type, resource, refund=read_refund(resource))
    if event_type in SIGN_EVENTS | END_EVENTS:
        state = ContractState.SIGNED if event_type in SIGN_EVENTS else ContractState.ENDED
        contract = Contract(str(resource["out_contract_code"]), state, resource.get("contract_id"))
        return Notice(notice_id, event_type, resource, contract=contract)
    return Notice(notice_id, event_type, resource)
