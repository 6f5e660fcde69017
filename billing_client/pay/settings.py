"""What the payment side needs to know, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

SANDBOX = "wechat_sandbox"
WECHAT = "wechat"
LOCAL_URL = "http://127.0.0.1:8080"
NOTIFY_PATH = "/pay/notify/wechat"


class SandboxForbidden(RuntimeError):
    """A production system must not take sandbox money for real."""


@dataclass(frozen=True)
class PaymentSettings:
    """Amounts in fen. ``public_url`` is what payers open, ``local_url`` what our processes call."""

    provider: str = SANDBOX
    public_url: str = LOCAL_URL
    local_url: str = LOCAL_URL
    data_dir: Path = Path(".data")
    smallest_fen: int = 100
    largest_fen: int = 5_000_000
    # 委托代扣: told one day after the issue, charged from the third (wxpay_v2/papay/chapter3_10).
    deduct_after: timedelta = timedelta(days=3)
    sandbox_retry_scale: float = 0.1

    @property
    def notify_url(self) -> str:
        """WeChat calls the public address, the sandbox its neighbour in the same process."""
        base = self.local_url if self.provider == SANDBOX else self.public_url
        return base.rstrip("/") + NOTIFY_PATH


def settings_from(environment: Mapping[str, str] = os.environ) -> PaymentSettings:
    """Raises ``SandboxForbidden`` and ``ValueError`` with a sentence for the operator."""
    provider = environment.get("PAYMENT_PROVIDER", SANDBOX)
    if provider not in (SANDBOX, WECHAT):
        raise ValueError(f"PAYMENT_PROVIDER must be {SANDBOX} or {WECHAT}, not {provider}")
    if provider == SANDBOX:
        refuse_sandbox_in_production(environment)
    port = environment.get("PORT") or "8080"
    local_url = (environment.get("LOCAL_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    return PaymentSettings(
        provider=provider,
        public_url=(environment.get("PUBLIC_URL") or local_url).rstrip("/"),
        local_url=local_url,
        data_dir=Path(environment.get("DATA_DIR", ".data")),
        smallest_fen=int(environment.get("PAYMENT_SMALLEST_FEN", "100")),
        largest_fen=int(environment.get("PAYMENT_LARGEST_FEN", "5000000")),
        deduct_after=timedelta(days=int(environment.get("AUTOPAY_DEDUCT_AFTER_DAYS", "3"))),
        sandbox_retry_scale=float(environment.get("SANDBOX_RETRY_SCALE", "0.1")),
    )


def refuse_sandbox_in_production(environment: Mapping[str, str]) -> None:
    if environment.get("XIAOSHUI_ENV") != "production":
        return
    if environment.get("ALLOW_SANDBOX_PAY") != "1":
        raise SandboxForbidden(
            "生产环境不能使用沙箱支付：请设置 PAYMENT_PROVIDER=wechat，"
            "或为演示设置 ALLOW_SANDBOX_PAY=1。"
        )
