"""A backup of a running system comes back whole into an empty database, or not at all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.backup import DUMP, SUMS, BackupFailed, backup, restore
from bot.commands import database
from bot.embedded_database import EmbeddedDatabase
from tests.database import run as execute

EMPTY = "restored"


@pytest.fixture
def empty_url(postgres_server: EmbeddedDatabase) -> Iterator[str]:
    execute(postgres_server, f"CREATE DATABASE {EMPTY}")
    yield postgres_server.url_of(EMPTY)
    execute(postgres_server, f"DROP DATABASE {EMPTY} WITH (FORCE)")


@pytest.fixture
def filled(database_url: str) -> str:
    """An account with a bill in the ledger, and its audit."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO billing.account (account_no, owner_name, phone, address, area,"
            " customer_class, opened_on) VALUES ('1', '王', '138', '路', '区', 'RESIDENT', %s)",
            [date(2026, 1, 1)],
        )
        connection.execute(
            "INSERT INTO billing.bill (account_no, bill_id, period, meter_no, reading_from_l,"
            " reading_to_l, read_from, read_to, used_l, prior_l, persons, tariff_id,"
            " customer_class, total_fen, issued_on, due_on) VALUES ('1', 7, '2026-10', 'M', 0,"
            " 1000, '2026-10-01', '2026-10-31', 1000, 0, 3, 'T', 'RESIDENT', 490,"
            " '2026-11-05', '2026-12-05')"
        )
        connection.execute("INSERT INTO billing.bill_item VALUES ('1', 7, 'WATER', '水', 490)")
        connection.execute(
            "INSERT INTO billing.bill_line (account_no, bill_id, line, component, component_name,"
            " tier, volume_l, price_e4, amount_e5)"
            " VALUES ('1', 7, 1, 'WATER', '水', 0, 1000, 49000, 49000000)"
        )
        connection.execute(
            "INSERT INTO billing.journal (journal_id, kind, ref, account_no, at)"
            " VALUES (5, 'bill', '7', '1', now())"
        )
        connection.execute(
            "INSERT INTO billing.posting VALUES (5, 1, 'ar:1', 'revenue:WATER', 490)"
        )
        connection.execute("UPDATE billing.account SET persons = 4")
    return database_url


def rows(url: str) -> dict[str, int]:
    """How many rows each table of the system has."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname IN ('billing', 'channels', 'public') ORDER BY 1, 2"
        ).fetchall()
        counts: dict[str, int] = {}
        for schema, table in names:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            found = connection.execute(query).fetchone()
            counts[f"{schema}.{table}"] = found[0] if found else 0
    return counts


def test_there_and_back_again(filled: str, empty_url: str, tmp_path: Path) -> None:
    before, after, kept = tmp_path / "before", tmp_path / "after", tmp_path / "kept"
    (before / "photos").mkdir(parents=True)
    (before / "photos" / "a.jpg").write_bytes(b"photo")
    backup(filled, before, kept)
    restore(empty_url, after, kept)
    assert rows(empty_url) == rows(filled)
    assert rows(filled)["billing.audit"] == 1
    assert (after / "photos" / "a.jpg").read_bytes() == b"photo"
    assert database.prove(empty_url) == 0
    database.upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        # What guards the books came with them, and numbers go on after the last.
        with pytest.raises(psycopg.errors.RestrictViolation), connection.transaction():
            connection.execute("DELETE FROM billing.posting")
        with pytest.raises(psycopg.errors.RestrictViolation), connection.transaction():
            connection.execute("DELETE FROM billing.audit")
        connection.execute("UPDATE billing.account SET persons = 5")
    assert rows(empty_url)["billing.audit"] == 2


def test_what_is_not_restored(filled: str, empty_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup(filled, tmp_path, kept)
    with pytest.raises(BackupFailed, match="已经存在"):
        backup(filled, tmp_path, kept)
    with pytest.raises(BackupFailed, match="不是空的"):
        restore(filled, tmp_path, kept)
    dump = bytearray((kept / DUMP).read_bytes())
    dump[len(dump) // 2] ^= 1
    (kept / DUMP).write_bytes(dump)
    with pytest.raises(BackupFailed, match="已损坏"):
        restore(empty_url, tmp_path, kept)
    (kept / SUMS).unlink()
    with pytest.raises(BackupFailed, match="不是完整的备份"):
        restore(empty_url, tmp_path, kept)
    assert rows(empty_url) == {}


def test_the_commands_from_a_database_to_a_fresh_data_folder(filled: str, tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    folder, fresh = tmp_path / "kept", tmp_path / "fresh"
    tmp_path.chmod(0o711)  # as root the server runs as another user and must get through

    def xiaoshui(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.command_line", "db", *words, str(folder)],
            env=plain | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert xiaoshui("backup", DATABASE_URL=filled, DATA_DIR=str(tmp_path)).returncode == 0
    first = xiaoshui("restore", DATA_DIR=str(fresh))
    assert (first.returncode, first.stdout) == (0, "已恢复。\n账目核对无误。\n"), first.stderr
