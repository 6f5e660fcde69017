"""微信支付: the real service, by the merchant's credentials in ``WECHAT_PAY_*``."""

from collections.abc import Mapping

from billing_client.pay.kind import ProviderKind
from billing_client.pay.settings import PaymentSettings
from billing_client.pay.wechat.check import check
from billing_client.pay.wechat.credentials import credentials_from
from billing_client.pay.wechat.provider import WeChatPayProvider

NAME = "wechat"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> WeChatPayProvider:
    return WeChatPayProvider(
        credentials_from(environment), name=NAME, notify_url=settings.public_notify_url(NAME)
    )


KIND = ProviderKind(build, check=check)
