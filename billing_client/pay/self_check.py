"""``xiaoshui pay check``: is each provider ready? A sentence for each thing looked at."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from billing_client.pay.key_files import KeyRefused
from billing_client.pay.kind import ProviderKind
from billing_client.pay.port import OutcomeUnknown, PaymentProvider, ProviderRefused
from billing_client.pay.providers import kind_of, refuse_sandbox_in_production
from billing_client.pay.settings import PaymentSettings, SandboxForbidden

SIGN_CODES = {"SIGN_ERROR", "isv.invalid-signature", "40001", "40002", "isv.invalid-app-id"}


@dataclass(frozen=True)
class Finding:
    provider: str
    fine: bool
    sentence: str


async def findings(
    settings: PaymentSettings, environment: Mapping[str, str], *, online: bool
) -> list[Finding]:
    """Never raises for a wrong configuration: telling what is wrong is its task."""
    try:
        refuse_sandbox_in_production(settings, environment)
    except SandboxForbidden as error:
        return [Finding("PAYMENT_PROVIDERS", False, str(error))]
    except ValueError as error:
        return [Finding("PAYMENT_PROVIDERS", False, str(error))]
    found: list[Finding] = []
    for name in settings.providers:
        found += await _of_provider(name, settings, environment, online=online)
    return found


async def _of_provider(
    name: str, settings: PaymentSettings, environment: Mapping[str, str], *, online: bool
) -> list[Finding]:
    try:
        kind = kind_of(name)
        provider = kind.build(settings, environment)
    except KeyRefused as error:
        return [Finding(name, False, str(error))]
    except ValueError as error:
        return [Finding(name, False, str(error))]
    try:
        found = _checked(name, kind, settings, environment)
        if provider.can.query and not provider.can.sandbox:
            found += _address(name, settings)
        if not found:
            found.append(
                Finding(name, True, "配置和密钥齐全。" if provider.can.query else "已启用。")
            )
        if online and provider.can.query:
            found.append(await _ask(name, provider))
        return found
    finally:
        await provider.aclose()


def _checked(
    name: str, kind: ProviderKind, settings: PaymentSettings, environment: Mapping[str, str]
) -> list[Finding]:
    try:
        return [Finding(name, False, problem) for problem in kind.check(settings, environment)]
    except KeyRefused as error:
        return [Finding(name, False, str(error))]


def _address(name: str, settings: PaymentSettings) -> list[Finding]:
    """Notices come to PUBLIC_URL: https, a real host, no query."""
    parts = urlsplit(settings.public_url)
    if parts.scheme == "https" and parts.hostname not in (None, "localhost", "127.0.0.1"):
        return []
    said = f"PUBLIC_URL 现在是 {settings.public_url}，通知进不来：要写公网的 https 地址。"
    return [Finding(name, False, said)]


async def _ask(name: str, provider: PaymentProvider) -> Finding:
    """A query for an order that never was: whoever answers "missing" took our signature."""
    try:
        await provider.query(f"XSCHECK{secrets.token_hex(8)}")
    except ProviderRefused as refusal:
        if refusal.code in SIGN_CODES:
            said = f"对方不认我们的签名（{refusal.code}）：核对商户号、应用号、证书序列号和私钥。"
            return Finding(name, False, said)
        return Finding(name, False, f"对方拒绝查询：{refusal}")
    except OutcomeUnknown as error:
        said = f"没有可信的答复（{error}）：检查网络，以及对方的公钥或平台证书是否配对。"
        return Finding(name, False, said)
    return Finding(name, True, "已连通，双方签名都验过。")
