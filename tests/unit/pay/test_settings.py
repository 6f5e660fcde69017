"""Sandbox money is never taken for real by accident."""

import pytest

from billing_client.pay.links import PaymentLinks
from billing_client.pay.providers import (
    kind_of,
    known_kinds,
    providers_from,
    refuse_sandbox_in_production,
)
from billing_client.pay.settings import SandboxForbidden, settings_from


def test_production_refuses_the_sandbox_unless_it_is_allowed() -> None:
    production = {"XIAOSHUI_ENV": "production"}
    with pytest.raises(SandboxForbidden, match="wechat_sandbox"):
        refuse_sandbox_in_production(settings_from(production), production)
    allowed = production | {"ALLOW_SANDBOX_PAY": "1"}
    refuse_sandbox_in_production(settings_from(allowed), allowed)
    real = production | {"PAYMENT_PROVIDERS": "wechat"}
    refuse_sandbox_in_production(settings_from(real), real)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ValueError, match="paypal"):
        providers_from(settings_from({"PAYMENT_PROVIDERS": "paypal"}), {})


def test_every_kind_says_what_it_is() -> None:
    assert {"wechat", "wechat_sandbox"} <= set(known_kinds())
    for name in known_kinds():
        kind = kind_of(name)
        assert (kind.simulator is None) == (kind.mounted_at == "")


def test_notices_go_to_the_neighbour_or_to_the_public_address() -> None:
    settings = settings_from({"PUBLIC_URL": "https://water.example/", "PORT": "9000"})
    assert settings.local_notify_url("wechat_sandbox") == (
        "http://127.0.0.1:9000/pay/notify/wechat_sandbox"
    )
    assert settings.public_notify_url("wechat") == "https://water.example/pay/notify/wechat"


def test_a_link_serves_one_purpose_and_one_order() -> None:
    links = PaymentLinks("https://water.example", b"k" * 32)
    signature = links.signature("qr", "XS1")
    assert links.agrees("qr", "XS1", signature)
    assert not links.agrees("page", "XS1", signature)
    assert not links.agrees("qr", "XS2", signature)
    assert not links.agrees("qr", "XS1", "签名")
