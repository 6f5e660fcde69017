"""现金 at the hall: entered by staff with the number of the receipt."""

from collections.abc import Mapping

from billing_client.pay.kind import ProviderKind
from billing_client.pay.offline import OfflineProvider
from billing_client.pay.settings import PaymentSettings

NAME = "counter_cash"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> OfflineProvider:
    return OfflineProvider(NAME)


KIND = ProviderKind(build)
