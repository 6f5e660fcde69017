"""A conversation as its file tells it: who talks where, what is said, what must come back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "conversations"


@dataclass(frozen=True)
class Turn:
    """One message and what is expected of it; texts may hold blanks like ``{open}``.

    An expected text may name several wordings of which one will do: ``没有欠费|已缴清``.
    ``pay`` acts as the payer of the newest order before the message is said (``fail``: whose
    money is short), ``sign`` as the signer of the newest auto-pay contract; ``pushed`` are
    texts that must arrive by themselves soon after.
    """

    say: str | None = None
    expect: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    options: int | None = None
    link: bool = False
    image: bool = False
    owner: str | None = None
    silent: bool = False
    pay: str | None = None
    fail: bool = False
    sign: bool = False
    pushed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """``person``: who talks, None for a stranger; ``fresh``: proved now.

    A person is a name of the demo (``arrears``) or the words of ``xiaoshui demo make``
    (``order=leak unpaid=1``).
    """

    turns: tuple[Turn, ...]
    person: str | None = None
    channel: str = "web"
    fresh: bool = False


def names() -> list[str]:
    """Every file as ``behaviour/sentence``."""
    return sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.rglob("*.yml"))


def read(name: str) -> Conversation:
    """Raises TypeError for a key that is none."""
    data = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    turns = tuple(_turn(turn) for turn in data.pop("turns"))
    return Conversation(turns, data.pop("as", None), **data)


def _turn(data: Mapping[str, Any]) -> Turn:
    lists = {field.name for field in fields(Turn) if field.type == tuple[str, ...]}
    values: dict[str, Any] = {
        key: tuple(str(text) for text in value) if key in lists else value
        for key, value in data.items()
    }
    return Turn(**values)
