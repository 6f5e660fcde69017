"""银行代扣 by batch file: see ``services/bank_batches.py``."""

from collections.abc import Mapping

from billing_client.pay.kind import ProviderKind
from billing_client.pay.offline import OfflineProvider
from billing_client.pay.settings import PaymentSettings

NAME = "bank_file"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> OfflineProvider:
    return OfflineProvider(NAME)


KIND = ProviderKind(build)
