"""``xiaoshui billing dun|late-fee …``: reminders of overdue bills, and waivers of late fees."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import data_folder, settings
from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer()
late_fee = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="户号")]
Staff = Annotated[str | None, typer.Option("--by", help="经办人")]

OUTCOMES = {
    "quiet": "现在是免打扰时间,没有催缴",
    "closed": "已缴清,结束催缴",
    "reconnect": "已办分期,开复水工单",
    "nothing": "还没到下一步",
    "held_instalment": "暂缓:正在分期",
    "held_disputed": "暂缓:有异议未办结",
    "held_payment_pending": "暂缓:有待支付订单",
    "held_not_delivered": "暂缓:上一步通知没有送达",
    "held_not_approved": "待审批停水",
    "held_protected": "不停水:低保或合表",
    "held_day_off": "暂缓:临近休息日不停水",
    "held_not_on": "不停水:没有在供水",
}


@app.callback(invoke_without_command=True, help="催缴:给每个欠费户号办到期的一步,可重复运行")
def dun(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _dun()


def _dun() -> None:
    from billing_client.services import dunning_facts

    async def titles(connection: AsyncConnection, now: datetime) -> dict[str, str]:
        agreed = await dunning_facts.rule(connection)
        return {stage.code: stage.title for stage in agreed.stages}

    names = OUTCOMES | in_transaction(titles, actor(None))
    outcomes = asyncio.run(_run(data_folder.database_url(settings.load())))
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:>8}  {names.get(outcome, outcome)}")
    if not outcomes:
        print("没有欠费户号。")


async def _run(url: str) -> Counter[str]:
    from billing_client.services import dunning_run
    from billing_client.store.engine import create_engine

    engine = create_engine(url)
    try:
        return await dunning_run.run(engine)
    finally:
        await engine.dispose()


@app.command(help="批准对一个户号发停水通知并停水,写明依据文件")
def approve(
    account_no: Account,
    document: Annotated[str, typer.Option(help="依据,如批准文号")],
    by: Staff = None,
) -> None:
    from billing_client.services import dunning_run

    async def work(connection: AsyncConnection, now: datetime) -> bool:
        return await dunning_run.approve(connection, account_no, actor(by), document, now)

    if not in_transaction(work, actor(by)):
        raise CommandRefused(f"户号 {account_no} 没有进行中的催缴。")
    print(f"已批准。户号 {account_no} 到期后将发停水通知,再过 48 小时可停水。")


@late_fee.command(help="申请减免一张账单的违约金,单位:分")
def ask(
    account_no: Account,
    bill: Annotated[int, typer.Option(help="账单号")],
    fen: Annotated[int, typer.Option(help="减免多少分")],
    reason: Annotated[str, typer.Option(help="理由")],
    by: Staff = None,
) -> None:
    from billing_client.services import late_fee_waivers

    async def work(connection: AsyncConnection, now: datetime) -> late_fee_waivers.Waiver:
        return await late_fee_waivers.ask(
            connection, account_no, bill, fen, reason=reason, asked_by=actor(by), now=now
        )

    try:
        waiver = in_transaction(work, actor(by))
    except late_fee_waivers.WaiverRefused as refused:
        raise CommandRefused(str(refused)) from None
    print(f"已申请,编号 {waiver.waiver_id},请另一位同事审批。")


@late_fee.command("approve", help="审批减免申请,不能审批自己的")
def approve_waiver(
    account_no: Account,
    number: Annotated[int, typer.Argument(metavar="编号")],
    by: Staff = None,
) -> None:
    from billing_client.services import late_fee_waivers

    async def work(connection: AsyncConnection, now: datetime) -> late_fee_waivers.Waiver:
        return await late_fee_waivers.approve(connection, account_no, number, actor(by), now)

    try:
        waiver = in_transaction(work, actor(by))
    except late_fee_waivers.WaiverRefused as refused:
        raise CommandRefused(str(refused)) from None
    print(f"已减免 {waiver.amount_fen} 分。")
