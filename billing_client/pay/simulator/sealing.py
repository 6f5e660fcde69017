"""What a simulator must know to send its notices: how they are sealed, and how often tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from billing_client.pay.simulator.faults import Fault


@dataclass(frozen=True)
class OutgoingNotice:
    """``envelope`` and ``content`` are the simulator's own business."""

    notice_id: str
    envelope: Mapping[str, Any]
    content: Mapping[str, Any]
    fault: Fault | None = None


@dataclass(frozen=True)
class Sealed:
    """One request, signed now."""

    headers: Mapping[str, str]
    body: bytes


class Seals(Protocol):
    """``retry_seconds`` is the provider's published schedule between tries."""

    name: str
    retry_seconds: tuple[float, ...]

    def seal(self, notice: OutgoingNotice) -> Sealed:
        """Sign now, with the notice's fault in it where it is one of content or signature."""
        ...

    def is_yes(self, answer: httpx.Response) -> bool: ...
