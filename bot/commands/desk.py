"""`xiaoshui desk`: what staff can do until the desk has its pages."""

import asyncio
import sys
from typing import Annotated

import typer

from bot import data_folder, settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command(help="把转人工的会话交还给小水")
def release(conversation: Annotated[str, typer.Argument(help="会话编号")]) -> None:
    from channels.desk import release as desk
    from channels.ownership import TransitionRefused

    url = data_folder.database_url(settings.load())
    try:
        asyncio.run(desk.release(url, conversation))
    except TransitionRefused:
        sys.exit("没有这段会话，或者它现在不归人工。会话编号在 xiaoshui chat --json 的输出里。")
    print("已交还给小水。")
