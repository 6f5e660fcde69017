"""``xiaoshui billing job …``: what the clock starts, seen and started by hand."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)


@app.command("list", help="列出全部定时任务:何时运行、最近成功和失败")
def list_jobs() -> None:
    from rich.console import Console
    from rich.table import Table

    from billing_client.jobs.record import Record, records
    from billing_client.jobs.table import JOBS

    known = in_transaction(lambda connection, _: records(connection), actor(None))
    table = Table("任务", "时间", "做什么", "最近成功", "最近失败", "正在运行")
    for job in JOBS.values():
        found = known.get(job.name, Record(job.name, False, None, None))
        table.add_row(
            job.name, job.cron, job.title, _moment(found.succeeded_at),
            _moment(found.failed_at), "是" if found.running else "",
        )  # fmt: skip
    Console(width=130).print(table)


@app.command("run", help="现在就运行一个任务,同一任务不会同时运行两次")
def run(
    name: Annotated[str, typer.Argument(metavar="任务", help="见 job list")],
) -> None:
    from billing_client.jobs.alone import RunsAlready
    from billing_client.jobs.runner import run_once
    from billing_client.jobs.table import JOBS

    if name not in JOBS:
        raise CommandRefused(f"没有任务「{name}」,有:{'、'.join(JOBS)}。")
    job = JOBS[name]
    try:
        done = asyncio.run(run_once(data_folder.database_url(settings.load()), job))
    except RunsAlready:
        raise CommandRefused(f"任务 {name} 正在运行,请等它结束。") from None
    print(f"{job.title}:完成" + (f",处理 {done} 项。" if isinstance(done, int) else "。"))


def _moment(at: datetime | None) -> str:
    return f"{at:%m-%d %H:%M}" if at else "-"
