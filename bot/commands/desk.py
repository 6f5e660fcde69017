"""`xiaoshui desk`: accounts of staff, and giving a conversation back to the bot."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, cast

import typer

from bot import data_folder, settings

if TYPE_CHECKING:
    from channels.database import Pool

ROLES = ("agent", "supervisor")
NAME = Annotated[str, typer.Argument(metavar="NAME", help="用户名,客户也会看到")]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command("add-staff", help="新增坐席或班长,密码在终端里输入")
def add_staff(
    name: NAME,
    role: Annotated[str, typer.Option(help="agent(坐席)或 supervisor(班长)")] = "agent",
) -> None:
    from channels.desk import staff

    if role not in ROLES:
        sys.exit(f"--role 应为 {'、'.join(ROLES)} 之一,现在是「{role}」。")
    password = _new_password()
    _do(lambda pool: staff.add(pool, name, cast("staff.Role", role), password))
    print(f"已新增 {name}。")


@app.command("set-password", help="给坐席换密码,同时解锁并让已登录的退出")
def set_password(name: NAME) -> None:
    from channels.desk import staff

    password = _new_password()
    _do(lambda pool: staff.set_password(pool, name, password))
    print(f"{name} 的密码已更换。")


@app.command("remove-staff", help="停用坐席,不能再登录")
def remove_staff(name: NAME) -> None:
    from channels.desk import staff

    _do(lambda pool: staff.dismiss(pool, name))
    print(f"{name} 已停用。")


@app.command(help="把转人工的会话交还给小水")
def release(conversation: Annotated[str, typer.Argument(help="会话编号")]) -> None:
    from channels import ownership
    from channels.ownership import TransitionRefused

    async def give_back(pool: "Pool") -> None:
        await ownership.release_to_bot(pool, conversation)

    try:
        _do(give_back)
    except TransitionRefused:
        sys.exit("没有这段会话，或者它现在不归人工。会话编号在 xiaoshui chat --json 的输出里。")
    print("已交还给小水。")


def _new_password() -> str:
    """Typed twice, never an argument: arguments are seen in the list of processes."""
    return typer.prompt("密码(至少 10 个字符)", hide_input=True, confirmation_prompt="再输一次")


def _do(work: "Callable[[Pool], Awaitable[None]]") -> None:
    from channels.database import open_pool
    from channels.desk.labels import sentence
    from channels.desk.staff import StaffRefused

    async def run() -> None:
        pool = await open_pool(data_folder.database_url(settings.load()), max_size=1)
        try:
            await work(pool)
        finally:
            await pool.close()

    try:
        asyncio.run(run())
    except StaffRefused as refused:
        sys.exit(sentence(refused.code))
