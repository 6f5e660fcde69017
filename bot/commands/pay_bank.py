"""``xiaoshui pay bank …``: direct debit by the bank's batch files."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="户号")]
Batch = Annotated[str, typer.Argument(metavar="批次号")]
Staff = Annotated[str | None, typer.Option("--by", help="经办人")]
FILE_MODE = 0o600  # account numbers stand in it


@app.command(help="登记代扣授权（账号加密保存）")
def mandate(
    account_no: Account,
    bank: Annotated[str, typer.Option(help="开户行")],
    holder: Annotated[str, typer.Option(help="户名")],
    consent: Annotated[str, typer.Option(help="授权书编号")],
    number: Annotated[str, typer.Option(prompt="银行账号", hide_input=True)],
    by: Staff = None,
) -> None:
    from billing_client.errors import AccountNotFound, ContractExists
    from billing_client.pay.bank_accounts import vault_from
    from billing_client.pay.key_files import KeyRefused
    from billing_client.services.bank_mandates import NewMandate, NumberRefused, enter

    wanted = NewMandate(account_no, bank, holder, number, consent)
    try:
        vault = vault_from(os.environ)
        code = in_transaction(lambda c, now: enter(c, wanted, vault, actor(by), now), actor(by))
    except KeyRefused as error:
        raise CommandRefused(str(error)) from None
    except AccountNotFound:
        raise CommandRefused(f"没有户号 {account_no}。") from None
    except ContractExists:
        raise CommandRefused("这个户号已有自动扣款，先解约再登记。") from None
    except NumberRefused:
        raise CommandRefused("银行账号应是 8 到 32 位数字。") from None
    print(f"已登记，协议号 {code}。")


@app.command("end", help="终止代扣授权")
def end_mandate(account_no: Account, by: Staff = None) -> None:
    from billing_client.services.bank_mandates import end

    if not in_transaction(lambda c, now: end(c, account_no), actor(by)):
        raise CommandRefused(f"户号 {account_no} 没有银行代扣。")
    print("已终止。")


@app.command(help="把到期账单组成一批")
def make(by: Staff = None) -> None:
    from billing_client.pay.settings import settings_from
    from billing_client.services import bank_batches

    staff = actor(by)
    batch_no = in_transaction(
        lambda c, now: bank_batches.make(c, settings_from(), staff, now), staff
    )
    print(f"批次 {batch_no}。" if batch_no else "没有到期的代扣账单。")


@app.command(help="写送盘文件（只有本用户可读）")
def send(
    batch_no: Batch,
    org: Annotated[str, typer.Option(help="银行给的单位代码")],
    to: Annotated[Path, typer.Option(help="写到哪个文件")],
    by: Staff = None,
) -> None:
    from billing_client.domain.bank_file import FileRefused
    from billing_client.pay.bank_accounts import vault_from
    from billing_client.pay.key_files import KeyRefused
    from billing_client.services import bank_batches

    try:
        vault = vault_from(os.environ)
        content = in_transaction(
            lambda c, now: bank_batches.write(c, batch_no, org, vault, now), actor(by)
        )
    except (FileRefused, KeyRefused) as error:
        raise CommandRefused(str(error)) from None
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    print(f"已写 {to}。送行后请删除本地文件。")


@app.command("return", help="回盘文件入账，每批一次")
def post(path: Annotated[Path, typer.Argument(metavar="文件")], by: Staff = None) -> None:
    from billing_client.domain.bank_file import FileRefused
    from billing_client.services import bank_batches

    try:
        content = path.read_bytes()
        posted = in_transaction(lambda c, now: bank_batches.post_return(c, content, now), actor(by))
    except OSError:
        raise CommandRefused(f"打不开文件 {path}。") from None
    except FileRefused as error:
        raise CommandRefused(str(error)) from None
    yuan = f"{posted.paid_fen // 100}.{posted.paid_fen % 100:02d}"
    print(f"成功 {posted.paid} 笔 {yuan} 元，失败 {posted.failed} 笔，缺 {posted.missing} 笔。")
