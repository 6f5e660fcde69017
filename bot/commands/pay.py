"""``xiaoshui pay …``: what the utility's staff do about payment channels, and money at the hall."""

import asyncio
import os
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from bot.commands import pay_bank
from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)
app.add_typer(pay_bank.app, name="bank", help="银行代扣：登记、组批、送盘、回盘")

Account = Annotated[str, typer.Argument(metavar="户号")]
Staff = Annotated[str | None, typer.Option("--by", help="经办人")]


@app.command(help="自检：渠道配置、密钥、证书，有问题的逐条说明")
def check(
    online: Annotated[bool, typer.Option("--online", help="再向支付渠道发一次查询")] = False,
) -> None:
    from billing_client.pay.self_check import findings
    from billing_client.pay.settings import settings_from

    found = asyncio.run(findings(settings_from(), os.environ, online=online))
    for finding in found:
        print(f"{'✓' if finding.fine else '✗'} {finding.provider}：{finding.sentence}")
    if not all(finding.fine for finding in found):
        raise typer.Exit(1)


@app.command(help="下载微信支付平台证书到密钥目录（平台证书模式，新旧并存）")
def certificates() -> None:
    from billing_client.pay.key_files import KeyRefused
    from billing_client.pay.port import OutcomeUnknown, ProviderRefused
    from billing_client.pay.wechat.platform_certificates import fetch

    try:
        kept = asyncio.run(fetch(os.environ))
    except (KeyRefused, OutcomeUnknown, ProviderRefused) as error:
        raise CommandRefused(f"没有取到平台证书：{error}") from None
    for path in kept:
        print(path)


@app.command(help="登记营业厅收款（现金或刷卡），按收据号只入账一次")
def counter(
    account_no: Account,
    yuan: Annotated[str, typer.Argument(metavar="金额(元)")],
    receipt: Annotated[str, typer.Option(help="收据号，刷卡写签购单号")],
    card: Annotated[bool, typer.Option("--card", help="刷卡（不写就是现金）")] = False,
    by: Staff = None,
) -> None:
    from billing_client.errors import AccountNotFound, AmountRefused, KeyReused
    from billing_client.services.counter_payments import CounterPayment, Means, take

    means = Means.CARD if card else Means.CASH
    payment = CounterPayment(account_no, _fen(yuan), receipt.strip(), means)
    try:
        order_no = in_transaction(lambda c, now: take(c, payment, now), actor(by))
    except AccountNotFound:
        raise CommandRefused(f"没有户号 {account_no}。") from None
    except AmountRefused:
        raise CommandRefused("金额要大于 0 元，不超过 100 万元。") from None
    except KeyReused:
        raise CommandRefused(f"收据号 {receipt} 已经登记过另一笔，没有入账。") from None
    print(f"已入账，单号 {order_no}。")


@app.command(help="让沙箱渠道出一次故障（演练用）")
def fault(
    simulator: Annotated[str, typer.Argument(metavar="wechat|alipay")],
    knob: Annotated[str, typer.Argument(metavar="故障")],
    times: Annotated[int, typer.Option(help="出几次，0 为取消")] = 1,
) -> None:
    from billing_client.pay.simulator.faults import Fault, arm

    if simulator not in ("wechat", "alipay"):
        raise CommandRefused("沙箱渠道写 wechat 或 alipay。")
    if knob not in list(Fault):
        raise CommandRefused(f"没有这种故障，可以写：{'、'.join(Fault)}。")
    in_transaction(lambda c, now: arm(c, simulator, Fault(knob), times), actor(None))
    print(f"已设定：{simulator} {knob} {times} 次。")


def _fen(yuan: str) -> int:
    try:
        exact = Decimal(yuan) * 100
    except InvalidOperation:
        raise CommandRefused(f"金额应写成 86.50，现在是「{yuan}」。") from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise CommandRefused("金额最多两位小数。")
    return int(exact)
