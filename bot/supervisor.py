"""Keeps the processes of one machine running, and ends with all of them."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a child that ran this long has recovered: its next wait is the first again
STOP_SECONDS = 15.0  # a worker may finish the turn it is in
LOOK_SECONDS = 0.2

log = structlog.get_logger("supervisor")


@dataclass
class Backoff:
    """How long to wait before the next start of something that ended."""

    first: float = FIRST_WAIT_SECONDS
    longest: float = LONGEST_WAIT_SECONDS
    _next: float = field(default=0.0, init=False)

    def wait_after(self, ran_seconds: float) -> float:
        """Seconds to wait after a run of ``ran_seconds``: doubled each time, up to ``longest``."""
        if ran_seconds >= STEADY_SECONDS or self._next == 0.0:
            self._next = self.first
        wait = self._next
        self._next = min(self._next * 2, self.longest)
        return wait


@dataclass
class Child:
    """One process to keep running. ``start`` is called again whenever it ended."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    stops_last: bool = False  # the database, which the others need until their end
    backoff: Backoff = field(default_factory=Backoff)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float | None = None


class Supervisor:
    """To be used from the main thread alone (see ``start_child``).

    ``tell`` gets a Chinese sentence for the operator whenever a child ended or came back.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self._children: list[Child] = []
        self._tell = tell

    @property
    def has_children(self) -> bool:
        return bool(self._children)

    def start(self, child: Child) -> None:
        """Start ``child`` and keep it running from now on."""
        self._children.append(child)
        self._launch(child)

    def watch(self, stop_asked: Callable[[], bool]) -> None:
        """Restart what ends, until ``stop_asked`` says yes."""
        while not stop_asked():
            self.look()
            time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Notice once who ended, and start again whoever has waited long enough."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child, now)
            if child.due_at is not None and now >= child.due_at:
                self._launch(child)
                if child.process is not None:
                    self._tell(f"{child.name} 已重新启动。")

    def stop(self) -> None:
        """Ask all to end, wait, and end by force those that do not; the database last."""
        for last in (False, True):
            group = [child for child in self._children if child.stops_last is last]
            self._stop_all([c for c in group if c.process is not None])
        self._children.clear()

    def _launch(self, child: Child) -> None:
        child.due_at = None
        child.started_at = time.monotonic()
        try:
            child.process = child.start()
        except (OSError, RuntimeError) as error:
            wait = child.backoff.wait_after(0)
            log.error("start failed", child=child.name, error=str(error), wait_seconds=wait)
            self._tell(f"{child.name} 没有启动成功,{wait:.0f} 秒后再试:{error}")
            child.due_at = time.monotonic() + wait
            return
        log.info("started", child=child.name, pid=child.process.pid)

    def _note_end(self, child: Child, now: float) -> None:
        wait = child.backoff.wait_after(now - child.started_at)
        code = child.process.returncode if child.process else None
        log.warning("ended, will be restarted", child=child.name, exit_code=code, wait_seconds=wait)
        self._tell(f"{child.name} 意外结束,{wait:.0f} 秒后重新启动。")
        child.process = None
        child.due_at = now + wait

    def _stop_all(self, children: list[Child]) -> None:
        running = [(child, child.process) for child in children if child.process is not None]
        for child, process in running:
            process.send_signal(child.stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        for child, process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("did not end in time, killed", child=child.name, pid=process.pid)
                process.kill()
                process.wait()
            log.info("stopped", child=child.name, exit_code=process.returncode)
