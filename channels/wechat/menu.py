"""The menu under the chat, from ``menu.yml`` to what ``menu/create`` takes."""

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("menu.yml")
# developers.weixin.qq.com, 自定义菜单创建接口
MOST_TOP, MOST_UNDER = 3, 5
TOP_BYTES, UNDER_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024


class BadMenu(ValueError):
    """WeChat would refuse it."""


def built(public_url: str, path: Path = FILE) -> dict[str, Any]:
    """Raises ``BadMenu``."""
    tops = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not 1 <= len(tops) <= MOST_TOP:
        raise BadMenu(f"{len(tops)} entries, {MOST_TOP} at most")
    return {"button": [_top(top, public_url) for top in tops]}


def _top(top: dict[str, Any], public_url: str) -> dict[str, Any]:
    _fits(top["name"], TOP_BYTES)
    if "entries" not in top:
        return _entry(top, public_url)
    if not 1 <= len(top["entries"]) <= MOST_UNDER:
        raise BadMenu(f"{top['name']}: {MOST_UNDER} entries at most")
    return {
        "name": top["name"],
        "sub_button": [_entry(one, public_url) for one in top["entries"]],
    }


def _entry(entry: dict[str, Any], public_url: str) -> dict[str, Any]:
    name = _fits(entry["name"], UNDER_BYTES)
    if "say" in entry:
        return {"type": "click", "name": name, "key": _fits(entry["say"], KEY_BYTES)}
    url = _fits(f"{public_url}{entry['url']}", URL_BYTES)
    return {"type": "view", "name": name, "url": url}


def _fits(words: str, most_bytes: int) -> str:
    if len(words.encode()) > most_bytes:
        raise BadMenu(f"{words}: {most_bytes} bytes at most")
    return words
