"""The books of all simulated providers: one schema, made where it is missing."""

from billing_client.pay.providers import kind_of, known_kinds
from billing_client.pay.simulator import store


def apply(database_url: str) -> None:
    """Create schema and tables. Safe to run twice and at once."""
    for name in known_kinds():
        kind_of(name)  # its module brings its tables
    store.apply(database_url)
