"""``xiaoshui run``: the whole system on one machine, from an empty folder to the first answer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import structlog

from bot import data_folder, listening_port, logs
from bot.child_process import start_child
from bot.embedded_database import EmbeddedDatabase
from bot.settings import PROJECT, BadSetting, Settings
from bot.supervisor import Child, Supervisor
from channels.connections import connections
from channels.desk.demo_people import DEMO_STAFF

READY_SECONDS = 300  # a busy or slow machine takes its time to load the model
XIAOSHUI = (sys.executable, "-m", "bot.command_line")

log = structlog.get_logger("run")


class StartFailed(RuntimeError):
    """The system could not start; the message is for the operator."""


class _StopAsked(BaseException):
    """Raised by a signal while the system is still starting."""


def run(settings: Settings) -> None:
    """Start everything and stay until Ctrl-C or SIGTERM. Raises BadSetting, StartFailed."""
    with data_folder.held(settings.data_dir), _own_log(settings):
        listening_port.check_free(settings.host, settings.port)
        supervisor = Supervisor(tell=_say)
        signals = _Signals()
        try:
            _start_all(supervisor, settings)
            signals.starting = False
            supervisor.watch(lambda: signals.asked)
        except _StopAsked:
            pass
        finally:
            signals.starting = False
            if supervisor.has_children:
                _say("正在停止……")
                supervisor.stop()
                _say("已停止。")


class _Signals:
    """SIGINT, SIGTERM and a closed terminal: interrupt the start, or end the watch."""

    def __init__(self) -> None:
        self.asked = False
        self.starting = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.asked = True
        if self.starting:
            self.starting = False
            raise _StopAsked


def _start_all(supervisor: Supervisor, settings: Settings) -> None:
    began = time.monotonic()
    environment = _environment(settings, _database(supervisor, settings))
    _prepare(settings, environment)
    names = ["gateway", *(f"worker-{number + 1}" for number in range(settings.workers))]
    for name in names:
        supervisor.start(_service(name, settings, environment))
    _wait_until_ready(supervisor, settings)
    _say_where_to_go(settings, time.monotonic() - began)


def _database(supervisor: Supervisor, settings: Settings) -> str:
    """The address of a database that answers: the one that is set, or our own, started here."""
    if settings.database_url:
        try:
            psycopg.connect(settings.database_url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            reason = logs.mask_text(str(error).strip().splitlines()[0])
            raise BadSetting(f"DATABASE_URL 的数据库连不上,请检查地址和密码:{reason}") from None
        return settings.database_url
    _say("正在启动内置数据库……")
    database = EmbeddedDatabase(settings.data_dir / "postgres")

    def start() -> subprocess.Popen[bytes]:
        database.prepare()
        return database.start()

    child = Child("postgres", start, stop_signal=signal.SIGINT, stops_last=True)
    supervisor.start(child)
    if child.process is None:
        raise StartFailed(f"内置数据库没有启动成功,请看 {settings.data_dir / 'logs'}。")
    database.wait_until_ready(child.process)
    data_folder.note_database_url(settings.data_dir, database.url)
    return database.url


def _prepare(settings: Settings, environment: dict[str, str]) -> None:
    """Data and model side by side; each says itself what it does."""
    steps = {"准备数据": "prepare-data", "准备模型": "prepare-model"}
    running = {
        title: start_child([*XIAOSHUI, command], environment=environment, folder=PROJECT)
        for title, command in steps.items()
    }
    try:
        while any(process.poll() is None for process in running.values()):
            _fail_on_error(running)
            time.sleep(0.1)
        _fail_on_error(running)
    finally:
        for process in running.values():
            if process.poll() is None:
                process.terminate()
                process.wait()


def _fail_on_error(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for title, process in running.items():
        if process.poll():
            raise StartFailed(f"{title}没有成功,原因见上。")


def _service(name: str, settings: Settings, environment: dict[str, str]) -> Child:
    command = name.split("-", maxsplit=1)[0]
    log_file = data_folder.fresh_log(settings.data_dir, name)

    def start() -> subprocess.Popen[bytes]:
        with log_file.open("ab") as output:
            return start_child(
                [*XIAOSHUI, command],
                environment={**environment, "XIAOSHUI_PROCESS": name},
                output=output,
                folder=PROJECT,
            )

    return Child(name, start)


def _environment(settings: Settings, database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(settings.data_dir),
        "PUBLIC_URL": settings.public_url,
        # One worker a core: its libraries must not start a thread for each core again.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    _say("正在启动网关和会话进程……")
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/readyz"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        supervisor.look()
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise StartFailed(
        f"{READY_SECONDS} 秒内没有准备好,原因请看 {settings.data_dir / data_folder.LOGS}。"
    )


def _say_where_to_go(settings: Settings, seconds: float) -> None:
    local = settings.public_url
    lines = [f"\n小水已就绪(用时 {seconds:.0f} 秒)。", f"  网页聊天    {local}/chat"]
    lines.append(f"  坐席工作台  {local}/desk")
    if settings.environment == "demo":
        lines += [f"              {one.name}  密码 {one.password}" for one in DEMO_STAFF]
        lines += [f"  沙箱手机    {local}/sandbox/phone", f"  沙箱支付    {local}/sandbox/pay"]
    lines += [
        "  终端聊天    make chat(另开一个终端;AS=bound-unpaid 以演示客户的身份)",
        *(f"  {one.title:<10}{one.sentence}" for one in connections(os.environ)),
        f"  日志        {settings.data_dir / data_folder.LOGS}",
        "按 Ctrl-C 停止。",
    ]
    _say("\n".join(lines))


@contextmanager
def _own_log(settings: Settings) -> Iterator[None]:
    path = data_folder.fresh_log(settings.data_dir, "supervisor")
    with path.open("a", encoding="utf-8") as stream:
        logs.configure("supervisor", settings.log_level, stream)
        yield


def _say(text: str) -> None:
    print(text, flush=True)
