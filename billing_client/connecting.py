"""Which billing stands behind the door of this process: in it, or at ``BILLING_URL``."""

from billing_client import core
from billing_client.core import CoreBillingClient
from billing_client.remote import remote
from billing_client.remote.remote import RemoteBillingClient
from billing_client.remote.settings import settings_from


def connect(database_url: str) -> CoreBillingClient | RemoteBillingClient:
    """One setting decides. Raises BadRemote for one that cannot be used."""
    chosen = settings_from()
    return core.connect(database_url) if chosen is None else remote.connect(chosen)


def is_remote() -> bool:
    """Billing's jobs, pages and tables are then another machine's work. Raises BadRemote."""
    return settings_from() is not None
