"""What was committed is there again, whatever way the server ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.embedded_database import EmbeddedDatabase

SUPERVISED = """
import sys, time
from pathlib import Path
from bot.embedded_database import EmbeddedDatabase
database = EmbeddedDatabase(Path(sys.argv[1]))
database.prepare()
server = database.start()
database.wait_until_ready(server)
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("data")
    yield base / "postgres"
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == base / "postgres":
                process.kill()
        except psutil.Error:
            continue


def _supervised(folder: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    owner = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    return owner, psutil.Process(int(owner.stdout.readline()))


def _kill_all(server: psutil.Process) -> None:
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _ended(server: psutil.Process) -> bool:
    try:
        return server.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _write(folder: Path, number: int) -> None:
    with psycopg.connect(EmbeddedDatabase(folder).url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def _read(folder: Path) -> list[int]:
    database = EmbeddedDatabase(folder)
    database.prepare()
    server = database.start()
    try:
        database.wait_until_ready(server)
        with psycopg.connect(database.url) as connection:
            rows = connection.execute("SELECT number FROM kept ORDER BY number").fetchall()
    finally:
        database.stop(server)
    assert server.returncode == 0
    return [number for (number,) in rows]


def test_it_is_durable_by_default(folder: Path) -> None:
    owner, _server = _supervised(folder)
    with psycopg.connect(EmbeddedDatabase(folder).url) as connection:
        query = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        assert connection.execute(query).fetchone() == ("on", "on")
    owner.kill()
    owner.communicate()


def test_it_shuts_down_when_its_supervisor_is_killed(folder: Path) -> None:
    owner, server = _supervised(folder)
    _write(folder, 1)
    owner.kill()
    owner.communicate()
    deadline = time.monotonic() + 20
    while not _ended(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not (folder / "postmaster.pid").exists(), "the shutdown was not orderly"
    assert _read(folder) == [1]


def test_it_recovers_when_everything_is_killed_at_once(folder: Path) -> None:
    for number in (1, 2):
        owner, server = _supervised(folder)
        _write(folder, number)
        owner.send_signal(signal.SIGSTOP)  # so that it cannot ask for an orderly end
        _kill_all(server)
        owner.kill()
        owner.communicate()
    assert (folder / "postmaster.pid").exists()
    assert _read(folder) == [1, 2]


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(folder: Path) -> None:
    owner, server = _supervised(folder)
    _write(folder, 7)
    _kill_all(server)
    owner.kill()
    owner.communicate()
    pid_file = folder / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert _read(folder) == [7]


def test_a_server_left_running_is_ended_first(folder: Path) -> None:
    owner, server = _supervised(folder)
    _write(folder, 3)
    assert _read(folder) == [3]
    assert _ended(server)
    owner.kill()
    owner.communicate()


def test_a_cluster_half_made_is_made_anew(folder: Path) -> None:
    half = folder.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    EmbeddedDatabase(folder).prepare()
    assert not half.exists()
    assert (folder / "base").is_dir()


def test_a_long_path_still_has_a_socket(tmp_path: Path) -> None:
    began = time.monotonic()
    database = EmbeddedDatabase(tmp_path / ("深" * 30) / "postgres", durable=False)
    database.folder.parent.mkdir()
    database.prepare()
    server = database.start()
    try:
        database.wait_until_ready(server)
    finally:
        database.stop(server)
    assert time.monotonic() - began < 60
