"""``xiaoshui billing export WHAT FILE``: bills, payments, ledger or use as CSV or Excel."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused

if TYPE_CHECKING:
    from billing_client.services.export_run import Written

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def add_to(app: typer.Typer) -> None:
    app.command("export", help="导出账单、缴费、总账或用水量(CSV 或 Excel)")(export)


def export(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="bills、payments、ledger 或 usage")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="以 .csv 或 .xlsx 结尾的文件")],
    first: Annotated[str | None, typer.Option("--from", help="第一个月,如 2026-01")] = None,
    last: Annotated[str | None, typer.Option("--to", help="最后一个月,如 2026-10")] = None,
) -> None:
    from billing_client.services import export_files, exports
    from billing_client.services.exports import Kind
    from bot.commands.yuan import yuan

    if what not in exports.EXPORTS:
        raise CommandRefused(f"没有「{what}」,可导出:{'、'.join(exports.EXPORTS)}。")
    if file.suffix.removeprefix(".") not in export_files.WRITERS:
        raise CommandRefused("文件名应以 .csv 或 .xlsx 结尾。")
    for month in (first, last):
        if month is not None and not MONTH.fullmatch(month):
            raise CommandRefused(f"月份应写成 2026-10,现在是「{month}」。")
    wanted = exports.EXPORTS[what]
    try:
        written = asyncio.run(_write(what, file, first, last))
    except OSError as error:
        raise CommandRefused(f"写不了文件 {file}:{error.strerror}。") from None
    total = yuan(written.total) if written.kind is Kind.FEN else f"{written.total / 1000:,.3f}"
    print(f"{file}:{wanted.title} {written.rows:,} 行,{wanted.total} 合计 {total}。")


async def _write(what: str, file: Path, first: str | None, last: str | None) -> "Written":
    from billing_client.services import export_run, exports
    from billing_client.store.engine import create_engine

    engine = create_engine(data_folder.database_url(settings.load()))
    try:
        return await export_run.write(engine, exports.EXPORTS[what], file, first, last)
    finally:
        await engine.dispose()
