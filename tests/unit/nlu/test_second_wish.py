"""Two wishes in one message, with an understanding made by hand."""

import pytest

from bot.nlu.intent_model import Understanding
from bot.nlu.second_wish import LONGEST_MESSAGE, SecondWish, find_second_wish

WORDS = {"水费": "check_bill", "水表": "report_meter_fault", "谢谢": "thanks"}


class ByWords:
    """Every known word is an intent; the first that is said is the surest."""

    def understand(self, text: str) -> Understanding:
        found = sorted((text.find(word), intent) for word, intent in WORDS.items() if word in text)
        sure = [(intent, 0.95 - place / 10) for place, (_, intent) in enumerate(found)]
        return Understanding((*sure, ("out_of_scope", 0.01)), None, 0.0)

    def glance(self, text: str) -> list[tuple[str, float]]:
        return [(name, sure - 0.3) for name, sure in self.understand(text).ranking]

    def may_part(self, before: str, after: str) -> bool:
        return before.endswith("下") and after.startswith("我")


def second_of(text: str) -> SecondWish | None:
    listener = ByWords()
    return find_second_wish(text, listener.understand(text), listener)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("查一下水费,另外水表坏了", "水表坏了"),
        ("查一下水费另外水表坏了", "水表坏了"),
        ("查一下水费,水表也坏了", "水表也坏了"),
        ("这个水费帮忙查下我家水表还坏了", "我家水表还坏了"),
    ],
)
def test_a_later_clause_with_another_wish_is_found(text: str, second: str) -> None:
    found = second_of(text)
    assert found is not None
    assert (found.first.intent, found.second.intent) == ("check_bill", "report_meter_fault")
    assert found.text == second


@pytest.mark.parametrize(
    "text",
    [
        "查一下水费,另外十月水费也查",  # the same wish twice
        "查一下水费,另外谢谢你啊",  # thanks is no wish
        "我家水费就是水表坏了那个",  # nothing parts
        "cha yixia 水费, lingwai 水表 huai le",  # syllables part anywhere
        "水费" + "，" * LONGEST_MESSAGE + "水表坏了",
    ],
)
def test_one_wish_stays_one(text: str) -> None:
    assert second_of(text) is None
