"""银行代扣 by batch file: see ``services/bank_batches.py``."""

from collections.abc import Mapping

from billing_client.pay.bank_accounts import vault_from
from billing_client.pay.kind import ProviderKind
from billing_client.pay.offline import OfflineProvider
from billing_client.pay.settings import PaymentSettings

NAME = "bank_file"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> OfflineProvider:
    return OfflineProvider(NAME)


def check(settings: PaymentSettings, environment: Mapping[str, str]) -> list[str]:
    """In production mandates can be entered from the first day: their key must be there."""
    if environment.get("XIAOSHUI_ENV") == "production":
        vault_from(environment)
    return []


KIND = ProviderKind(build, check=check)
