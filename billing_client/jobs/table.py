"""What the clock starts: every job of billing, when, and what it does. docs/jobs.md lists them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from billing_client.jobs.duties import Duties

# Six fields, the sixth is seconds: croniter's form, which procrastinate reads.
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"
EVERY_HALF_HOUR = "*/30 * * * *"
EVERY_MORNING = "0 9 * * *"
AFTER_MIDNIGHT = "5 0 * * *"
# Providers' bills are ready from ten; one that is late is asked for again.
EVERY_HOUR_BY_DAY = "20 10-20 * * *"
EVERY_NIGHT = "10 3 * * *"
HOURS_AHEAD_OF_UTC = 8  # Asia/Shanghai, all year


@dataclass(frozen=True)
class Job:
    """``cron`` is in Asia/Shanghai; ``again``: a run that failed is tried again soon, which
    those need that come once a day.

    Each works from what is in the books, not from the moment it was started for: one run
    after an outage does what all the missed ones would have done; the reconciliation alone is
    of one day.
    """

    name: str
    cron: str
    title: str
    work: Callable[[Duties], Awaitable[object]]
    again: bool = True

    @property
    def cron_utc(self) -> str:
        """procrastinate reads every cron in UTC, whatever the machine's zone. No job of ours
        names a day, so that the hours alone move."""
        minute, hours, *rest = self.cron.split()
        moved = re.sub(r"\d+", lambda hour: str((int(hour[0]) - HOURS_AHEAD_OF_UTC) % 24), hours)
        return " ".join((minute, moved, *rest))


_ALL = (
    Job("sweep_orders", EVERY_TEN_SECONDS, "查询没有回音的支付订单,关闭过期的",
        Duties.sweep_orders, again=False),
    Job("sweep_invoices", EVERY_TEN_SECONDS, "继续开具中的发票,寄出开好的",
        Duties.sweep_invoices, again=False),
    Job("sweep_refunds", EVERY_TEN_SECONDS, "继续办理中的退款",
        Duties.sweep_refunds, again=False),
    Job("sweep_contracts", EVERY_MINUTE, "查询等待签约的代扣合同",
        Duties.sweep_contracts, again=False),
    Job("run_autopay", EVERY_MINUTE, "对到期的账单发起代扣", Duties.run_autopay, again=False),
    # Often, so that who has paid gets the water back soon; each step is taken once all the same.
    Job(
        "dun", EVERY_HALF_HOUR, "催缴:给每个欠费户号办到期的一步", Duties.dun, again=False
    ),
    Job("keep_instalments", AFTER_MIDNIGHT, "结束缴清或违约的分期,提醒下一期",
        Duties.keep_instalments),
    Job("renew_accounts", AFTER_MIDNIGHT, "当天开始和到期的优惠、人口、报停",
        Duties.renew_accounts),
    Job("remind_of_due_bills", EVERY_MORNING, "到期前三天提醒缴费", Duties.remind_of_due_bills),
    Job("reconcile_yesterday", EVERY_HOUR_BY_DAY, "与支付渠道对昨天的账",
        Duties.reconcile_yesterday, again=False),
    Job("let_go", EVERY_NIGHT, "删除超过保存期的记录", Duties.let_go),
    Job("prove_books", EVERY_NIGHT, "核对账目", Duties.prove_books, again=False),
)  # fmt: skip

JOBS: Mapping[str, Job] = {job.name: job for job in _ALL}
