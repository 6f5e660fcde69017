"""The channels' own sentences, read from ``texts.yml``."""

from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("texts.yml")


@cache
def _texts() -> dict[str, str]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def text(name: str) -> str:
    """Raises ``KeyError`` for a name that is not in the file."""
    return _texts()[name]
