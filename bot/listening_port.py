"""Is the port free, and if not, who has it?"""

import errno
import socket
from typing import cast

import psutil

from bot.settings import BadSetting


def check_free(host: str, port: int) -> None:
    """Raise BadSetting, naming the process that listens there when it can be seen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadSetting(_reason(host, port, error)) from None


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被{_listener(port)}占用,请停止它,或换一个端口:PORT={port + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port},请用 1024 以上的端口:PORT=8080 make run"
    return f"本机没有地址 {host},HOST 请用 127.0.0.1 或 0.0.0.0。"


def _listener(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            address = cast(tuple[str, int], connection.laddr or ("", 0))
            listens = connection.status == psutil.CONN_LISTEN and address[1] == port
            if listens and connection.pid:
                return f" {psutil.Process(connection.pid).name()}(进程 {connection.pid})"
    except psutil.Error:
        pass
    return "另一个程序"
