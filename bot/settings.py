"""What can be set from outside, by environment or ``.env``, checked before anything starts."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
MOST_WORKERS = 64
DEFAULT_MOST_WORKERS = 4
ENVIRONMENTS = ("demo", "production")
LOG_LEVELS = ("debug", "info", "warning", "error")

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")
Value = TypeVar("Value")


class BadSetting(ValueError):
    """A setting that cannot be used; the message is one Chinese sentence for the operator."""


@dataclass(frozen=True)
class Settings:
    """``database_url`` None means the embedded PostgreSQL in ``data_dir``."""

    host: str
    port: int
    public_url: str
    database_url: str | None
    data_dir: Path
    workers: int
    environment: str
    log_level: str
    framed_by: tuple[str, ...] = ()
    """Origins of the utility's pages that may show the chat in a frame."""


def load(folder: Path = PROJECT, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process: its environment first, then ``.env`` of ``folder``.

    Without an ``environment`` given, what ``.env`` adds is put into ``os.environ`` too, for
    the parts that read settings of their own there. Raises BadSetting.
    """
    written = read_env_file(folder / ".env")
    if environment is None:
        for name, value in written.items():
            os.environ.setdefault(name, value)
        environment = os.environ
    return from_values({**written, **environment}, folder)


def from_values(values: Mapping[str, str], folder: Path = PROJECT) -> Settings:
    """Check ``values`` one by one; an empty value counts as not set. Raises BadSetting."""

    def read(name: str, parse: Callable[[str], Value], default: Value) -> Value:
        text = values.get(name, "").strip()
        return parse(text) if text else default

    host = read("HOST", _host, "127.0.0.1")
    port = read("PORT", _port, 8080)
    return Settings(
        host=host,
        port=port,
        public_url=read("PUBLIC_URL", _public_url, f"http://127.0.0.1:{port}"),
        database_url=read("DATABASE_URL", _database_url, None),
        data_dir=(folder / read("DATA_DIR", Path, Path(".data")).expanduser()).resolve(),
        workers=read("WORKERS", _workers, _default_workers()),
        environment=read("XIAOSHUI_ENV", _one_of("XIAOSHUI_ENV", ENVIRONMENTS), "demo"),
        log_level=read("LOG_LEVEL", _one_of("LOG_LEVEL", LOG_LEVELS), "info"),
        framed_by=read("FRAMED_BY", _origins, ()),
    )


def read_env_file(path: Path) -> dict[str, str]:
    """``NAME=value`` lines; ``#`` begins a comment line; quotes around a value are dropped."""
    if not path.is_file():
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise BadSetting(f".env 第 {number} 行不是「名称=值」的写法,请改正。")
        value = match[2].strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        values[match[1]] = value
    return values


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise BadSetting(f"HOST 应为本机的地址,如 127.0.0.1 或 0.0.0.0,现在是「{text}」。")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise BadSetting(f"PORT 应为 1 到 65535 的整数,现在是「{text}」。")
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(text.replace("，", " ").replace(",", " ").split())
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.:-]+", origin):
            raise BadSetting(
                f"FRAMED_BY 应为网站来源，如 https://www.example.com，现在是「{origin}」。"
            )
    return origins


def _workers(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_WORKERS:
        raise BadSetting(f"WORKERS 应为 1 到 {MOST_WORKERS} 的整数,现在是「{text}」。")
    return int(text)


def _default_workers() -> int:
    return max(1, min(DEFAULT_MOST_WORKERS, len(os.sched_getaffinity(0))))


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise BadSetting(f"PUBLIC_URL 应为 http:// 或 https:// 开头的网址,现在是「{text}」。")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    # The text may hold a password, so that it is never repeated.
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1
        sound = sound and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise BadSetting("DATABASE_URL 应为 postgresql://用户:密码@主机:端口/库名 的写法,请改正。")
    return re.sub(r"^postgres://", "postgresql://", text)


def _one_of(name: str, allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise BadSetting(f"{name} 应为 {'、'.join(allowed)} 之一,现在是「{text}」。")
        return text.lower()

    return parse
