"""``xiaoshui db``: where the running system keeps its data, backup and restore."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import data_folder, settings
from bot.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command(help="打印正在运行的系统的数据库地址(psql 可用)")
def url() -> None:
    print(data_folder.database_url(settings.load()))


@app.command(help="备份:数据库、照片和密钥写进一个新文件夹,系统不用停")
def backup(folder: Annotated[Path, typer.Argument(metavar="文件夹")]) -> None:
    from bot import backup as backups

    loaded = settings.load()
    backups.backup(data_folder.database_url(loaded), loaded.data_dir, folder)
    print(f"已备份到 {folder}。")


@app.command(help="把备份恢复到一个空数据库(DATABASE_URL 或新的 DATA_DIR),然后核对账目")
def restore(folder: Annotated[Path, typer.Argument(metavar="文件夹")]) -> None:
    from bot import backup as backups
    from bot.commands import database

    loaded = settings.load()
    with _empty_database(loaded) as url:
        backups.restore(url, loaded.data_dir, folder)
        database.upgrade(url)  # a backup of an older release is brought up to date
        print("已恢复。")
        sys.exit(database.prove(url))


@contextmanager
def _empty_database(loaded: Settings) -> Iterator[str]:
    """The database that is set, else an embedded one in DATA_DIR, started for the while."""
    from bot.embedded_database import EmbeddedDatabase

    if loaded.database_url:
        yield loaded.database_url
        return
    with data_folder.held(loaded.data_dir):
        embedded = EmbeddedDatabase(loaded.data_dir / "postgres")
        embedded.prepare()
        server = embedded.start()
        try:
            embedded.wait_until_ready(server)
            yield embedded.url
        finally:
            embedded.stop(server)
