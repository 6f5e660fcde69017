"""``xiaoshui billing order …``: the staff's side of service orders."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.views import ServiceOrderView
from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)

Ticket = Annotated[str, typer.Argument(metavar="工单号")]
Staff = Annotated[str | None, typer.Option("--by", help="经办人")]
Note = Annotated[str, typer.Option("--note", help="说明,客户能看到")]
Step = Callable[[AsyncConnection, datetime], Awaitable[ServiceOrderView]]

STATES = {
    "OPEN": "已受理",
    "DISPATCHED": "已派单",
    "ON_SITE": "处理中",
    "WAITING": "等客户补材料",
    "DONE": "已办结",
    "CANCELLED": "已取消",
}
OUTCOMES = {"done": "已办好", "approved": "已通过", "rejected": "未通过"}


@app.command(help="派单")
def assign(
    ticket_no: Ticket, to: Annotated[str, typer.Option(help="派给谁")], by: Staff = None
) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.hand_on(c, ticket_no, to, actor(by), now), by)


@app.command(help="人已到场")
def arrive(ticket_no: Ticket, by: Staff = None) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.arrive(c, ticket_no, actor(by), now), by)


@app.command("wait", help="请客户补材料,时限暂停")
def wait_for(
    ticket_no: Ticket, evidence: Annotated[str, typer.Option(help="要什么材料")], by: Staff = None
) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.wait_for(c, ticket_no, evidence, actor(by), now), by)


@app.command(help="登记材料(文件编号或纸质材料名)")
def evidence(
    ticket_no: Ticket,
    what: Annotated[str, typer.Option(help="是什么材料")],
    reference: Annotated[list[str], typer.Option(help="编号,可写多次")],
    by: Staff = None,
) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.add_evidence(c, ticket_no, what, reference, actor(by), now), by)


@app.command(help="通过申请并生效;--set 写明生效内容,如 persons=6 evidence=户口簿")
def approve(
    ticket_no: Ticket,
    note: Note = "",
    value: Annotated[list[str] | None, typer.Option("--set", metavar="名=值")] = None,
    by: Staff = None,
) -> None:
    _decide(ticket_no, True, note, _decision(value or []), by)


@app.command(help="不通过申请")
def reject(
    ticket_no: Ticket,
    note: Annotated[str, typer.Option("--note", help="理由,客户能看到")],
    by: Staff = None,
) -> None:
    _decide(ticket_no, False, note, {}, by)


@app.command(help="办结报修或投诉")
def finish(ticket_no: Ticket, note: Note = "", by: Staff = None) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.finish(c, ticket_no, note, actor(by), now), by)


@app.command(help="取消工单")
def cancel(ticket_no: Ticket, note: Note = "", by: Staff = None) -> None:
    from billing_client.services import order_handling as handling

    _do(lambda c, now: handling.cancel(c, ticket_no, note, actor(by), now), by)


@app.command(help="超过时限还没办结的工单")
def overdue() -> None:
    from billing_client.services import order_handling as handling

    for view in in_transaction(handling.overdue, actor(None)):
        print(_line(view))


def _decide(
    ticket_no: str, approved: bool, note: str, decision: dict[str, Any], by: str | None
) -> None:
    from billing_client.services import order_handling as handling

    async def work(connection: AsyncConnection, now: datetime) -> ServiceOrderView:
        return await handling.decide(
            connection,
            ticket_no,
            approved=approved,
            note=note,
            actor=actor(by),
            now=now,
            decision=decision,
        )

    _do(work, by)


def _do(step: Step, by: str | None) -> None:
    from bot.commands.office_refusals import told_in_words

    with told_in_words():
        view = in_transaction(step, actor(by))
    print(_line(view))


def _line(view: ServiceOrderView) -> str:
    from billing_client.services.service_standards import kind_of

    state = OUTCOMES.get(view.outcome or "") or STATES[view.state]
    waits = f"  等:{view.waiting_for}" if view.waiting_for else ""
    return f"{view.ticket_no}  {kind_of(view.kind).title}  {state}  {view.place}{waits}"


def _decision(words: list[str]) -> dict[str, Any]:
    """'persons=6' as a number, 'evidence=户口簿' as it stands."""
    decision: dict[str, Any] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not separator:
            raise CommandRefused(f"「{word}」应写成 名=值。")
        try:
            decision[name] = json.loads(value)
        except ValueError:
            decision[name] = value
    return decision
