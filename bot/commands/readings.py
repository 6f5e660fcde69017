"""``xiaoshui billing import-readings FILE``: a round of readings, checked before it counts."""

import csv
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction

if TYPE_CHECKING:
    from billing_client.services.reading_file import BadFile, Fault
    from billing_client.services.reading_import import Report
    from billing_client.services.reading_staging import Judged

SHOWN = 50  # on the screen; --report has them all

FAULTS = {
    "no_account": "没有户号",
    "bad_reading": "读数「{value}」不是数字(最多三位小数)",
    "bad_date": "抄表日期「{value}」看不懂,应写成 2026-11-24",
    "bad_source": "来源「{value}」不认识,应是 人工、远传、自报 或 估抄",
    "unknown_account": "没有这个户号",
    "unknown_meter": "户号下没有表号「{value}」",
    "which_meter": "户号下有几块表或没有在用的表,要写明表号",
    "closed_account": "户号已销户",
    "twice_in_file": "同一块表同一天在文件里有两行",
}
REASONS = {
    "future": "抄表日期在今天之后",
    "too_old": "抄表日期早于装表日或已出账的日期",
    "removed": "抄表日期晚于拆表日",
    "too_many_digits": "超过水表的位数",
    "lower": "比上次读数小",
    "above_next": "比之后一天的读数大",
    "impossible": "超过水表能通过的最大水量",
    "too_high": "比平常高得多",
}
REMARKS = {
    "rollover": "水表走完一圈",
    "zero": "连续几个月没有用水",
    "below_estimate": "低于此前的估抄,要冲正",
    "checked": "用量高,已复核",
}
BAD_FILES = {
    "empty": "文件是空的。",
    "no_heading": "第一行缺少「{detail}」这一列。第一行应是列名:户号、表号、读数、抄表日期。",
    "encoding": "文件的编码看不懂,请用 UTF-8 或 GB 18030 保存。",
    "excel": "这个 Excel 文件打不开,请重新另存为 .xlsx 或 .csv。",
}


def import_readings(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,什么也不写入")] = False,
    leave_out_faulty: Annotated[
        bool, typer.Option("--leave-out-faulty", help="有错的行不导入,其余照常导入")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="把有错和存疑的每一行写进这个 CSV 文件")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="经办人")] = None,
) -> None:
    """Exit code 1 when a row is faulty and nothing was imported, or would not be."""
    from billing_client.services import reading_import
    from billing_client.services.reading_file import BadFile

    async def work(connection: AsyncConnection, now: datetime) -> "Report":
        if dry_run:
            return await reading_import.check_file(connection, file, now=now)
        return await reading_import.import_file(
            connection, file, by=actor(by), now=now, leave_out_faulty=leave_out_faulty
        )

    try:
        found = in_transaction(work, actor(by))
    except BadFile as error:
        raise CommandRefused(_bad_file(error)) from None
    except reading_import.ImportRefused as refused:
        _show(refused.report, report)
        print("没有导入。改好以后再导入,或用 --leave-out-faulty 先导入其余各行。")
        sys.exit(1)
    _show(found, report)
    if dry_run:
        print("只是检查,没有写入。")
        sys.exit(1 if found.faults else 0)


def estimate(
    period: Annotated[str, typer.Argument(metavar="月份", help="如 2026-10")],
    by: Annotated[str | None, typer.Option("--by", help="经办人")] = None,
) -> None:
    """Meters of the period without a reading get an estimate on its last day."""
    from billing_client.domain.period import last_day
    from billing_client.services import estimates
    from billing_client.services.estimates import Estimated

    try:
        on = last_day(period)
    except ValueError:
        raise CommandRefused(f"月份应写成 2026-10,现在是「{period}」。") from None

    async def work(
        connection: AsyncConnection, now: datetime
    ) -> tuple[int, list[Estimated | None]]:
        unread = await estimates.missing(connection, period)
        done = [
            await estimates.estimate_meter(connection, one, on, actor(by), now) for one in unread
        ]
        return len(unread), done

    count, done = in_transaction(work, actor(by))
    entered = [one for one in done if one is not None]
    for one in entered:
        if one.ticket_no:
            often = f"连续估抄 {one.in_a_row} 次,已开复抄工单 {one.ticket_no}"
            print(f"{one.account_no} {one.meter_no} {often}")
    print(f"没有读数的表 {count} 块,已估抄 {len(entered)} 块。")


def _bad_file(error: "BadFile") -> str:
    return BAD_FILES[error.code].format(detail=error.detail)


def _show(found: "Report", to_file: Path | None) -> None:
    if found.imported_at is not None:
        print(f"这个文件 {found.imported_at:%Y-%m-%d %H:%M} 已经导入过,没有再写入。")
    lines = [*map(_fault_line, found.faults), *(_refused_line(row, found) for row in found.refused)]
    for line in lines[:SHOWN]:
        print("  ".join(str(part) for part in line if part))
    if len(lines) > SHOWN:
        print(f"……还有 {len(lines) - SHOWN} 行,用 --report 写进文件。")
    if to_file is not None:
        _write(to_file, lines)
    counts = found.counts
    print(
        f"可用 {counts['accepted']} 行,当天已有更可靠读数 {counts['kept_other']} 行,"
        f"存疑 {counts['refused']} 行,有错 {len(found.faults)} 行。"
    )
    for remark, count in found.remarks.most_common():
        print(f"其中{REMARKS[remark]} {count} 行。")


def _fault_line(fault: "Fault") -> tuple[str, ...]:
    words = FAULTS[fault.code].format(value=fault.value)
    return (f"第 {fault.line} 行", fault.account_no, words)


def _refused_line(row: "Judged", found: "Report") -> tuple[str, ...]:
    words = REASONS[str(row.verdict.refusal)]
    ticket_no = found.tickets.get(row.line)
    order = f"已开复抄工单 {ticket_no}" if ticket_no else ""
    return (f"第 {row.line} 行", row.account_no, f"读数 {row.shown_l / 1000:g} {words}", order)


def _write(path: Path, lines: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("行", "户号", "原因", "复抄工单"))
        writer.writerows(lines)
