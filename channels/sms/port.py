"""What every SMS provider does for us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OutgoingSms:
    """``out_id`` is ours, the same at each attempt. ``topic`` and ``fields`` say what a message
    of our own accord tells, for providers that send registered templates alone.
    """

    phone: str
    text: str
    out_id: str
    topic: str | None = None
    fields: Mapping[str, str] | None = None


class SmsRefused(Exception):
    """The provider will never take this message for this number."""


class SmsLater(Exception):
    """The provider asks for a pause of so many seconds."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds


class SmsProvider(Protocol):
    name: str

    async def send(self, sms: OutgoingSms) -> str:
        """The provider's number of the message.

        Raises the exceptions above; anything else leaves open whether it was sent.
        """
        ...

    async def find(self, sms: OutgoingSms) -> str | None:
        """The number of a message whose sending had no answer; None: it was not sent."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Receipt:
    """What became of a message. ``out_id`` is ours, where the provider gives it back."""

    vendor_id: str
    phone: str
    delivered: bool
    code: str
    out_id: str | None = None
