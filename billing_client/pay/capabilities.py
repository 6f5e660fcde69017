"""What a provider can do. Bot and payment page offer what is named here, and nothing else."""

from dataclasses import dataclass
from enum import StrEnum


class Scene(StrEnum):
    """Where the payer pays. An order is made for one scene."""

    QR = "qr"  # a code on another screen is scanned
    PHONE_PAGE = "phone_page"  # a page in the phone's browser calls the provider's app
    IN_WECHAT = "in_wechat"  # a page that is open inside WeChat (JSAPI)


@dataclass(frozen=True)
class Capabilities:
    """``scenes`` is empty for a provider whose money comes without an order of the customer's."""

    scenes: frozenset[Scene] = frozenset()
    autopay: bool = False
    refund: bool = False
    trade_bill: bool = False
    query: bool = True  # False: nobody to ask, what is known comes by file or by staff
    sandbox: bool = False  # no real money moves
