"""Which provider issues invoices, by the environment."""

import os
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.invoicing.office import OFFICE, OfficeInvoices
from billing_client.invoicing.port import InvoiceProvider
from billing_client.invoicing.sandbox.provider import SANDBOX, SandboxInvoices
from billing_client.pay.settings import SandboxForbidden

PROVIDERS = (SANDBOX, OFFICE)


def chosen(environment: Mapping[str, str] = os.environ) -> str:
    """INVOICE_PROVIDER; by default the sandbox, in production the office.

    Raises ValueError with a sentence for the operator, SandboxForbidden.
    """
    production = environment.get("XIAOSHUI_ENV") == "production"
    name = environment.get("INVOICE_PROVIDER") or (OFFICE if production else SANDBOX)
    if name not in PROVIDERS:
        raise ValueError(f"INVOICE_PROVIDER 应是 {' 或 '.join(PROVIDERS)}，现在是「{name}」。")
    if name == SANDBOX and production and environment.get("ALLOW_SANDBOX_PAY") != "1":
        raise SandboxForbidden(f"生产环境不能开样票，请设置 INVOICE_PROVIDER={OFFICE}。")
    return name


def provider_from(
    engine: AsyncEngine, environment: Mapping[str, str] = os.environ
) -> InvoiceProvider:
    return SandboxInvoices(engine) if chosen(environment) == SANDBOX else OfficeInvoices()
