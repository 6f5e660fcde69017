"""Signed addresses of a payment order: the page to pay on and its QR code.

Whoever holds the link may pay; nobody can guess the link of another's order.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

SIGNATURE_CHARACTERS = 22  # 88 bits


@dataclass(frozen=True)
class PaymentLinks:
    """``key`` is shared by all processes (``services/link_key.py``)."""

    public_url: str
    key: bytes = field(repr=False)

    def page(self, order_no: str) -> str:
        return f"{self.public_url}/pay/{order_no}/{self.signature('page', order_no)}"

    def qr(self, order_no: str) -> str:
        return f"{self.public_url}/pay/qr/{order_no}.svg?signature={self.signature('qr', order_no)}"

    def bill(self, bill_id: int) -> str:
        """What a printed bill's code holds: no account number, good while the bill is open."""
        return f"{self.public_url}/pay/bill/{bill_id}/{self.signature('bill', str(bill_id))}"

    def signature(self, purpose: str, order_no: str) -> str:
        digest = hmac.new(self.key, f"{purpose}:{order_no}".encode(), hashlib.sha256).hexdigest()
        return digest[:SIGNATURE_CHARACTERS]

    def agrees(self, purpose: str, order_no: str, signature: str) -> bool:
        return hmac.compare_digest(
            self.signature(purpose, order_no).encode(), signature.encode(errors="replace")
        )
