"""``xiaoshui billing reconcile|tasks|task-done``: a day and the provider's bill, what is left."""

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import yuan

if TYPE_CHECKING:
    from billing_client.domain.reconciliation import Finding
    from billing_client.services.reconciliation_report import DayReport

FAULTS = {
    "dropped": "掉单(已补入账)",
    "unknown": "渠道有、我们没有",
    "amount": "金额不一致",
    "other_transaction": "同一订单两笔交易",
    "twice_there": "渠道账单重复",
    "not_booked": "已付但没记账",
    "booked_wrong": "记账金额不对",
    "missing_there": "我们有、渠道没有",
}
TASKS = {
    "invoice_failed": "开票失败",
    "invoice_login": "开票员要登录税务平台",
    "red_letter_void": "红字确认单作废",
    "refund_abnormal": "退款异常",
    "refund_approval": "退款待复核",
    "reconciliation": "对账差异",
}


def add_to(app: typer.Typer) -> None:
    app.command(help="对账:渠道账单、付款订单、总账三方核对,掉单补入账")(reconcile)
    app.command(help="要人工处理的事")(tasks)
    app.command("task-done", help="办结一件人工处理的事")(task_done)


def reconcile(
    day: Annotated[str, typer.Argument(metavar="DATE", help="日期,如 2026-11-24")],
    provider: Annotated[str | None, typer.Option(help="只对这个渠道")] = None,
) -> None:
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise CommandRefused(f"日期应写成 2026-11-24,现在是「{day}」。") from None
    for report in asyncio.run(_reconcile(wanted, provider)):
        _print(report)


async def _reconcile(day: date, name: str | None) -> "list[DayReport]":
    from billing_client.pay.port import OutcomeUnknown, ProviderRefused
    from billing_client.pay.providers import providers_from
    from billing_client.pay.settings import settings_from
    from billing_client.services.reconciliation import reconcile
    from billing_client.store.engine import create_engine

    providers = providers_from(settings_from())
    chosen = [it for it in providers if it.can.trade_bill and name in (None, it.name)]
    if not chosen:
        raise CommandRefused("没有能对账的渠道。")
    engine = create_engine(data_folder.database_url(settings.load()))
    try:
        return [await reconcile(engine, it, day) for it in chosen]
    except (OutcomeUnknown, ProviderRefused) as error:
        raise CommandRefused(f"渠道账单还拿不到({error}),请稍后再对。") from None
    finally:
        await providers.aclose()
        await engine.dispose()


def _print(report: "DayReport") -> None:
    print(
        f"{report.provider} {report.day}:{report.rows} 行,收 {yuan(report.payments_fen)} 元,"
        f"退 {yuan(report.refunds_fen)} 元,手续费 {yuan(report.fee_fen)} 元,"
        f"应到账 {yuan(report.payout_fen)} 元"
    )
    for finding in (*report.late, *report.findings):
        print(f"  {FAULTS[finding.fault]}  {finding.key.number}  {_figures(finding)}")
    print("  三方一致。" if not report.findings else f"  {len(report.findings)} 处差异待处理。")


def _figures(finding: "Finding") -> str:
    sides = (("渠道", finding.theirs_fen), ("订单", finding.ours_fen), ("总账", finding.booked_fen))
    return " ".join(f"{name} {'-' if fen is None else yuan(fen)}" for name, fen in sides)


def tasks() -> None:
    from billing_client.services import staff_tasks

    rows = in_transaction(lambda connection, _: staff_tasks.open_tasks(connection), actor(None))
    for row in rows:
        facts = " ".join(f"{name}={value}" for name, value in row["facts"].items())
        opened: datetime = row["created_at"]
        kind = TASKS.get(row["kind"], row["kind"])
        print(
            f"{row['task_id']}  {opened:%Y-%m-%d %H:%M}  {kind}  {row['account_no'] or ''}  {facts}"
        )
    if not rows:
        print("没有要人工处理的事。")


def task_done(
    task_id: int,
    note: Annotated[str, typer.Option(help="怎么处理的")],
    by: Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")] = None,
) -> None:
    from billing_client.services import staff_tasks

    try:
        in_transaction(
            lambda connection, now: staff_tasks.finish(connection, task_id, actor(by), note, now),
            actor(by),
        )
    except staff_tasks.NoSuchTask:
        raise CommandRefused(f"没有编号 {task_id} 的待办,或已经办结。") from None
    print(f"{task_id} 已办结。")
