"""Where the billing core is, when it is not in this process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class BadRemote(ValueError):
    """A setting that cannot be used; the message is one Chinese sentence for the operator."""


@dataclass(frozen=True)
class RemoteSettings:
    """``url`` is the address of the gateway that serves ``/api/v1``; ``key`` opens it."""

    url: str
    key: str = field(repr=False)


def settings_from(environment: Mapping[str, str] = os.environ) -> RemoteSettings | None:
    """None without ``BILLING_URL``: billing is in-process. Raises BadRemote.

    The key is ``BILLING_KEY``, or the first line of the file ``BILLING_KEY_FILE``.
    """
    url = environment.get("BILLING_URL", "").strip().rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRemote(f"BILLING_URL 应为 http:// 或 https:// 开头的网址,现在是「{url}」。")
    key = environment.get("BILLING_KEY", "").strip() or _in_file(environment)
    if not key:
        raise BadRemote("设置了 BILLING_URL 就要设置 BILLING_KEY 或 BILLING_KEY_FILE。")
    return RemoteSettings(url, key)


def _in_file(environment: Mapping[str, str]) -> str:
    name = environment.get("BILLING_KEY_FILE", "").strip()
    if not name:
        return ""
    try:
        return Path(name).read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError):
        raise BadRemote(f"BILLING_KEY_FILE 读不了:{name}。") from None
