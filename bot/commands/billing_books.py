"""``xiaoshui billing trial-balance|close-day|close-month``: the books of the utility."""

from datetime import date
from typing import Annotated

import typer

from bot.commands.billing_session import CommandRefused, actor, in_transaction
from bot.commands.yuan import yuan

Month = Annotated[str, typer.Argument(metavar="MONTH", help="月份,如 2026-10")]
By = Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")]


def add_to(app: typer.Typer) -> None:
    app.command("trial-balance", help="某个月的科目余额表")(trial_balance)
    app.command("close-day", help="日结:此日及以前不再入账")(close_day)
    app.command("close-month", help="月结:先核对账目,再关闭整月")(close_month)


def trial_balance(month: Month) -> None:
    from rich.console import Console
    from rich.table import Table

    from billing_client.domain.period import first_day, last_day
    from billing_client.services import closing

    _check(month)
    balances = in_transaction(
        lambda connection, _: closing.trial_balance(connection, first_day(month), last_day(month)),
        actor(None),
    )
    table = Table("科目", "期初", "借方", "贷方", "期末")
    for it in balances:
        figures = (it.opening_fen, it.debit_fen, it.credit_fen, it.closing_fen)
        table.add_row(it.account, *map(yuan, figures))
    table.add_row(
        "合计", "", yuan(sum(it.debit_fen for it in balances)),
        yuan(sum(it.credit_fen for it in balances)), "",
    )  # fmt: skip
    Console(width=100).print(table)


def close_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="日期,如 2026-10-31")], by: By = None
) -> None:
    from billing_client.services import closing

    try:
        closed = date.fromisoformat(day)
    except ValueError:
        raise CommandRefused(f"日期应写成 2026-10-31,现在是「{day}」。") from None
    in_transaction(
        lambda connection, now: closing.close_day(connection, closed, actor(by), now), actor(by)
    )
    print(f"{day} 已日结,此日及以前不再入账。")


def close_month(month: Month, by: By = None) -> None:
    from billing_client.services import closing

    _check(month)
    names = _reconciled()
    in_transaction(
        lambda connection, now: closing.close_month(
            connection, month, actor(by), now, reconciled=names
        ),
        actor(by),
    )
    print(f"{month} 已月结。")


def _reconciled() -> tuple[str, ...]:
    """The providers whose bills a month is compared with."""
    from billing_client.pay.providers import providers_from
    from billing_client.pay.settings import settings_from

    return tuple(it.name for it in providers_from(settings_from()) if it.can.trade_bill)


def _check(month: str) -> None:
    from billing_client.domain.period import first_day

    try:
        first_day(month)
    except ValueError:
        raise CommandRefused(f"月份应写成 2026-10,现在是「{month}」。") from None
