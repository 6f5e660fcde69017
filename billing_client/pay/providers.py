"""The configured providers. A provider is one module in ``kinds/``; its file name is its name."""

import importlib
import os
import pkgutil
from collections.abc import Iterator, Mapping

from billing_client.pay import kinds
from billing_client.pay.capabilities import Scene
from billing_client.pay.kind import ProviderKind
from billing_client.pay.port import OutcomeUnknown, PaymentProvider
from billing_client.pay.settings import PaymentSettings, SandboxForbidden


def known_kinds() -> tuple[str, ...]:
    """Every name that may be configured."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(kinds.__path__)))


def kind_of(name: str) -> ProviderKind:
    """Raises ``ValueError`` with a sentence for the operator."""
    if name not in known_kinds():
        known = "、".join(known_kinds())
        raise ValueError(f"PAYMENT_PROVIDERS 里的「{name}」不认识，可以写:{known}")
    return importlib.import_module(f"{kinds.__name__}.{name}").KIND


class Providers:
    """The providers of this utility, in the order in which customers are offered them."""

    def __init__(self, providers: tuple[PaymentProvider, ...]) -> None:
        self._by_name = {provider.name: provider for provider in providers}

    def __iter__(self) -> Iterator[PaymentProvider]:
        return iter(self._by_name.values())

    def of(self, name: str) -> PaymentProvider:
        """The provider of a stored order; one that is configured no more cannot be asked."""
        if name not in self._by_name:
            raise OutcomeUnknown(f"{name} is not configured")
        return self._by_name[name]

    def method_of(self, name: str) -> str:
        """The word for customers, also for a provider that is configured no more."""
        known = self._by_name.get(name)
        return known.method if known else name

    def askable(self) -> tuple[str, ...]:
        """Names of those that answer queries."""
        return tuple(provider.name for provider in self if provider.can.query)

    def payable(self, scene: Scene | None = None) -> tuple[PaymentProvider, ...]:
        """Those that customers can pay with, in this scene or at all."""
        return tuple(
            provider
            for provider in self
            if (scene in provider.can.scenes if scene else provider.can.scenes)
        )

    def choose(self, method: str | None, scene: Scene | None = None) -> PaymentProvider | None:
        """The customer's choice, the first one without a choice; None when nobody can do it."""
        fitting = self.payable(scene)
        return next((p for p in fitting if method in (None, p.method)), None)

    def for_autopay(self, method: str | None = None) -> PaymentProvider | None:
        fitting = (provider for provider in self if provider.can.autopay)
        return next((p for p in fitting if method in (None, p.method)), None)

    async def aclose(self) -> None:
        for provider in self:
            await provider.aclose()


def providers_from(
    settings: PaymentSettings, environment: Mapping[str, str] = os.environ
) -> Providers:
    """Build what the settings name. Raises ``SandboxForbidden``, ``ValueError``, ``KeyError``."""
    refuse_sandbox_in_production(settings, environment)
    built = (kind_of(name).build(settings, environment) for name in settings.providers)
    return Providers(tuple(built))


def refuse_sandbox_in_production(
    settings: PaymentSettings, environment: Mapping[str, str] = os.environ
) -> None:
    if environment.get("XIAOSHUI_ENV") != "production":
        return
    simulated = [name for name in settings.providers if kind_of(name).simulator is not None]
    if simulated and environment.get("ALLOW_SANDBOX_PAY") != "1":
        raise SandboxForbidden(
            f"生产环境不能使用沙箱支付({'、'.join(simulated)})：请把 PAYMENT_PROVIDERS 改成"
            "真实的支付渠道，或为演示设置 ALLOW_SANDBOX_PAY=1。"
        )
