"""The supervisor with small real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bot.child_process import start_child
from bot.supervisor import Backoff, Child, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time, pathlib, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "pathlib.Path(sys.argv[1]).touch()\n"
    "time.sleep(60)",
]
PARENT = """
import sys, time
from bot.child_process import start_child
child = start_child([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_dead_child_is_started_again_after_its_wait() -> None:
    supervisor = Supervisor()
    child = Child("sleeper", lambda: start_child(SLEEP), backoff=Backoff(first=0.3))
    supervisor.start(child)
    try:
        assert child.process is not None
        first = child.process
        first.kill()
        first.wait()
        supervisor.look()
        assert child.process is None, "started again without a wait"
        died = time.monotonic()
        _until(lambda: supervisor.look() or child.process is not None)
        assert time.monotonic() - died >= 0.2
        assert child.process.pid != first.pid
    finally:
        supervisor.stop()


def test_a_child_that_cannot_start_does_not_stop_the_others() -> None:
    supervisor = Supervisor()
    broken = Child("broken", lambda: start_child(["/nowhere"]))
    supervisor.start(broken)
    sound = Child("sound", lambda: start_child(SLEEP))
    supervisor.start(sound)
    try:
        supervisor.look()
        assert broken.process is None
        assert broken.due_at is not None
        assert sound.process is not None
        assert sound.process.poll() is None
    finally:
        supervisor.stop()


def test_stopping_ends_all_and_the_database_last() -> None:
    ended: list[str] = []
    supervisor = Supervisor()

    class Noted(subprocess.Popen[bytes]):
        def send_signal(self, sig: int) -> None:
            ended.append(self.args[-1])  # type: ignore[index]
            super().send_signal(sig)

    supervisor.start(Child("database", lambda: Noted([*SLEEP, "database"]), stops_last=True))
    supervisor.start(Child("worker", lambda: Noted([*SLEEP, "worker"])))
    supervisor.stop()
    assert ended == ["worker", "database"]


def test_a_child_deaf_to_the_request_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("bot.supervisor.STOP_SECONDS", 0.5)
    supervisor = Supervisor()
    child = Child("deaf", lambda: start_child([*DEAF, str(tmp_path / "deaf")]))
    supervisor.start(child)
    _until((tmp_path / "deaf").exists)
    process = child.process
    assert process is not None
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_children_end_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not _gone(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _until(lambda: _gone(child))
    parent.stdout.close()
