"""The tables of the billing core, schema ``billing``.

Money is integer fen (``*_fen``), volumes integer litres (``*_l``), moments are
``timestamptz``, business days are dates in Asia/Shanghai. Every hot table has
``account_no`` first in its key, so that it can be distributed by it.
"""

from billing_client.store.tables.accounts import account, daily_usage, meter, reading, setting
from billing_client.store.tables.api import api_answer, api_key
from billing_client.store.tables.arrears import dunning_case, dunning_step, late_fee_waiver
from billing_client.store.tables.audit import audit
from billing_client.store.tables.bank import bank_batch, bank_batch_row, bank_mandate
from billing_client.store.tables.bills import (
    bill,
    bill_item,
    bill_line,
    bill_run_chunk,
    bill_run_exception,
    tariff,
    water_plan,
)
from billing_client.store.tables.books import allocation, closing, journal, posting, prepaid_balance
from billing_client.store.tables.columns import metadata
from billing_client.store.tables.corrections import adjustment, cancelled_bill
from billing_client.store.tables.identity import binding, guess, one_time_code, sandbox_sms
from billing_client.store.tables.invoices import invoice, invoice_bill
from billing_client.store.tables.payment import (
    autopay_contract,
    instalment_plan,
    notice_nonce,
    payment_order,
    payment_order_bill,
    provider_notice,
)
from billing_client.store.tables.readings import (
    bill_stretch,
    reading_import,
    submitted_reading,
)
from billing_client.store.tables.reconciliation import recon_day, recon_finding, recon_row
from billing_client.store.tables.refunds import refund
from billing_client.store.tables.service import (
    notice,
    outage,
    outage_change,
    service_order,
    service_order_event,
    service_order_evidence,
    staff_duty,
)
from billing_client.store.tables.tasks import staff_task
from billing_client.store.tables.tenure import (
    account_alias,
    account_owner,
    account_settlement,
    billing_term,
    reminder_preference,
)

__all__ = [
    "account",
    "account_alias",
    "account_owner",
    "account_settlement",
    "adjustment",
    "allocation",
    "api_answer",
    "api_key",
    "audit",
    "autopay_contract",
    "bank_batch",
    "bank_batch_row",
    "bank_mandate",
    "bill",
    "bill_item",
    "bill_line",
    "bill_run_chunk",
    "bill_run_exception",
    "bill_stretch",
    "billing_term",
    "binding",
    "cancelled_bill",
    "closing",
    "daily_usage",
    "dunning_case",
    "dunning_step",
    "guess",
    "instalment_plan",
    "invoice",
    "invoice_bill",
    "journal",
    "late_fee_waiver",
    "metadata",
    "meter",
    "notice",
    "notice_nonce",
    "one_time_code",
    "outage",
    "outage_change",
    "payment_order",
    "payment_order_bill",
    "posting",
    "prepaid_balance",
    "provider_notice",
    "reading",
    "reading_import",
    "recon_day",
    "recon_finding",
    "recon_row",
    "refund",
    "reminder_preference",
    "sandbox_sms",
    "service_order",
    "service_order_event",
    "service_order_evidence",
    "setting",
    "staff_duty",
    "staff_task",
    "submitted_reading",
    "tariff",
    "water_plan",
]
