"""Which provider stands behind the port, by the settings."""

import os

from billing_client.pay.port import Ability, PaymentProvider
from billing_client.pay.sandbox.keys import load_or_create
from billing_client.pay.settings import SANDBOX, PaymentSettings
from billing_client.pay.wechat.credentials import credentials_from
from billing_client.pay.wechat.provider import WeChatPayProvider

SANDBOX_ABILITIES = frozenset({Ability.QR, Ability.PAYER_PAGE, Ability.AUTOPAY, Ability.SANDBOX})


def provider_from(settings: PaymentSettings) -> PaymentProvider:
    """The same client either way: the sandbox differs by keys and address alone."""
    if settings.provider == SANDBOX:
        return WeChatPayProvider(
            load_or_create(settings.data_dir).merchant_credentials(),
            notify_url=settings.notify_url,
            base_url=f"{settings.local_url}/sandbox/wechat",
            name=SANDBOX,
            abilities=SANDBOX_ABILITIES,
        )
    return WeChatPayProvider(credentials_from(os.environ), notify_url=settings.notify_url)
