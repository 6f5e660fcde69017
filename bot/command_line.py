"""The command ``xiaoshui``. Each command imports what it needs only when it is called."""

import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer import rich_utils

from bot import misuse
from bot import settings as settings_module
from bot.settings import BadSetting, Settings

rich_utils.COMMANDS_PANEL_TITLE = "命令"
rich_utils.OPTIONS_PANEL_TITLE = "选项"
rich_utils.ARGUMENTS_PANEL_TITLE = "参数"

# Command groups of their own, imported only when asked for: name, module, help.
GROUPS = {
    "billing": ("bot.commands.billing", "业务:水价、抄表、出账、停水、工单"),
    "demo": ("bot.commands.demo", "演示城市:生成、调时间、造场景"),
    "flows": ("bot.commands.flows", "检查和查看流程"),
    "nlu": ("bot.commands.nlu", "看一句话被怎样理解"),
    "desk": ("bot.commands.desk", "坐席工作台:查看和放开会话"),
    "channel": ("bot.commands.channel", "渠道:检查微信、短信、Telegram 的接入"),
    "pay": ("bot.commands.pay", "支付渠道：自检、营业厅收款、银行代扣、演练故障"),
    "db": ("bot.commands.db", "数据库:地址、备份、恢复"),
}

# Errors whose message is already a sentence for the operator.
# By name, so that no command pays for the import of another's.
EXPECTED = frozenset(
    [
        "BadSetting",
        "BadChannelSetting",
        "BadRemote",
        "StartFailed",
        "NotRunning",
        "DatabaseFailed",
        "BackupFailed",
        "CommandRefused",
        "CannotClose",
        "TrainingFailed",
        "SandboxForbidden",
        "KeyRefused",
        "BadCases",
        "BadSheet",
        "NothingToUndo",
    ]
)

MISUSED = 2  # the exit code of a command that was written wrongly


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line, with the one group that ``arguments`` name, or all for the help."""
    app = typer.Typer(
        help="小水:水务公司的客服机器人", no_args_is_help=True, pretty_exceptions_enable=False,
        add_completion=False,
    )  # fmt: skip
    app.command("run", help="启动整个系统,Ctrl-C 停止")(run)
    app.command("chat", help="在终端里和小水聊天")(chat)
    app.command("migrate", help="把数据库升级到当前版本")(migrate)
    app.command("prove", help="核对总账:每笔分录借贷相等,余额与分录之和相等")(prove)
    app.command("gateway", help="只启动网关(多机部署用)")(gateway)
    app.command("worker", help="只启动一个会话进程(多机部署用)")(worker)
    app.command("prepare-data", hidden=True)(prepare_data)
    app.command("prepare-model", hidden=True)(prepare_model)
    app.command("rasa", help="Rasa 自己的命令行,参数原样传给它")(_rasa_is_dispatched)
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, help_text) in GROUPS.items():
        if named in (name, None):
            app.add_typer(import_module(module).app, name=name, help=help_text)
    return app


def main() -> None:
    """Entry point. An unexpected error becomes one sentence and a file, not a traceback."""
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["rasa"]:
            import_module("bot.commands.rasa").main(arguments[1:])
        else:
            sys.exit(build(arguments)(prog_name="xiaoshui", standalone_mode=False))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except Exception as error:
        if type(error).__name__ in EXPECTED:
            sys.exit(str(error))
        if getattr(error, "exit_code", None) == MISUSED:
            _explain_use(error)
        if _is_unreachable(error):
            sys.exit(_unreachable(error))
        _report(error)


def run() -> None:
    from bot.commands import run as command

    command.run(_settings())


def chat(
    name: Annotated[str | None, typer.Option("--as", help="以哪位演示客户的身份")] = None,
    channel: Annotated[str, typer.Option(help="web、wechat、sms 或 telegram")] = "web",
    new: Annotated[bool, typer.Option("--new", help="开始一段新的会话")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="每条回复一行 JSON")] = False,
) -> None:
    from bot.commands import chat as command

    command.chat(_settings(), name=name, channel=channel, new=new, as_json=as_json)


def migrate() -> None:
    from bot import data_folder
    from bot.commands import database

    database.upgrade(data_folder.database_url(_settings()))
    typer.echo("数据库已是当前版本。")


def prove() -> None:
    from bot import data_folder
    from bot.commands import database

    sys.exit(database.prove(data_folder.database_url(_settings())))


def gateway() -> None:
    from bot.commands import gateway as command

    command.run(_settings_with_database())


def worker() -> None:
    from bot.commands import worker as command

    command.run(_settings_with_database())


def prepare_data() -> None:
    from bot.commands import prepare

    prepare.prepare_data(_settings_with_database())


def prepare_model() -> None:
    from bot.commands import prepare

    prepare.prepare_model()


def _rasa_is_dispatched() -> None:
    """Never reached: ``main`` hands ``rasa`` over before typer reads its arguments."""
    raise AssertionError


def _settings() -> Settings:
    return settings_module.load()


def _settings_with_database() -> Settings:
    """For a process of many machines, which cannot bring a database of its own."""
    settings = _settings()
    if settings.database_url is None:
        raise BadSetting("DATABASE_URL 没有设置:单独启动的进程要知道数据库在哪里。")
    return settings


def _explain_use(error: Any) -> NoReturn:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()  # the help itself
    else:
        sys.stderr.write(f"{misuse.sentence(error)}\n")
    sys.exit(MISUSED)


def _is_unreachable(error: Exception) -> bool:
    """A database that cannot be reached; psycopg gives what it refuses later a class of its own."""
    return type(getattr(error, "orig", error)).__name__ in ("OperationalError", "PoolTimeout")


def _unreachable(error: Exception) -> str:
    from bot.logs import mask_text

    reason = mask_text(str(getattr(error, "orig", error)).strip().splitlines()[0])
    return f"数据库连不上,请检查 DATABASE_URL,以及数据库是否在运行:{reason}"


def _report(error: Exception) -> None:
    try:
        settings = _settings()
    except BadSetting:
        raise error from None
    if settings.log_level == "debug":
        raise error
    path = _write_down(error, settings.data_dir / "logs")
    sys.exit(
        f"出了意料之外的错误({type(error).__name__}),详情见 {path},可用 LOG_LEVEL=debug 重试。"
    )


def _write_down(error: Exception, folder: Path) -> Path:
    from bot.logs import mask_text

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    path.write_text(mask_text("".join(traceback.format_exception(error))), encoding="utf-8")
    path.chmod(0o600)
    return path


if __name__ == "__main__":
    main()
