"""What staff may see and do on a customer's accounts, with a line in the audit each time.

Staff ask for the customer of a conversation, so they reach what that customer has bound and
nothing else. What needs the customer's own fresh code stays the customer's.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import NotBound, NotForStaff
from billing_client.store.audit import actor_of
from billing_client.views import Caller

STAFF_READ = frozenset(
    {
        "reminders", "bills", "arrears", "explain_bill", "usage", "chart_url", "balance",
        "tier_position", "leak_signs", "forecast", "like_households", "saving_advice",
        "payments", "payment_order", "autopay", "instalment", "bill_paper", "invoice_offer",
        "invoices", "refundable", "refunds",
    }
)  # fmt: skip
STAFF_DO = frozenset({"create_payment_order", "request_invoice"})

# One line for what is looked at in one go, so that the audit stays readable.
LOOKED_AT = text("""
INSERT INTO billing.audit (actor, action, table_name, row_key, account_no)
SELECT :actor, 'read', 'account', :account_no, :account_no
 WHERE NOT EXISTS (
       SELECT FROM billing.audit
        WHERE account_no = :account_no AND at > clock_timestamp() - interval '10 minutes'
          AND actor = :actor AND action = 'read')
""")
DONE = text("""
INSERT INTO billing.audit (actor, action, table_name, row_key, account_no)
VALUES (:actor, 'ask', :method, :account_no, :account_no)
""")


async def require(
    connection: AsyncConnection,
    caller: Caller,
    method: str,
    account_no: str,
    bound: Sequence[str],
) -> None:
    """Raises NotForStaff or NotBound; otherwise the audit says that this one looked or asked."""
    if method not in STAFF_READ | STAFF_DO:
        raise NotForStaff(method=method)
    if account_no not in bound:
        raise NotBound(account_no=account_no)
    statement = LOOKED_AT if method in STAFF_READ else DONE
    values = {"actor": actor_of(caller), "account_no": account_no}
    if statement is DONE:
        values["method"] = method
    await connection.execute(statement, values)
