"""``xiaoshui demo …``: the demo city, its people, its clock and its payers. Never in production."""

import asyncio
import json
import os
import re
import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot import data_folder, settings
from bot.settings import Settings

if TYPE_CHECKING:
    from billing_client.demo.situation import Situation

CONVERSATION_TABLES = ("tracker", "outbox", "inbox", "conversation")
RESET_ATTEMPTS = 3
CLOCK_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")

app = typer.Typer(no_args_is_help=True)


class CommandRefused(RuntimeError):
    """The command cannot do this; the message is one sentence for the operator."""


@app.callback()
def group() -> None:
    if settings.load().environment == "production":
        raise CommandRefused("正式环境不能使用演示命令。")


@app.command("list", help="列出演示城市里的人:有什么特别,可以问什么")
def list_people() -> None:
    import psycopg
    from rich.console import Console
    from rich.table import Table

    from billing_client.demo.people import PEOPLE

    with psycopg.connect(_database_url()) as connection:
        rows = connection.execute(
            "SELECT demo_name, account_no, owner_name, phone FROM billing.account"
            " WHERE demo_name IS NOT NULL ORDER BY account_no"
        ).fetchall()
    table = Table("名字", "户号", "姓名", "手机", "特别之处", "可以问")
    for name, *facts in rows:
        person = PEOPLE.get(name)
        table.add_row(name, *facts, *((person.special, person.say) if person else ("", "")))
    width = None if sys.stdout.isatty() else 160
    Console(width=width).print(table)
    print("聊天:xiaoshui chat --as 名字")


@app.command(help="造一位处在某种情形的客户:KEY=VALUE …,输出 JSON(写法见 docs/demo.md)")
def make(
    words: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE")] = None,
) -> None:
    from billing_client.demo import making

    situation = _situation(words or [])
    try:
        made = making.make(_database_url(), situation)
    except LookupError:
        raise CommandRefused("演示城市还没有生成,请先执行 xiaoshui demo reset。") from None
    except ValueError as error:
        raise CommandRefused(str(error)) from None
    print(json.dumps(asdict(made), ensure_ascii=False, indent=2))


def _situation(words: list[str]) -> "Situation":
    from billing_client.demo.situation import BadSituation, parse

    try:
        return parse(words)
    except BadSituation as error:
        raise CommandRefused(str(error)) from None


@app.command(help="清空账单数据和全部会话,重新生成演示城市,时间回到现在")
def reset() -> None:
    from psycopg.errors import DeadlockDetected

    from billing_client.demo import city

    url = _database_url()
    for attempt in range(RESET_ATTEMPTS):
        try:
            _forget_conversations(url)
            city.reset(url)
            break
        except DeadlockDetected:  # a turn of the running system held what the reset wanted
            if attempt == RESET_ATTEMPTS - 1:
                raise CommandRefused("系统正忙,没能清空,请稍后再试。") from None
    print("演示城市已重新生成。")


def _forget_conversations(url: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        present = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'channels' AND tablename = ANY(%s)",
            [list(CONVERSATION_TABLES)],
        ).fetchall()
        if present:
            tables = sql.SQL(",").join(sql.Identifier("channels", row[0]) for row in present)
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


@app.command(help="替付款人在沙箱支付页面付款")
def pay(
    order_no: Annotated[str, typer.Argument(metavar="ORDER", help="付款单号")],
    fail: Annotated[bool, typer.Option("--fail", help="付款失败(余额不足)")] = False,
) -> None:
    asyncio.run(_pay(settings.load(), order_no, fail))
    print("已按下「支付失败」。" if fail else "已付款。")


async def _pay(loaded: Settings, order_no: str, fail: bool) -> None:
    from httpx import TransportError

    from billing_client.errors import NoSuchOrder
    from billing_client.pay.settings import settings_from
    from billing_client.services import demo_payer
    from billing_client.store.engine import create_engine

    ours = {"PORT": str(loaded.port), "PUBLIC_URL": loaded.public_url}
    engine = create_engine(data_folder.database_url(loaded))
    try:
        payment = settings_from({**os.environ, **ours})
        await demo_payer.pay_order(engine, payment, order_no, fail=fail)
    except NoSuchOrder:
        raise CommandRefused(f"没有付款单 {order_no}。") from None
    except demo_payer.PageRefused as error:
        raise CommandRefused(str(error)) from None
    except TransportError:
        raise CommandRefused("支付页面打不开,请确认小水正在运行。") from None
    finally:
        await engine.dispose()


@app.command(help="打印发给某个手机号的最近一条验证码")
def code(phone: Annotated[str, typer.Argument(metavar="PHONE")]) -> None:
    import psycopg

    with psycopg.connect(_database_url()) as connection:
        texts = connection.execute(
            "SELECT text FROM billing.sandbox_sms WHERE phone = %s ORDER BY sms_id DESC LIMIT 20",
            [phone],
        ).fetchall()
    codes = (re.search(r"(?<!\d)\d{6}(?!\d)", row[0]) for row in texts)
    found = next((match[0] for match in codes if match), None)
    if found is None:
        raise CommandRefused(f"没有发给 {phone} 的验证码。")
    print(found)


@app.command(help='看或调演示时钟,如 xiaoshui demo clock "2026-11-23 22:30"')
def clock(
    moment: Annotated[str | None, typer.Argument(metavar="时间")] = None,
    real: Annotated[bool, typer.Option("--real", help="回到真实时间")] = False,
    still: Annotated[bool, typer.Option("--still", help="停在这一刻,不往前走")] = False,
) -> None:
    at = _moment(moment) if moment else None
    now = asyncio.run(_set_clock(_database_url(), at, real=real, still=still))
    print(f"演示时间:{now:%Y-%m-%d %H:%M}")


def _moment(text: str) -> datetime:
    from billing_client.store.clock import SHANGHAI

    for form in CLOCK_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    raise CommandRefused(f"时间应写成「2026-11-23 22:30」,现在是「{text}」。")


async def _set_clock(url: str, at: datetime | None, *, real: bool, still: bool) -> datetime:
    from billing_client.store import clock as store_clock
    from billing_client.store.engine import create_engine

    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            if real:
                await store_clock.use_real_time(connection)
            elif at is not None:
                await store_clock.set_now(connection, at, running=not still)
            return await store_clock.now(connection)
    finally:
        await engine.dispose()


def _database_url() -> str:
    return data_folder.database_url(settings.load())
