"""What the module of a provider kind tells: how it is built, checked and, if so, simulated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.port import PaymentProvider
from billing_client.pay.settings import PaymentSettings

Build = Callable[[PaymentSettings, Mapping[str, str]], PaymentProvider]
Simulator = Callable[[AsyncEngine, PaymentSettings], web.Application]
Check = Callable[[PaymentSettings, Mapping[str, str]], Sequence[str]]


def nothing_to_check(settings: PaymentSettings, environment: Mapping[str, str]) -> Sequence[str]:
    """For kinds without keys."""
    return ()


@dataclass(frozen=True)
class ProviderKind:
    """``check`` returns what is wrong with the configuration, in sentences for the operator.

    A kind with a ``simulator`` moves no real money; the gateway mounts it at ``mounted_at``.
    """

    build: Build
    check: Check = nothing_to_check
    simulator: Simulator | None = None
    mounted_at: str = ""
