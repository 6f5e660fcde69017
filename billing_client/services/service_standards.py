"""The kinds of orders and their deadlines, from the shipped data and the utility's setting."""

import json
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain import service_standard
from billing_client.domain.service_order import Kind, parse_kinds
from billing_client.domain.service_standard import Deadlines, Standard, deadlines, standard_for
from billing_client.store import settings

FOLDER = Path(__file__).parents[1] / "standards"
SERVICE_STANDARDS = "service_standards"  # the setting {"leak.minor": 24, …}: hours promised


@cache
def kinds() -> dict[str, Kind]:
    return parse_kinds(_read("service_kinds.json"))


@cache
def standards() -> tuple[Standard, ...]:
    return service_standard.parse(_read("service_standards.json"))


def kind_of(code: str) -> Kind:
    """An unknown code is treated as ``other``: what a customer wants is never refused for it."""
    return kinds().get(code) or Kind(code, code, "request")


def promise(kind: str, severity: str, opened: datetime, own: dict[str, Any]) -> Deadlines:
    """The deadlines of an order; ``own`` are the utility's hours by 'kind.severity' or 'kind'."""
    standard = standard_for(standards(), kind, severity, opened.date())
    names = (f"{kind}.{severity}", kind, severity)
    hours = next((Decimal(str(own[name])) for name in names if name in own), None)
    return deadlines(standard, opened, hours)


async def promised(
    connection: AsyncConnection, kind: str, severity: str, opened: datetime
) -> Deadlines:
    own = await settings.read(connection, SERVICE_STANDARDS) or {}
    return promise(kind, severity, opened, own)


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
