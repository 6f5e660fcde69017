"""`xiaoshui run` as an operator starts it, whose processes a test may kill one by one."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from bot.child_process import start_child
from bot.embedded_database import EmbeddedDatabase
from bot.settings import PROJECT
from tests.running_system import MODELS, free_port

READY_SECONDS = 300
GONE_SECONDS = 30


@dataclass
class SupervisedSystem:
    """Embedded database, one gateway and two workers under the real supervisor."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return EmbeddedDatabase(self.data_dir / "postgres").url

    async def start(self) -> None:
        """Return when it is ready. Raises AssertionError with what it said."""
        with (self.data_dir / "said").open("ab") as said:
            self.process = start_child(
                [sys.executable, "-m", "bot.command_line", "run"],
                environment=self._environment(),
                output=said,
                folder=PROJECT,
            )
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(READY_SECONDS * 5):
                assert self.process.poll() is None, self.said()
                if await self._is_ready(client):
                    return
                await asyncio.sleep(0.2)
        raise AssertionError(f"not ready after {READY_SECONDS} s:\n{self.said()}")

    def said(self) -> str:
        return (self.data_dir / "said").read_text(errors="replace")

    def child(self, name: str) -> psutil.Process | None:
        """The running child ``name``: postgres, gateway, worker-1 or worker-2."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            try:
                title = child.environ().get("XIAOSHUI_PROCESS", child.name())
            except psutil.Error:
                continue
            if title == name:
                return child
        return None

    async def kill(self, name: str) -> None:
        """``kill -9``; the supervisor brings it back."""
        while (child := self.child(name)) is None:
            await asyncio.sleep(0.05)
        child.kill()

    async def kill_supervisor(self) -> None:
        """``kill -9``, and wait until its children, which must not outlive it, are gone."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        _, left = await asyncio.to_thread(psutil.wait_procs, family, GONE_SECONDS)
        assert not left, f"outlived the supervisor: {left}"

    async def kill_everything_at_once(self) -> None:
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for process in family:
            process.kill()
        self.process.wait()
        await asyncio.to_thread(psutil.wait_procs, family, GONE_SECONDS)

    async def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            await asyncio.to_thread(self.process.wait)

    def _environment(self) -> dict[str, str]:
        # Modules are compiled once and kept, as `make run` has it: there are many starts.
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return inherited | {
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": "",
            "PORT": str(self.port),
            "PUBLIC_URL": self.base_url,
            "WORKERS": "2",
            "MODELS_DIR": str(MODELS),
            "SANDBOX_RETRY_SCALE": "0.01",
        }

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.base_url}/readyz", timeout=2)).status_code == 200
        except httpx.TransportError:
            return False
