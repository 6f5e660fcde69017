"""The one billing client of this process. The worker sets it; actions ask for it."""

from billing_client.client import BillingClient

_client: BillingClient | None = None


def set_client(client: BillingClient | None) -> None:
    global _client  # noqa: PLW0603  a process has one door
    _client = client


def client() -> BillingClient:
    """Raises RuntimeError when the process forgot to set it."""
    if _client is None:
        raise RuntimeError("billing_client.door.set_client was not called in this process")
    return _client
