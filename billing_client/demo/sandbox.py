"""The sandbox provider's side of what a situation says: orders to be paid, contracts signed.

Billing never reads these rows; without them the provider would not know of the order.
"""

import os
from datetime import UTC, datetime, timedelta

from psycopg import Connection

from billing_client.demo.rows import Rows, json_text
from billing_client.pay.settings import SANDBOX, PaymentSettings, settings_from
from billing_client.pay.simulator.store import metadata
from billing_client.pay.wechat_sandbox.keys import APPID, MCHID, PLAN_ID

NOT_ENOUGH = "NOTENOUGH"
CONTRACT_STATES = {"PENDING": "PENDING", "ACTIVE": "SIGNED", "ENDED": "TERMINATED"}
ORDER_LIFETIME = timedelta(hours=2)


class SandboxBooks:
    """Rows of the schema ``sandbox``, which ``city`` makes sure of."""

    def __init__(self, settings: PaymentSettings | None = None) -> None:
        self._settings = settings or settings_from(os.environ)
        self._rows = Rows(metadata)
        self._rows.columns(
            *("trade", "out_trade_no", "token", "kind", "request", "amount_fen", "description"),
            *("notify_url", "trade_state", "expires_at", "transaction_id", "paid_at"),
        )
        self._rows.columns(
            *("contract", "out_contract_code", "token", "plan_id", "display_account"),
            *("notify_url", "contract_id", "contract_state", "fails_with", "signed_at", "ended_at"),
        )

    def pay_url(self, token: str) -> str:
        return f"{self._settings.public_url}/sandbox/pay/{token}"

    def sign_url(self, token: str) -> str:
        return f"{self._settings.public_url}/sandbox/contract/{token}"

    def add_order(self, order_no: str, token: str, amount_fen: int) -> None:
        """An order that waits for its payer, by the real clock."""
        expires_at = datetime.now(UTC) + ORDER_LIFETIME
        self._add_trade(order_no, token, amount_fen, "NOTPAY", expires_at)

    def add_paid(self, order_no: str, amount_fen: int, transaction: str, at: datetime) -> None:
        """One that was paid, so that the provider can give it back."""
        self._add_trade(order_no, f"paid-{order_no}", amount_fen, "SUCCESS", at, transaction, at)

    def _add_trade(
        self,
        order_no: str,
        token: str,
        amount_fen: int,
        state: str,
        expires_at: datetime,
        transaction: str | None = None,
        paid_at: datetime | None = None,
    ) -> None:
        notify_url, description = self._settings.local_notify_url(SANDBOX), "水费"
        request = {
            "appid": APPID,
            "mchid": MCHID,
            "description": description,
            "out_trade_no": order_no,
            "notify_url": notify_url,
            "amount": {"total": amount_fen, "currency": "CNY"},
        }
        self._rows.add(
            *("trade", order_no, token, "native", json_text(request), amount_fen, description),
            *(notify_url, state, expires_at, transaction, paid_at),
        )

    def add_contract(
        self,
        code: str,
        token: str,
        contract_id: str | None,
        state: str,
        *,
        drained: bool,
        signed_at: datetime | None,
        ended_at: datetime | None,
    ) -> None:
        """``state`` is billing's word for it; ``drained`` lets its deductions fail."""
        self._rows.add(
            *(
                "contract",
                code,
                token,
                PLAN_ID,
                code,
                self._settings.local_notify_url(SANDBOX),
                contract_id,
            ),
            *(CONTRACT_STATES[state], NOT_ENOUGH if drained else None, signed_at, ended_at),
        )

    def write(self, connection: Connection) -> None:
        self._rows.write(connection)
