"""``xiaoshui billing refund …``: money back, proposed by one person and approved by another."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import yuan

app = typer.Typer(no_args_is_help=True)

By = Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")]
Number = Annotated[str, typer.Argument(metavar="退款单号")]
STATES = {
    "WAITING_APPROVAL": "待复核",
    "RED_LETTER": "等发票冲红",
    "RESERVED": "待发起",
    "SENT": "渠道处理中",
    "ABNORMAL": "异常,要人工处理",
}
REFUSALS = {
    "nothing": "没有这笔付款,或者已经用掉、退完了。",
    "too_much": "超过了可退的金额。",
    "no_original_way": "这个渠道不能原路退回。",
    "too_old": "付款超过一年,不能原路退回。",
}
NOT_APPROVED = {"same_person": "提出的人不能自己复核。", "not_waiting": "没有等待复核的这笔退款。"}


@app.command("list", help="没有办完的退款")
def list_refunds() -> None:
    from billing_client.services import refund_rows

    rows = in_transaction(lambda connection, _: refund_rows.under_way(connection), actor(None))
    for row in rows:
        state = STATES.get(row["state"], row["state"])
        print(f"{row['refund_no']}  {row['account_no']}  {yuan(row['amount_fen'])} 元  {state}"
              f"  {row['proposed_by']}")  # fmt: skip
    if not rows:
        print("没有在办的退款。")


@app.command(help="提出退款:默认只退没用掉的钱,--from-bills 连已经销账的一起退(先冲红发票)")
def propose(
    order_no: Annotated[str, typer.Argument(metavar="付款单号")],
    reason: Annotated[str, typer.Option(help="原因,付款人会看到")],
    amount: Annotated[int | None, typer.Option(help="金额(分),默认全部")] = None,
    from_bills: Annotated[bool, typer.Option("--from-bills", help="已销账的也退")] = False,
    by: By = None,
) -> None:
    from billing_client.errors import RefundRefused
    from billing_client.pay.providers import providers_from
    from billing_client.pay.settings import settings_from
    from billing_client.services import payment_orders, refunds
    from billing_client.services.refunds import RefundWish

    providers = providers_from(settings_from())

    async def work(connection: AsyncConnection, now: datetime) -> str:
        order = await payment_orders.find(connection, order_no)
        if order is None:
            raise CommandRefused(REFUSALS["nothing"])
        key = f"{actor(by)}:{order_no}:{amount}:{now:%Y%m%d}"
        wish = RefundWish(order.account_no, order_no, key, actor(by), reason, amount, from_bills)
        return await refunds.request(connection, wish, providers, now)

    try:
        number = in_transaction(work, actor(by))
    except RefundRefused as refused:
        raise CommandRefused(REFUSALS[refused.facts["reason"]]) from None
    print(f"已提出,退款单号 {number}。")


@app.command(help="复核通过(不能是提出的人)")
def approve(number: Number, by: By = None) -> None:
    from billing_client.services import refund_approval as approval

    _decide(lambda connection, now: approval.approve(connection, number, actor(by), now), by)
    print(f"{number} 已通过,即将退回。")


@app.command(help="复核不通过,钱回到预存款")
def reject(number: Number, by: By = None) -> None:
    from billing_client.services import refund_approval as approval

    _decide(lambda connection, now: approval.reject(connection, number, actor(by), now), by)
    print(f"{number} 未通过,已通知客户。")


def _decide(work: Callable[[AsyncConnection, datetime], Awaitable[None]], by: str | None) -> None:
    from billing_client.services.refund_approval import ApprovalRefused

    try:
        in_transaction(work, actor(by))
    except ApprovalRefused as refused:
        raise CommandRefused(NOT_APPROVED[refused.reason]) from None
