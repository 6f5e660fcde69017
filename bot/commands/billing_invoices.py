"""``xiaoshui billing invoice …``: invoices on their way, and those that are issued by hand."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import yuan

app = typer.Typer(no_args_is_help=True)

NUMBER_DIGITS = 20
STATES = {
    "REQUESTED": "待提交",
    "CONFIRMING": "等购方确认红字",
    "ISSUING": "开票中",
    "LOGIN_REQUIRED": "等开票员登录",
}


@app.command("list", help="还没开好的发票")
def list_waiting() -> None:
    rows = in_transaction(lambda connection, _: _waiting(connection), actor(None))
    for row in rows:
        kind = "红字" if row["kind"] == "red" else "蓝字"
        print(
            f"{row['request_no']}  {kind}  {STATES[row['state']]}  {row['account_no']}"
            f"  {yuan(row['total_fen'])} 元  {row['title_name']} {row['title_tax_no'] or ''}"
            f"  {row['remark']}"
        )
    if not rows:
        print("没有在开的发票。")


async def _waiting(connection: AsyncConnection) -> list[RowMapping]:
    from billing_client.domain.invoice import WAITING
    from billing_client.store.tables import invoice

    query = select(invoice).where(invoice.c.state.in_(WAITING)).order_by(invoice.c.created_at)
    return list((await connection.execute(query)).mappings())


@app.command(help="人工开票:登记发票号码和 PDF,客户马上收到")
def enter(
    request_no: Annotated[str, typer.Argument(metavar="申请号")],
    number: Annotated[str, typer.Option(help="20 位发票号码")],
    pdf: Annotated[Path, typer.Option(help="发票 PDF 文件", exists=True, dir_okay=False)],
) -> None:
    content = pdf.read_bytes()
    if not (number.isascii() and number.isdigit() and len(number) == NUMBER_DIGITS):
        raise CommandRefused(f"发票号码是 {NUMBER_DIGITS} 位数字,现在是「{number}」。")
    if not content.startswith(b"%PDF"):
        raise CommandRefused(f"{pdf} 不是 PDF 文件。")
    if not asyncio.run(_enter(request_no, number, content)):
        raise CommandRefused(f"{request_no} 不在等待开票,没有登记。")
    print(f"{request_no} 已登记,发票号码 {number}。")


async def _enter(request_no: str, number: str, content: bytes) -> bool:
    from billing_client.invoicing.office import OfficeInvoices
    from billing_client.invoicing.port import Progress, Result
    from billing_client.pay.settings import settings_from
    from billing_client.services.invoice_issuing import InvoiceIssuing
    from billing_client.store.engine import create_engine

    engine = create_engine(data_folder.database_url(settings.load()))
    issuing = InvoiceIssuing(engine, OfficeInvoices(), settings_from().public_url)
    result = Result(request_no, Progress.ISSUED, number, datetime.now(UTC))
    try:
        return await issuing.record(result, content)
    finally:
        await engine.dispose()
