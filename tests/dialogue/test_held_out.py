"""No test utterance is a training example, or nearly one.

Details are masked first: the same sentence with another amount teaches the same. A message
that is nothing but a detail («200») has no words to copy; it is compared as it stands.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

ROOT = Path(__file__).parents[2]
FOLDERS = ("utterances", "held_out")
MOST_ALIKE = 0.8  # normalised edit similarity
MASK = "□"
_DETAIL = re.compile(r"\[([^\[\]]+)\](?:\([a-z_]+\)|\{[^}]*\})")


def compared(text: str) -> str:
    masked = _DETAIL.sub(MASK, text).strip()
    return masked if masked.strip("，。 " + MASK) else _DETAIL.sub(r"\1", text).strip()


def training_examples() -> Iterator[tuple[str, str]]:
    """File and text of each example."""
    for file in sorted((ROOT / "nlu_data").rglob("*.yml")):
        data = yaml.safe_load(file.read_text()) or {}
        for block in data.get("nlu") or []:
            examples = block.get("examples", "") if "intent" in block else ""
            lines = examples if isinstance(examples, list) else examples.splitlines()
            for line in lines:
                text = line["text"] if isinstance(line, dict) else line.removeprefix("- ")
                yield file.name, text.strip()


def said_in_tests() -> Iterator[str]:
    for folder in FOLDERS:
        for file in sorted((ROOT / "tests/dialogue" / folder).glob("*.tsv")):
            yield from (line.split("\t")[1] for line in file.read_text().splitlines())
    for file in sorted((ROOT / "tests/dialogue/two_wishes").glob("*.tsv")):
        yield from (line.split("\t")[2] for line in file.read_text().splitlines())


def test_no_near_copy_is_trained_on() -> None:
    examples = list(training_examples())
    heard = list({compared(text) for text in said_in_tests()})
    likeness = process.cdist(
        [compared(text) for _, text in examples],
        heard,
        scorer=Levenshtein.normalized_similarity,
        score_cutoff=MOST_ALIKE,
    )
    most = likeness.max(axis=1)
    # The examples are named, not the test's utterances: those are for nobody to look at.
    near = [
        f"{file}: {text}"
        for (file, text), alike in zip(examples, most, strict=True)
        if alike > MOST_ALIKE
    ]
    if near:
        pytest.fail("say these examples otherwise, or leave them out:\n" + "\n".join(near))
