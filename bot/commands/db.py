"""``xiaoshui db``: where the running system keeps its data."""

import typer

from bot import data_folder, settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command(help="打印正在运行的系统的数据库地址(psql 可用)")
def url() -> None:
    print(data_folder.database_url(settings.load()))
