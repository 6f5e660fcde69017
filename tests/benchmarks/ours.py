"""小水 as its operator starts it: PostgreSQL with fsync, gateway, workers, their supervisor."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import AbstractAsyncContextManager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg

from bot import training
from bot.child_process import start_child
from bot.embedded_database import EmbeddedDatabase
from bot.settings import PROJECT
from tests.benchmarks import trained, web_chat
from tests.benchmarks.load import Ask
from tests.benchmarks.processes import folder_mb, sync, tree_memory_mb
from tests.benchmarks.side import FIRST_TEXT, NotStarted, first_answer

XIAOSHUI = (sys.executable, "-m", "bot.command_line")
STOP_SECONDS = 40.0

# Each customer of the benchmark is bound to an account of the demo city.
BIND = """
INSERT INTO billing.binding (channel, channel_user, account_no, bound_at)
SELECT 'web', 'demo:bench-' || row_number() OVER (ORDER BY account_no) - 1, account_no, now()
  FROM billing.account
"""
NOT_ANSWERED = """
SELECT count(*) FROM channels.inbox WHERE channel_user LIKE 'demo:bench-%' AND state <> 'answered'
"""


class Ours:
    def __init__(self, folder: Path, port: int, workers: int) -> None:
        self.title = f"小水, {workers} worker{'s' if workers > 1 else ''}"
        self._folder, self._models = folder / f"ours-{workers}", folder / "models"
        self._base = f"http://127.0.0.1:{port}"
        self._database = EmbeddedDatabase(self._folder / "postgres")
        self._environment = {
            **os.environ,
            "DATABASE_URL": "",
            "DATA_DIR": str(self._folder),
            "MODELS_DIR": str(self._models),
            "PORT": str(port),
            "PUBLIC_URL": self._base,
            "WORKERS": str(workers),
            "LOG_LEVEL": "warning",
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def prepare(self) -> float:
        """Train, fill the demo city, bind the customers to its accounts."""
        seconds = _train(self._models, self._environment)
        await self.start()
        with psycopg.connect(self._database.url) as connection:
            connection.execute(BIND)
        self.stop()
        return seconds

    async def start(self) -> float:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "run.log").open("ab") as log:
            process = start_child(
                [*XIAOSHUI, "run"], environment=self._environment, output=log, folder=PROJECT
            )
        self._process = process
        try:
            return await first_answer(self._greet, lambda: process.poll() is not None)
        except NotStarted:
            raise NotStarted(f"see {self._folder}/run.log") from None

    def conversation(self, customer: str) -> AbstractAsyncContextManager[Ask]:
        return web_chat.conversation(self._base, customer)

    def memory_mb(self) -> int:
        assert self._process is not None
        return tree_memory_mb(self._process.pid)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def installed_mb(self) -> int:
        return _installed_mb()

    def check_all_answered(self) -> None:
        """Raises AssertionError when a message got an apology or went to staff instead."""
        with psycopg.connect(self._database.url) as connection:
            row = connection.execute(NOT_ANSWERED).fetchone()
        assert row == (0,), f"{row} messages were not answered by the bot"

    async def _greet(self) -> None:
        async with self.conversation(f"greets-{uuid4().hex[:8]}") as ask:
            await ask(FIRST_TEXT)


def _train(models: Path, environment: dict[str, str]) -> float:
    """Once for all that share the folder."""
    models.mkdir(parents=True, exist_ok=True)
    inputs = training.fingerprint()
    seconds = trained.remembered_seconds(models, inputs)
    if seconds is None or not training.model_path(models=models).exists():
        training.model_path(models=models).unlink(missing_ok=True)
        command = [*XIAOSHUI, "prepare-model"]
        seconds = trained.train(command, models, inputs, cwd=PROJECT, environment=environment)
    return seconds


@cache
def _installed_mb() -> int:
    """Of an environment made anew as `make run` makes it: without development tools."""
    with tempfile.TemporaryDirectory() as folder:
        sync(PROJECT, Path(folder) / "environment", "--no-dev")
        return folder_mb(Path(folder))
