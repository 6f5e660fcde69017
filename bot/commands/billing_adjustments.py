"""``xiaoshui billing adjust|write-off …``: corrections that a second person approves."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import FEN_A_YUAN, yuan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from billing_client.services.adjustments import Adjustment

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True)
write_off_app = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="户号")]
Number = Annotated[int, typer.Argument(metavar="编号")]
Reason = Annotated[str, typer.Option("--reason", help="理由,记入审计")]
By = Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")]

KINDS = {"credit": "减收", "debit": "补收", "write_off": "核销", "recovery": "恢复核销"}
STATES = {"proposed": "待审批", "approved": "已批准", "posted": "已入账", "refused": "未通过"}
OBSTACLES = {
    "no_account": "没有这个户号。",
    "no_bill": "这个户号没有这张账单,可能已经撤销。",
    "no_reason": "请写明理由。",
    "no_amount": "金额应大于 0。",
    "no_component": "账单或水价里没有这个收费项目,常用的有 WATER(水费)、SEWAGE(污水处理费)。",
    "too_much": "这一项最多还能减收 {yuan} 元。",
    "not_found": "没有这个编号。",
    "decided": "已经由别人审批过,不再重复办理。",
    "same_person": "申请人不能自己审批,请由另一位同事审批。",
    "not_overdue": "账单还没有到期,不能核销。",
    "payment_pending": "有待支付或代扣中的订单,请等订单付清或关闭后再办。",
    "instalment_runs": "在进行中的分期里,不能核销。",
    "owed_changed": "账单欠费已变为 {yuan} 元,请重新申请核销。",
    "not_written_off": "这个编号不是已入账的核销。",
    "in_hand": "同样的申请已经有了,不用再提。",
}


@app.command(help="申请调账:减收(--credit)或补收(--debit),单位元")
def propose(
    account_no: Account,
    reason: Reason,
    credit: Annotated[str | None, typer.Option(metavar="元", help="减收多少")] = None,
    debit: Annotated[str | None, typer.Option(metavar="元", help="补收多少")] = None,
    bill: Annotated[int | None, typer.Option(help="账单号,不写是整个户号")] = None,
    component: Annotated[str, typer.Option(help="收费项目,如 WATER、SEWAGE")] = "WATER",
    by: By = None,
) -> None:
    from billing_client.domain.adjustment import Kind
    from billing_client.services import adjustments
    from billing_client.services.adjustment_charges import Correction

    if (credit is None) == (debit is None):
        raise CommandRefused("请在 --credit(减收)和 --debit(补收)中写一个。")
    kind, amount = (Kind.CREDIT, credit) if credit is not None else (Kind.DEBIT, debit)
    wanted = Correction(kind, _fen(amount or ""), bill, component)
    _proposed(
        lambda connection, now: adjustments.propose(
            connection, account_no, wanted, reason=reason, by=actor(by), now=now
        ),
        by,
    )


@app.command("list", help="待审批的调账和核销;写户号则看它的全部")
def list_(account_no: Annotated[str | None, typer.Argument(metavar="户号")] = None) -> None:
    from billing_client.services import adjustments

    async def work(connection: AsyncConnection, now: datetime) -> "Sequence[Adjustment]":
        if account_no is None:
            return await adjustments.waiting(connection)
        return await adjustments.of_account(connection, account_no)

    found = in_transaction(work, actor(None))
    for it in found:
        bill = f" 账单 {it.bill_id}" if it.bill_id else ""
        print(
            f"{it.adjustment_id:>6}  {STATES[it.state]}  户号 {it.account_no}{bill}  "
            f"{KINDS[it.kind]} {yuan(it.amount_fen)} 元  {it.reason}({_name(it.proposed_by)})"
        )
    if not found:
        print("没有待审批的。" if account_no is None else "没有调账。")


@app.command(help="审批并入账,不能审批自己的")
def approve(number: Number, by: By = None) -> None:
    from billing_client.services import adjustments

    done = _booked(
        lambda connection, now: adjustments.approve(connection, number, actor(by), now), by
    )
    bill = f",新账单 {done.new_bill_id}" if done.new_bill_id else ""
    print(f"{KINDS[done.kind]} {yuan(done.amount_fen)} 元已入账{bill}。")


@app.command(help="不同意,写明理由;申请人可以这样撤回")
def refuse(number: Number, reason: Reason, by: By = None) -> None:
    from billing_client.services import adjustments

    _booked(
        lambda connection, now: adjustments.refuse(connection, number, reason, actor(by), now), by
    )
    print(f"编号 {number} 未通过,没有入账。")


@write_off_app.command("propose", help="申请核销一张收不回的逾期账单")
def propose_write_off(
    account_no: Account,
    bill: Annotated[int, typer.Option(help="账单号")],
    reason: Reason,
    by: By = None,
) -> None:
    from billing_client.services import adjustments

    _proposed(
        lambda connection, now: adjustments.propose_write_off(
            connection, account_no, bill, reason=reason, by=actor(by), now=now
        ),
        by,
    )


@write_off_app.command("recover", help="钱收回来了:申请恢复一笔核销")
def recover(account_no: Account, number: Number, reason: Reason, by: By = None) -> None:
    from billing_client.services import adjustments

    _proposed(
        lambda connection, now: adjustments.propose_recovery(
            connection, account_no, number, reason=reason, by=actor(by), now=now
        ),
        by,
    )


def _proposed(
    work: "Callable[[AsyncConnection, datetime], Awaitable[Adjustment]]", by: str | None
) -> None:
    made = _booked(work, by)
    print(
        f"已申请{KINDS[made.kind]} {yuan(made.amount_fen)} 元,编号 {made.adjustment_id},"
        "请另一位同事用 adjust approve 审批。"
    )


def _booked(
    work: Callable[[AsyncConnection, datetime], Awaitable[Result]], by: str | None
) -> Result:
    with _told_in_words():
        return in_transaction(work, actor(by))


@contextmanager
def _told_in_words() -> Iterator[None]:
    from billing_client.domain.adjustment import AdjustmentRefused

    try:
        yield
    except AdjustmentRefused as refused:
        words = OBSTACLES[refused.obstacle].format(yuan=yuan(refused.fen))
        raise CommandRefused(words) from None


def _fen(text: str) -> int:
    """'12.50' → 1250, exactly."""
    try:
        exact = Decimal(text) * FEN_A_YUAN
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise CommandRefused(f"金额应写成 12.50 这样的元,现在是「{text}」。") from None
    return int(exact)


def _name(actor_name: str) -> str:
    return actor_name.removeprefix("staff:")
