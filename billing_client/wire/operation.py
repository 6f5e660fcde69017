"""One thing that can be asked over HTTP, described once for server, client and OpenAPI."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from billing_client.wire.words import Request

PREFIX = "/api/v1"
SVG, PNG, PDF, JSON = "image/svg+xml", "image/png", "application/pdf", "application/json"
SAFE = frozenset({"GET"})  # RFC 9110, 9.2.1; all others are writes and need an Idempotency-Key


@dataclass(frozen=True)
class Operation:
    """``name`` is the method of ``BillingClient`` and the ``operationId``.

    ``paged``: the answer is a list; the name of the field that tells its items apart.
    ``for_caller``: the request says for whom (wire/caller_header.py).
    """

    name: str
    verb: str
    path: str
    scope: str
    summary: str
    request: type[Request]
    answer: Any
    paged: str | None = None
    for_caller: bool = True
    media: str = JSON

    @property
    def writes(self) -> bool:
        return self.verb not in SAFE

    @cached_property
    def in_path(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Reads and writes the answer; of a list, the list of one page."""
        return TypeAdapter(self.answer)
