"""The remote core behind the door."""

from billing_client.remote.bills_side import BillsSide
from billing_client.remote.identity_side import IdentitySide
from billing_client.remote.paper_side import PaperSide
from billing_client.remote.payment_side import PaymentSide
from billing_client.remote.refund_side import RefundSide
from billing_client.remote.service_side import ServiceSide
from billing_client.remote.settings import RemoteSettings
from billing_client.remote.transport import Transport


class RemoteBillingClient(IdentitySide, BillsSide, PaymentSide, RefundSide, PaperSide, ServiceSide):
    """``BillingClient`` over ``/api/v1``. Safe to share by all tasks of a process."""


def connect(settings: RemoteSettings) -> RemoteBillingClient:
    return RemoteBillingClient(Transport(settings))
