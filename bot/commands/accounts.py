"""``xiaoshui billing account …``: final bills, meters and old numbers of an account."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="户号")]
Staff = Annotated[str | None, typer.Option("--by", help="经办人")]
FEN_PER_YUAN = 100


@app.command(help="过户或销户前结清:每块表抄最后一次,出最后一期账单")
def settle(
    account_no: Account,
    reading: Annotated[list[str], typer.Option("--reading", metavar="表号=读数")],
    by: Staff = None,
) -> None:
    from billing_client.services import final_bills
    from billing_client.services.final_bills import Settled
    from bot.commands.office_refusals import told_in_words

    final_m3 = dict(map(_pair, reading))

    async def work(connection: AsyncConnection, now: datetime) -> Settled:
        return await final_bills.settle(connection, account_no, final_m3, actor(by), now)

    with told_in_words():
        found = in_transaction(work, actor(by))
    bill = f"最后一期账单 {found.bill_id}" if found.bill_id else "没有新的用水"
    print(f"{bill},欠费 {_yuan(found.open_fen)} 元,预存 {_yuan(found.prepaid_fen)} 元。")


@app.command("exchange-meter", help="换表:旧表最后读数,新表表号和表底")
def exchange_meter(
    account_no: Account,
    old: Annotated[str, typer.Option(metavar="表号=读数", help="旧表")],
    new: Annotated[str, typer.Option(metavar="表号=表底", help="新表")],
    smart: Annotated[bool, typer.Option("--smart", help="新表是远传表")] = False,
    digits: Annotated[int, typer.Option(help="新表的整数位数")] = 5,
    by: Staff = None,
) -> None:
    from billing_client.services import meters
    from billing_client.services.meters import NewMeter
    from bot.commands.office_refusals import told_in_words

    old_no, final_m3 = _pair(old)
    new_no, initial_m3 = _pair(new)
    fitted = NewMeter(new_no, "smart" if smart else "mechanical", initial_m3, digits)

    async def work(connection: AsyncConnection, now: datetime) -> None:
        await meters.exchange(connection, account_no, old_no, final_m3, fitted, actor(by), now)

    with told_in_words():
        in_transaction(work, actor(by))
    print(f"户号 {account_no} 已换表:{old_no} 拆,{new_no} 装。")


@app.command(help="登记旧户号,客户报旧号也找得到")
def alias(
    account_no: Account, old_no: Annotated[str, typer.Argument(metavar="旧号")], by: Staff = None
) -> None:
    from sqlalchemy.dialects.postgresql import insert
    from sqlalchemy.exc import IntegrityError

    from billing_client.store.tables import account_alias

    async def work(connection: AsyncConnection, now: datetime) -> None:
        await connection.execute(insert(account_alias).values(old_no=old_no, account_no=account_no))

    try:
        in_transaction(work, actor(by))
    except IntegrityError:
        raise CommandRefused(f"没有户号 {account_no},或旧号 {old_no} 已登记给别的户号。") from None
    print(f"旧号 {old_no} 就是户号 {account_no}。")


def _pair(text: str) -> tuple[str, int]:
    name, separator, value = text.partition("=")
    if not separator or not value.isdecimal():
        raise CommandRefused(f"「{text}」应写成 表号=读数(整数)。")
    return name, int(value)


def _yuan(fen: int) -> str:
    return f"{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02d}"
