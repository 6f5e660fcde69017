"""`xiaoshui channel`: which channels are on, and what is wrong with their credentials."""

import asyncio
import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot import settings as settings_module

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from channels.connections import Check, Connection
    from channels.database import Pool
    from channels.findings import Finding

NAME = Annotated[str, typer.Argument(metavar="NAME", help="wechat、sms 或 telegram")]

STATES = {"sent": "已发出", "waiting": "待发", "failed": "没发成", "postponed": "等客户来话"}
Found = TypeVar("Found")

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command("list", help="各渠道开着还是关着,为什么")
def list_channels() -> None:
    for one in _connections():
        print(f"{one.name:<10}{one.sentence}")


@app.command(help="检查一个渠道的接入:凭据对不对,平台能不能到达这里")
def check(name: NAME) -> None:
    one = _named(name)
    _tell(one, one.check)


@app.command(help="在平台登记本系统的回调地址")
def connect(name: NAME) -> None:
    one = _named(name)
    if one.make is not None and one.connect is None:
        sys.exit(f"{one.title}的回调要在平台的网页上登记,见 docs/channels/{name}.md。")
    _tell(one, one.connect)


@app.command(help="一个户号主动通知了什么、哪个渠道、送到没有")
def told(account_no: Annotated[str, typer.Argument(metavar="户号")]) -> None:
    from channels.told import record

    for one in asyncio.run(_with_pool(lambda pool: record(pool, account_no))):
        shown = STATES.get(one.state, one.state)
        if one.delivered is not None:
            shown = "已送达" if one.delivered else "未送达"
        print(f"{one.at:%m-%d %H:%M}  {one.channel:<9}{one.topic:<20}{shown}  {one.error or ''}")


@app.command(help="短信每月发了多少条、多少钱、送达多少")
def costs() -> None:
    from channels.sms.sent import costs as read_costs

    for month in asyncio.run(_with_pool(read_costs)):
        print(
            f"{month.month}  {month.messages} 条短信,计费 {month.parts} 条,"
            f"{Decimal(month.price_e4) / 10_000:.2f} 元;"
            f"送达 {month.delivered},未送达 {month.not_delivered}"
        )


async def _with_pool(ask: "Callable[[Pool], Awaitable[Found]]") -> "Found":
    from bot import data_folder
    from channels.database import open_pool

    pool = await open_pool(data_folder.database_url(settings_module.load()), max_size=1)
    try:
        return await ask(pool)
    finally:
        await pool.close()


def _tell(one: "Connection", ask: "Check | None") -> None:
    """One line a finding; the exit code is 1 when something is wrong."""
    if ask is None:
        sys.exit(f"{one.title}:{one.sentence}。")
    findings = asyncio.run(_asked(ask))
    for finding in findings:
        print(finding)
    sys.exit(0 if all(finding.good for finding in findings) else 1)


async def _asked(ask: "Check") -> "list[Finding]":
    return await ask(settings_module.load().public_url)


def _connections() -> "list[Connection]":
    from channels.connections import connections

    settings_module.load()  # puts .env into the environment
    return list(connections(os.environ))


def _named(name: str) -> "Connection":
    found = {one.name: one for one in _connections()}
    if name not in found:
        sys.exit(f"没有「{name}」这个渠道，可选：{'、'.join(found)}。")
    return found[name]
