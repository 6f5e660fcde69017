"""``xiaoshui billing cancel-bill|rebill|correct-estimate``: taking a wrong bill back."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import yuan

if TYPE_CHECKING:
    from billing_client.services.rebilling import Rebilled

Result = TypeVar("Result")

Account = Annotated[str, typer.Argument(metavar="户号")]
Bill = Annotated[int, typer.Argument(metavar="账单号")]
Reason = Annotated[str, typer.Option("--reason", help="理由,记入审计")]
By = Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")]
Notify = Annotated[bool, typer.Option(help="给绑定的用户发新账单通知")]

HINDRANCES = {
    "invoiced": "已开发票,请先红冲发票,再撤销账单。",
    "payment_pending": "有待支付或代扣中的订单,请等订单付清或关闭后再办。",
    "instalment_runs": "在进行中的分期里,请等分期结束,或改用调账(adjust)。",
    "former_owner": "属于前户主,已经结清,请改用调账(adjust)。",
    "account_closed": "所在户号已销户,不能再改。",
    "written_off": "已经核销,请先恢复核销的欠费。",
    "credited": "已有减收调账,请先用 adjust 补收同样金额,再重新出账。",
    "later_bills": "之后还有账单 {later},请加 --with-later 一并撤销,或用 rebill 重新出账。",
}


def add_to(app: typer.Typer) -> None:
    app.command("cancel-bill", help="撤销账单:红字冲账,已付的转为预存")(cancel_bill)
    app.command("rebill", help="重新出账:撤销这张及之后的账单,按现有读数和资料重出")(rebill)
    app.command("correct-estimate", help="更正估抄:实抄低于估抄时,撤销估抄账单,按实抄出账")(
        correct_estimate
    )


def cancel_bill(
    account_no: Account,
    bill: Bill,
    reason: Reason,
    with_later: Annotated[bool, typer.Option("--with-later", help="连同之后的账单")] = False,
    by: By = None,
) -> None:
    from billing_client.services import bill_cancelling

    done = _booked(
        lambda connection, now: bill_cancelling.cancel(
            connection, account_no, bill,
            reason=reason, by=actor(by), now=now, with_later=with_later,
        ),
        by,
    )  # fmt: skip
    for it in done:
        print(
            f"已撤销账单 {it.bill_id}({it.period}),{yuan(it.total_fen)} 元,"
            f"其中已付 {yuan(it.credited_fen)} 元转为预存。"
        )


def rebill(
    account_no: Account, bill: Bill, reason: Reason, notify: Notify = True, by: By = None
) -> None:
    from billing_client.services import rebilling

    _tell(
        _booked(
            lambda connection, now: rebilling.rebill(
                connection, account_no, bill,
                reason=reason, by=actor(by), now=now, notify=notify,
            ),
            by,
        )
    )  # fmt: skip


def correct_estimate(
    account_no: Account,
    period: Annotated[str, typer.Argument(metavar="账期", help="有实抄的账期,如 2026-12")],
    reason: Reason = "实抄低于估抄",
    notify: Notify = True,
    by: By = None,
) -> None:
    from billing_client.services import rebilling

    _tell(
        _booked(
            lambda connection, now: rebilling.correct_estimates(
                connection, account_no, period,
                reason=reason, by=actor(by), now=now, notify=notify,
            ),
            by,
        )
    )  # fmt: skip


def _booked(
    work: Callable[[AsyncConnection, datetime], Awaitable[Result]], by: str | None
) -> Result:
    with _told_in_words():
        return in_transaction(work, actor(by))


@contextmanager
def _told_in_words() -> Iterator[None]:
    from billing_client.services.bill_cancelling import BillNotFound, CancelRefused, NoReason
    from billing_client.services.measuring import NoReading, ReadingTooLow

    try:
        yield
    except BillNotFound:
        raise CommandRefused("这个户号没有这张账单,可能已经撤销过。") from None
    except NoReason:
        raise CommandRefused("请写明理由:--reason。") from None
    except ReadingTooLow:
        raise CommandRefused("实抄低于上次实抄,不是估抄的问题,请先派人复核读数。") from None
    except NoReading:
        raise CommandRefused("没有新的读数,不能出账。") from None
    except CancelRefused as refused:
        later = "、".join(map(str, refused.later))
        words = HINDRANCES[refused.reason].format(later=later)
        raise CommandRefused(f"账单 {refused.bill_id} 不能撤销:{words}") from None


def _tell(done: "Rebilled") -> None:
    for old in done.cancelled:
        print(f"已撤销账单 {old.bill_id}({old.period}),{yuan(old.total_fen)} 元。")
    for new in done.issued:
        print(f"已出账单 {new.bill_id},{yuan(new.total_fen)} 元。")
    for period in done.without_bill:
        print(f"{period} 没有单独的账单,用水并入之后的账单。")
