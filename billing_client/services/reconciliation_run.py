"""A day for all providers: those that are late or silent are left for the next try."""

from datetime import date

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.pay.providers import Providers
from billing_client.services.reconciliation import reconcile
from billing_client.services.reconciliation_books import known

log = structlog.get_logger(__name__)


async def reconcile_all(engine: AsyncEngine, providers: Providers, day: date) -> int:
    """Compare what was not compared yet; how many days of providers were."""
    done = 0
    for provider in providers:
        if not provider.can.trade_bill:
            continue
        async with engine.connect() as connection:
            if await known(connection, provider.name, day):
                continue
        try:
            report = await reconcile(engine, provider, day)
        except (OutcomeUnknown, ProviderRefused) as error:
            log.warning("reconciliation.no_bill", provider=provider.name, error=str(error))
            continue
        log.info(
            "reconciliation.done",
            provider=provider.name,
            day=day.isoformat(),
            rows=report.rows,
            differences=len(report.findings),
            settled_late=len(report.late),
        )
        done += 1
    return done
