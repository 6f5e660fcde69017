"""Backup into a folder, and back into an empty database: PostgreSQL's own dump and the files.

    database.dump   pg_dump's custom format of the whole database
    photos, secrets, sandbox_keys   copies from DATA_DIR, where they exist
    SHA256SUMS      one line a file, as ``sha256sum -c`` reads them; written last

A folder without SHA256SUMS is a backup that was never finished. The dump is one snapshot,
so it may be taken while the system runs.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

import psycopg

from bot.embedded_database import program

DUMP = "database.dump"
SUMS = "SHA256SUMS"
FOLDERS = ("photos", "secrets", "sandbox_keys")
SCHEMAS = ("billing", "channels")


class BackupFailed(RuntimeError):
    """One sentence for the operator."""


def backup(database_url: str, data_dir: Path, to: Path) -> None:
    """Write a backup into the new folder ``to``. Raises BackupFailed."""
    if to.exists():
        raise BackupFailed(f"{to} 已经存在,请换一个文件夹。")
    to.mkdir(parents=True, mode=0o700)
    _run("pg_dump", "--format=custom", f"--file={to / DUMP}", f"--dbname={database_url}")
    for name in FOLDERS:
        if (data_dir / name).is_dir():
            shutil.copytree(data_dir / name, to / name)
    lines = [f"{_digest(path)}  {path.relative_to(to)}\n" for path in _files(to)]
    (to / SUMS).write_text("".join(lines), encoding="utf-8")


def restore(database_url: str, data_dir: Path, source: Path) -> None:
    """Into an empty database, all of it or nothing; files that are there already are kept.

    Raises BackupFailed when the backup is unfinished or damaged, or the database not empty.
    """
    _check(source)
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname = ANY(%s)", [list(SCHEMAS)]
        ).fetchone()
    if row is not None:
        raise BackupFailed("目标数据库不是空的,没有恢复。请先建一个空库。")
    options = ("--exit-on-error", "--single-transaction", "--no-owner")
    _run("pg_restore", *options, f"--dbname={database_url}", str(source / DUMP))
    for name in FOLDERS:
        if (source / name).is_dir() and not (data_dir / name).exists():
            shutil.copytree(source / name, data_dir / name)


def _check(source: Path) -> None:
    sums = source / SUMS
    if not sums.is_file():
        raise BackupFailed(f"{source} 不是完整的备份(缺少 {SUMS})。")
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        path = source / name
        if not path.is_file() or _digest(path) != digest:
            raise BackupFailed(f"备份里的 {name} 缺失或已损坏。")


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(f"{name} 失败:{done.stderr.strip().splitlines()[-1:]}")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
