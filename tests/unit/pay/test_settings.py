"""Sandbox money is never taken for real by accident."""

import pytest

from billing_client.pay.links import PaymentLinks
from billing_client.pay.settings import SandboxForbidden, settings_from


def test_production_refuses_the_sandbox_unless_it_is_allowed() -> None:
    with pytest.raises(SandboxForbidden):
        settings_from({"XIAOSHUI_ENV": "production"})
    allowed = settings_from({"XIAOSHUI_ENV": "production", "ALLOW_SANDBOX_PAY": "1"})
    assert allowed.provider == "wechat_sandbox"
    assert settings_from({"XIAOSHUI_ENV": "production", "PAYMENT_PROVIDER": "wechat"})


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ValueError, match="paypal"):
        settings_from({"PAYMENT_PROVIDER": "paypal"})


def test_notices_go_to_the_neighbour_or_to_the_public_address() -> None:
    public = {"PUBLIC_URL": "https://water.example/", "PORT": "9000"}
    assert settings_from(public).notify_url == "http://127.0.0.1:9000/pay/notify/wechat"
    real = settings_from(public | {"PAYMENT_PROVIDER": "wechat"})
    assert real.notify_url == "https://water.example/pay/notify/wechat"


def test_a_link_serves_one_purpose_and_one_order() -> None:
    links = PaymentLinks("https://water.example", b"k" * 32)
    signature = links.signature("qr", "XS1")
    assert links.agrees("qr", "XS1", signature)
    assert not links.agrees("page", "XS1", signature)
    assert not links.agrees("qr", "XS2", signature)
    assert not links.agrees("qr", "XS1", "签名")
