"""The real system for tests: its own database with the demo city, one worker, one gateway."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import yaml

from billing_client.demo import city
from bot import training
from bot.child_process import start_child
from bot.embedded_database import EmbeddedDatabase
from bot.settings import PROJECT
from channels.desk.rules import FILE as DESK_RULES

DATABASE = "running_system"
SEED = 20261124
WHOLE_DAY = "00:00-24:00"
UTILITY_SITE = "http://www.utility.example"  # its pages may show the chat in a frame
MODELS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xiaoshui" / "models"
READY_SECONDS = 60
STOP_SECONDS = 15


@dataclass
class RunningSystem:
    """Where the processes are reached; ``logs`` holds what each of them wrote."""

    database_url: str
    base_url: str
    data_dir: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start the gateway or the worker (again)."""
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = start_child(
                [sys.executable, "-m", "bot.command_line", name],
                environment=self.environment,
                output=log,
                folder=PROJECT,
            )

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until_ready(self) -> None:
        """Return when the gateway answers and a worker lives. Raises AssertionError with logs."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.processes.values()):
                break
            try:
                with urlopen(f"{self.base_url}/readyz", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"the system did not get ready:\n{self.end_of_logs()}")

    def end_of_logs(self, lines: int = 30) -> str:
        ends = [
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
            for path in sorted(self.data_dir.glob("*.log"))
        ]
        return "\n".join(ends)


def _always_open(folder: Path) -> Path:
    """The desk's rules with no closing time: what a test sees must not hang on when it runs."""
    rules = yaml.safe_load(DESK_RULES.read_text(encoding="utf-8"))
    rules["hours"] = {"working_day": [WHOLE_DAY], "rest_day": [WHOLE_DAY], "dates": {}}
    file = folder / "desk_rules.yml"
    file.write_text(yaml.safe_dump(rules), encoding="utf-8")
    return file


@contextmanager
def running(
    server: EmbeddedDatabase, template: str, data_dir: Path, **settings: str
) -> Iterator[RunningSystem]:
    """Start everything on a database of its own, and end it; ``settings`` go into the environment.

    The model is trained unless a run before has left the one that fits in the user's cache.
    """
    training.ensure_model(models=MODELS)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {template}")  # pyright: ignore
    url = server.url_of(DATABASE)
    city.fill(url, SEED)
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(data_dir),
        "PYTHONPATH": str(PROJECT),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": base_url,
        "FRAMED_BY": UTILITY_SITE,
        "MODELS_DIR": str(MODELS),
        "SANDBOX_RETRY_SCALE": "0.01",
        "OMP_NUM_THREADS": "1",
        "DESK_RULES": str(_always_open(data_dir)),
        **settings,
    }
    system = RunningSystem(url, base_url, data_dir, environment)
    try:
        for name in ("gateway", "worker"):
            system.start(name)
        system.wait_until_ready()
        yield system
    finally:
        for name in list(system.processes):
            system.stop(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
