"""The desk's own words, read from ``labels.yml``."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("labels.yml")


@cache
def labels() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def label(group: str, name: str | None) -> str:
    """The word for ``name`` in a group, or the name itself when there is none yet."""
    return str(labels()[group].get(name, name or ""))


def sentence(code: str, **blanks: object) -> str:
    """What staff are told when something is refused. Raises ``KeyError``."""
    return str(labels()["refusals"][code]).format(**blanks)
