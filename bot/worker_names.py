"""What a worker is called: the supervisor's name for it, its host and its process id.

So a worker that starts can tell which others of its host have died.
"""

import os
import re
import socket
from collections.abc import Iterable

import psutil

_NAME = re.compile(r"(?P<process>[^@]+)@(?P<host>.+):(?P<pid>\d+)")


def process_name() -> str:
    """The supervisor's name for this process, such as worker-1."""
    return os.environ.get("XIAOSHUI_PROCESS", "worker")


def own(process: str) -> str:
    return f"{process}@{socket.gethostname()}:{os.getpid()}"


def dead_here(workers: Iterable[str]) -> list[str]:
    """Those that ran on this host and run no longer.

    A number used again by another process hides a dead worker: then its lease has to end.
    A live one taken for dead, as in another container of the same host name, would be
    asked twice; the fence lets one of the two answers through.
    """
    return [name for name in workers if _is_dead_here(name)]


def _is_dead_here(name: str) -> bool:
    match = _NAME.fullmatch(name)
    if match is None or match["host"] != socket.gethostname():
        return False
    return int(match["pid"]) == os.getpid() or not psutil.pid_exists(int(match["pid"]))
