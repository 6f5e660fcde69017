"""What the payment side needs to know, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

SANDBOX = "wechat_sandbox"
DEFAULT_PROVIDERS = (SANDBOX, "alipay_sandbox", "counter_cash", "counter_card", "bank_file")
LOCAL_URL = "http://127.0.0.1:8080"
NOTIFY_PREFIX = "/pay/notify"


class SandboxForbidden(RuntimeError):
    """A production system must not take sandbox money for real."""


@dataclass(frozen=True)
class PaymentSettings:
    """Amounts in fen. ``public_url`` is what payers open, ``local_url`` what our processes call."""

    providers: tuple[str, ...] = DEFAULT_PROVIDERS
    public_url: str = LOCAL_URL
    local_url: str = LOCAL_URL
    data_dir: Path = Path(".data")
    smallest_fen: int = 100
    largest_fen: int = 5_000_000
    # 委托代扣: told one day after the issue, charged from the third (wxpay_v2/papay/chapter3_10).
    deduct_after: timedelta = timedelta(days=3)
    sandbox_retry_scale: float = 0.1

    def public_notify_url(self, provider: str) -> str:
        """Where a real provider finds us."""
        return f"{self.public_url}{NOTIFY_PREFIX}/{provider}"

    def local_notify_url(self, provider: str) -> str:
        """Where a simulator finds us: its neighbour in the same process."""
        return f"{self.local_url}{NOTIFY_PREFIX}/{provider}"


def settings_from(environment: Mapping[str, str] = os.environ) -> PaymentSettings:
    """Raises ``ValueError`` for what is no number. Which names are known, ``providers`` says."""
    named = environment.get("PAYMENT_PROVIDERS") or ",".join(DEFAULT_PROVIDERS)
    port = environment.get("PORT") or "8080"
    local_url = (environment.get("LOCAL_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    return PaymentSettings(
        providers=tuple(dict.fromkeys(name.strip() for name in named.split(",") if name.strip())),
        public_url=(environment.get("PUBLIC_URL") or local_url).rstrip("/"),
        local_url=local_url,
        data_dir=Path(environment.get("DATA_DIR", ".data")),
        smallest_fen=int(environment.get("PAYMENT_SMALLEST_FEN", "100")),
        largest_fen=int(environment.get("PAYMENT_LARGEST_FEN", "5000000")),
        deduct_after=timedelta(days=int(environment.get("AUTOPAY_DEDUCT_AFTER_DAYS", "3"))),
        sandbox_retry_scale=float(environment.get("SANDBOX_RETRY_SCALE", "0.1")),
    )
