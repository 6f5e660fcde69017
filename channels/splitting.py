"""Long texts in parts no longer than a channel takes, cut where a reader would pause."""

from collections.abc import Callable

SENTENCE_ENDS = "\n。！？；!?;"
PAUSES = "，、, "

Measure = Callable[[str], int]


def utf8_bytes(text: str) -> int:
    return len(text.encode())


def utf16_units(text: str) -> int:
    """UCS-2 units as SMS counts them: an emoji is two."""
    return len(text.encode("utf-16-be")) // 2


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Parts of at most ``limit`` in the measure; joined they are the text, blanks at cuts aside."""
    parts: list[str] = []
    rest = text.strip()
    while measure(rest) > limit:
        end = _cut(rest, limit, measure)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _cut(text: str, limit: int, measure: Measure) -> int:
    """The end of the first part: after a sentence, else after a pause, else where it is full."""
    full = _longest(text, limit, measure)
    for stops in (SENTENCE_ENDS, PAUSES):
        end = max(text.rfind(stop, 0, full) for stop in stops) + 1
        if end > full // 2:
            return end
    return full


def _longest(text: str, limit: int, measure: Measure) -> int:
    """How many characters fit; never half an emoji, for Python counts whole code points."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low
