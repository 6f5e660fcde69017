"""What time it is for billing, for the demo's own connection."""

from datetime import datetime

from psycopg import Connection

from billing_client.demo.calendar import SHANGHAI


def business_now(connection: Connection) -> datetime:
    """The demo clock as ``store.clock`` keeps it, or the real moment. Aware, Asia/Shanghai."""
    real = datetime.now(SHANGHAI)
    row = connection.execute(
        "SELECT value FROM billing.setting WHERE key = 'demo_clock'"
    ).fetchone()
    if row is None:
        return real
    at = datetime.fromisoformat(row[0]["at"]).astimezone(SHANGHAI)
    if row[0]["set_at"] is None:
        return at
    return at + (real - datetime.fromisoformat(row[0]["set_at"]))
