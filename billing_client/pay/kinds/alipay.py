"""支付宝: the real service, by the merchant's credentials in ``ALIPAY_*``."""

from collections.abc import Mapping

from billing_client.pay.alipay.credentials import credentials_from
from billing_client.pay.alipay.provider import AlipayProvider
from billing_client.pay.kind import ProviderKind
from billing_client.pay.settings import PaymentSettings

NAME = "alipay"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> AlipayProvider:
    return AlipayProvider(
        credentials_from(environment), name=NAME, notify_url=settings.public_notify_url(NAME)
    )


KIND = ProviderKind(build)
