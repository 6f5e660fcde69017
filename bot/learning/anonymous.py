"""An utterance without what tells who said it, ready to become a training example."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# What stands in for a personal detail. An example needs a detail of the kind, not this one.
STAND_INS = {
    "phone": "13800000000",
    "account_no": "1000000001",
    "address": "幸福路1号",
    "ticket_no": "GD20260101001",
}
_STAND_IN_FIGURES = "1"
_LONG_FIGURES = re.compile(r"[0-9]{6,}[Xx]?")  # codes, cards, identity numbers
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAME = re.compile(
    r"(?P<before>(?:我叫|我是|名叫|户名是?|姓名是?|户主是?|联系人是?)[:： ]?)"
    r"(?P<name>[\u4e00-\u9fff]{2,3})(?=[，,。;； 的]|$)"
)
_STAND_IN_NAME = "李明"


def anonymous(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """``text`` with marks for its details, as in nlu_data, and stand-ins for personal ones.

    ``entities`` as the parser gives them. Names are found where people introduce themselves;
    elsewhere a name may stay, which is why a person reads the list before anything is kept.
    """
    pieces: list[str] = []
    at = 0
    for entity in sorted(entities, key=lambda one: int(one["start"])):
        start, end, kind = int(entity["start"]), int(entity["end"]), str(entity["entity"])
        pieces.append(_without_traces(text[at:start]))
        pieces.append(f"[{STAND_INS.get(kind, text[start:end])}]({kind})")
        at = end
    pieces.append(_without_traces(text[at:]))
    return " ".join("".join(pieces).split())


def _without_traces(piece: str) -> str:
    piece = _MAIL.sub("name@example.com", piece)
    piece = _LONG_FIGURES.sub(lambda found: _STAND_IN_FIGURES * len(found.group()), piece)
    return _NAME.sub(lambda found: found["before"] + _STAND_IN_NAME, piece)
