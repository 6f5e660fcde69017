"""``xiaoshui billing key …``: keys of the HTTP API."""

from typing import Annotated

import typer

from bot.commands.billing_session import CommandRefused, actor, in_transaction

app = typer.Typer(no_args_is_help=True)
By = Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")]
MOST_A_MINUTE = 100_000


@app.command("make", help="发一把密钥,只显示这一次")
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="谁用,如 官网、ERP")],
    scope: Annotated[list[str], typer.Option(help="权限,可重复;bot、office 是成套的权限")],
    channel: Annotated[
        list[str] | None, typer.Option(help="只能代表这些渠道的用户,可重复;不写则不限")
    ] = None,
    per_minute: Annotated[int, typer.Option(min=1, max=MOST_A_MINUTE, help="每分钟请求数")] = 600,
    by: By = None,
) -> None:
    from billing_client.services import api_keys
    from billing_client.wire import scopes

    try:
        wanted = scopes.expanded(scope)
    except scopes.UnknownScope as unknown:
        known = "、".join([*scopes.BUNDLES, *scopes.SCOPES])
        raise CommandRefused(f"没有权限「{unknown}」,可用的有:{known}。") from None
    key = in_transaction(
        lambda connection, _: api_keys.make(
            connection,
            name,
            wanted,
            by=actor(by),
            channels=channel or None,
            requests_per_minute=per_minute,
        ),
        actor(by),
    )
    print(key)
    typer.echo("请现在保存,以后不再显示。", err=True)


@app.command("list", help="列出全部密钥")
def list_keys() -> None:
    from rich.console import Console
    from rich.table import Table

    from billing_client.services import api_keys

    keys = in_transaction(lambda connection, _: api_keys.listed(connection), actor(None))
    table = Table("编号", "谁用", "权限", "渠道", "每分钟", "最近使用", "状态")
    for key in keys:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "从未"
        channels = "全部" if key.channels is None else "、".join(sorted(key.channels))
        state = "有效" if key.revoked_at is None else f"已吊销 {key.revoked_at:%Y-%m-%d}"
        table.add_row(
            key.key_id, key.name, " ".join(sorted(key.scopes)), channels,
            str(key.requests_per_minute), used, state,
        )  # fmt: skip
    Console(width=120).print(table)


@app.command("revoke", help="吊销一把密钥,立刻失效,不能恢复")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="编号", help="见 key list")], by: By = None
) -> None:
    from billing_client.services import api_keys

    done = in_transaction(
        lambda connection, _: api_keys.revoke(connection, key_id, actor(by)), actor(by)
    )
    if not done:
        raise CommandRefused(f"没有编号为 {key_id} 的有效密钥,请看 xiaoshui billing key list。")
    print(f"密钥 {key_id} 已吊销。")
