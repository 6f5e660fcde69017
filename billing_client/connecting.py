"""Which billing stands behind the door of this process: in it, or at ``BILLING_URL``."""

from billing_client import core
from billing_client.core import CoreBillingClient
from billing_client.remote import remote
from billing_client.remote.remote import RemoteBillingClient
from billing_client.remote.settings import settings_from
from billing_client.services.code_sender import CodeSender


def connect(
    database_url: str, code_sender: CodeSender | None = None
) -> CoreBillingClient | RemoteBillingClient:
    """One setting decides; a billing elsewhere sends its codes itself.

    Raises BadRemote for a setting that cannot be used.
    """
    chosen = settings_from()
    if chosen is None:
        return core.connect(database_url, code_sender=code_sender)
    return remote.connect(chosen)


def is_remote() -> bool:
    """Billing's jobs, pages and tables are then another machine's work. Raises BadRemote."""
    return settings_from() is not None
