"""The folder a running system keeps its data in, held by one instance at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import BadSetting, Settings

LOCK = "lock"
DATABASE_URL = "database_url"
LOGS = "logs"
LARGEST_LOG_BYTES = 20_000_000  # then it is set aside at the next start, as NAME.log.1


class NotRunning(RuntimeError):
    """No system runs on this folder; the message is for the operator."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold ``folder`` until the end of the block, or of this process however it ends.

    Raises BadSetting when the folder cannot be written or another instance holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOGS).mkdir(exist_ok=True)
        lock = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"DATA_DIR 不能写入:{folder}({error.strerror}),请换一个文件夹。") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadSetting(_held_by_another(lock.name, folder)) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            (folder / DATABASE_URL).unlink(missing_ok=True)


def note_database_url(folder: Path, database_url: str) -> None:
    """Let commands in other terminals find the database; readable by the owner alone."""
    path = folder / DATABASE_URL
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(database_url + "\n")


def fresh_log(folder: Path, name: str) -> Path:
    """The log file of the process ``name``; one that grew large is set aside first."""
    path = folder / LOGS / f"{name}.log"
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def database_url(settings: Settings) -> str:
    """The database that is set, or that of the system running here. Raises NotRunning."""
    if settings.database_url:
        return settings.database_url
    try:
        if is_held(settings.data_dir):
            return (settings.data_dir / DATABASE_URL).read_text().strip()
    except FileNotFoundError:
        pass
    raise NotRunning("小水没有在运行,请先在另一个终端执行 make run。")


def is_held(folder: Path) -> bool:
    """Whether a system runs on ``folder``. Raises FileNotFoundError when none ever did."""
    with (folder / LOCK).open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _held_by_another(lock: str, folder: Path) -> str:
    pid = Path(lock).read_text(encoding="utf-8").strip() or "未知"
    return f"小水已经在用 {folder} 运行(进程 {pid}),请先停止它,或用 DATA_DIR 和 PORT 另起一份。"
