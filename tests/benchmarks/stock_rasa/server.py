"""The opponent: trained and served the way Rasa's documents say, asked over its REST channel."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bot.child_process import start_child
from tests.benchmarks import trained
from tests.benchmarks.load import Ask
from tests.benchmarks.processes import folder_mb, tree_memory_mb
from tests.benchmarks.side import FIRST_TEXT, NotStarted, first_answer
from tests.benchmarks.stock_rasa.environment import ENVIRONMENT
from tests.benchmarks.stock_rasa.project import project_fingerprint, write_project

RASA = str(ENVIRONMENT / "bin" / "rasa")
STOP_SECONDS = 30.0
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
}


class StockRasa:
    """One server process, which is all that Rasa's in-memory conversations allow."""

    title = "stock Rasa"

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder / "stock-rasa", port
        self._environment = {**os.environ, **QUIET}
        self._process: subprocess.Popen[bytes] | None = None

    async def prepare(self) -> float:
        """Write the project and train, unless a model of the same project is there."""
        inputs = project_fingerprint()
        seconds = trained.remembered_seconds(self._folder, inputs)
        if seconds is None:
            write_project(self._folder)
            command = [RASA, "train", "--quiet"]
            seconds = trained.train(
                command, self._folder, inputs, cwd=self._folder, environment=self._environment
            )
        return seconds

    async def start(self) -> float:
        command = [RASA, "run", "--port", str(self._port), "--credentials", "credentials.yml"]
        with (self._folder / "server.log").open("ab") as log:
            process = start_child(
                command, environment=self._environment, output=log, folder=self._folder
            )
        self._process = process
        try:
            return await first_answer(self._greet, lambda: process.poll() is not None)
        except NotStarted:
            raise NotStarted(f"see {self._folder}/server.log") from None

    @asynccontextmanager
    async def conversation(self, customer: str) -> AsyncIterator[Ask]:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self._port}") as session:

            async def ask(text: str) -> None:
                message = {"sender": customer, "message": text}
                async with session.post("/webhooks/rest/webhook", json=message) as answer:
                    assert answer.status == 200, "no answer"
                    assert await answer.json(), f"nothing said to {text}"

            yield ask

    def check_all_answered(self) -> None:
        """Nothing to look up: a conversation ends at a message without an answer."""

    def memory_mb(self) -> int:
        assert self._process is not None
        return tree_memory_mb(self._process.pid)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def installed_mb(self) -> int:
        return folder_mb(ENVIRONMENT)

    async def _greet(self) -> None:
        async with self.conversation("greets") as ask:
            await ask(FIRST_TEXT)
