"""``xiaoshui billing outage …``: interruptions of supply, told to the customers of the areas."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.billing_session import CommandRefused, actor, in_transaction, moment

app = typer.Typer(no_args_is_help=True)

Staff = Annotated[str | None, typer.Option("--by", help="经办人")]
Note = Annotated[str, typer.Option("--note", help="说明")]
Number = Annotated[int, typer.Argument(metavar="编号")]


@app.command(help="发布停水通知,并告诉受影响的客户")
def publish(
    area: Annotated[list[str], typer.Option("--area", help="受影响的小区或道路,可写多次")],
    start: Annotated[str, typer.Option("--from", help="开始,如 2026-11-26 09:00")],
    end: Annotated[str, typer.Option("--to", help="预计来水")],
    reason: Annotated[str, typer.Option(help="原因")],
    burst: Annotated[bool, typer.Option("--burst", help="抢修(不需提前通知)")] = False,
    advice: Annotated[str | None, typer.Option(help="给客户的提醒,如「请提前储水」")] = None,
    late_because: Annotated[str, typer.Option(help="晚于规定时间通知的理由")] = "",
    by: Staff = None,
) -> None:
    from billing_client.domain.outage import BURST, PLANNED, Interruption, NoticeTooShort
    from billing_client.services import outage_notices

    new = Interruption(
        kind=BURST if burst else PLANNED,
        areas=tuple(area),
        reason=reason,
        starts_at=moment(start),
        ends_at=moment(end),
        advice=advice,
        late_because=late_because,
    )

    async def work(connection: AsyncConnection, now: datetime) -> int:
        return await outage_notices.publish(connection, new, actor(by), now)

    try:
        number = in_transaction(work, actor(by))
    except NoticeTooShort as error:
        raise CommandRefused(
            f"计划停水要提前 {error.hours} 小时通知。抢修请加 --burst,"
            "确有原因请用 --late-because 写明。"
        ) from None
    except ValueError:
        raise CommandRefused("结束时间要晚于开始时间,也要晚于现在。") from None
    print(f"已发布停水通知,编号 {number}。")


@app.command(help="改预计来水时间,并再次告诉受影响的客户")
def extend(
    number: Number,
    end: Annotated[str, typer.Option("--to", help="新的预计来水时间")],
    note: Note = "",
    by: Staff = None,
) -> None:
    from billing_client.services import outage_notices

    until = moment(end)

    async def work(connection: AsyncConnection, now: datetime) -> None:
        await outage_notices.extend(connection, number, until, actor(by), now, note)

    try:
        in_transaction(work, actor(by))
    except outage_notices.NoSuchOutage:
        raise CommandRefused(f"没有正在公告的停水 {number}。") from None
    except ValueError:
        raise CommandRefused("新的时间要晚于开始时间,也要晚于现在。") from None
    print(f"停水 {number} 预计 {until:%m-%d %H:%M} 来水,已通知客户。")


@app.command(help="来水或取消:结束停水通知,并告诉受影响的客户")
def end(number: Number, note: Note = "", by: Staff = None) -> None:
    from billing_client.services import outage_notices

    async def work(connection: AsyncConnection, now: datetime) -> None:
        await outage_notices.end(connection, number, actor(by), now, note)

    try:
        in_transaction(work, actor(by))
    except outage_notices.NoSuchOutage:
        raise CommandRefused(f"没有正在公告的停水 {number}。") from None
    print(f"停水 {number} 已结束。")


@app.command("list", help="正在公告和进行中的停水")
def list_outages() -> None:
    from billing_client.services import outages
    from billing_client.views import OutageView

    async def work(connection: AsyncConnection, now: datetime) -> tuple[OutageView, ...]:
        return await outages.running(connection, (), now)

    for found in in_transaction(work, actor(None)):
        state = "进行中" if found.state == "running" else "已公告"
        areas = "、".join(found.areas)
        span = f"{found.starts_at:%m-%d %H:%M} 至 {found.ends_at:%m-%d %H:%M}"
        print(f"{found.outage_id}  {state}  {span}  {areas}  {found.reason}")
