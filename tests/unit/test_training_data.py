"""The training data is complete, well marked, and apart from the test utterances."""

import re
from pathlib import Path

import pytest
import yaml

from bot.nlu.normalise import normalise

ROOT = Path(__file__).parents[2]
UTTERANCES = sorted((ROOT / "tests/dialogue/utterances").glob("*.tsv"))
LEAST_UTTERANCES = 12
LEAST_EXAMPLES = {"intent": 40, "topic": 6}
ENTITIES = {"account_no", "address", "amount", "bill_period", "date_time", "meter_reading"}
ENTITIES |= {"payment_method", "person_count", "phone", "ticket_no", "volume"}
_MARK = re.compile(r"\[([^\[\]]+)\]\(([^)]*)\)")


def training_examples() -> dict[str, list[str]]:
    examples: dict[str, list[str]] = {}
    for file in sorted((ROOT / "nlu_data").glob("*/*.yml")):
        for block in yaml.safe_load(file.read_text()).get("nlu", []):
            if "intent" in block:
                lines = [line.removeprefix("- ") for line in block["examples"].splitlines()]
                examples.setdefault(block["intent"], []).extend(lines)
    return examples


def bare(text: str) -> str:
    """As the model sees it (width, traditional characters, emoji), without punctuation and case."""
    return re.sub(r"[\W_]", "", normalise(_MARK.sub(r"\1", text)).text).lower()


EXAMPLES = training_examples()
INTENTS = {intent.split("/")[0] for intent in EXAMPLES}


@pytest.mark.parametrize("file", UTTERANCES, ids=lambda file: file.stem)
def test_no_test_utterance_is_trained_on(file: Path) -> None:
    trained = {bare(text) for texts in EXAMPLES.values() for text in texts}
    tested = [line.split("\t")[1] for line in file.read_text().splitlines()]
    assert [text for text in tested if bare(text) in trained] == []
    assert len(tested) >= LEAST_UTTERANCES


def test_every_intent_is_trained_and_tested() -> None:
    assert {file.stem for file in UTTERANCES} == INTENTS


@pytest.mark.parametrize("intent", sorted(EXAMPLES))
def test_every_intent_has_enough_examples(intent: str) -> None:
    kind = "topic" if "/" in intent else "intent"
    assert len(EXAMPLES[intent]) >= LEAST_EXAMPLES[kind]


@pytest.mark.parametrize("intent", sorted(EXAMPLES))
def test_marks_are_known_entities(intent: str) -> None:
    marks = {kind for text in EXAMPLES[intent] for _, kind in _MARK.findall(text)}
    assert marks <= ENTITIES


def test_no_text_stands_under_two_intents() -> None:
    owners: dict[str, set[str]] = {}
    for intent, texts in EXAMPLES.items():
        for text in texts:
            owners.setdefault(bare(text), set()).add(intent)
    assert {text: names for text, names in owners.items() if len(names) > 1} == {}


def test_topics_of_the_test_utterances_are_trained() -> None:
    lines = (ROOT / "tests/dialogue/utterances/faq.tsv").read_text().splitlines()
    topics = {line.split("\t")[2] for line in lines}
    assert {f"faq/{topic}" for topic in topics} <= set(EXAMPLES)
