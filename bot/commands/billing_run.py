"""``xiaoshui billing run PERIOD``: bills for everybody, with a bar and a summary."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused
from bot.commands.yuan import yuan

if TYPE_CHECKING:
    from billing_client.services.bulk_run import Summary

REASONS = {
    "no_reading": "没有新读数",
    "negative_use": "读数低于上次,待现场核对",
    "estimate_too_high": "读数低于上次估抄,请用 billing correct-estimate 更正",
    "no_tariff_class": "水价表里没有该用水类别或日期",
    "no_meter": "没有在用的水表",
    "shared_meter": "同一总表下还有户没有读数或账单",
    "single": "待逐户处理,请再运行一次",
}


def add_to(app: typer.Typer) -> None:
    app.command("run", help="出账:为全部用户生成某个月的账单,中断后再运行会接着做")(run)


def run(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="账期,如 2026-10")],
    notify: Annotated[bool, typer.Option(help="给绑定的用户发账单通知")] = True,
) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    from billing_client.services import bulk_run

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise CommandRefused(f"账期应写成 2026-10 这样的年月,现在是「{period}」。")
    url = data_folder.database_url(settings.load())
    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as bar:
        task = bar.add_task(f"出账 {period}", total=None)
        summary = bulk_run.run(
            url,
            period,
            notify=notify,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    _print(summary)


def _print(summary: "Summary") -> None:
    print(f"{summary.period} 共 {summary.bills:,} 份账单,合计 {yuan(summary.total_fen)} 元。")
    for reason, accounts in summary.exceptions.items():
        print(f"未出账 {accounts:,} 户:{REASONS.get(reason, reason)}")
