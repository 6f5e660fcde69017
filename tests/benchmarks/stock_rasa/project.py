"""The opponent's Rasa project: our examples and intents, a rule and an answer for each intent."""

import hashlib
import json
import shutil
from pathlib import Path

import yaml

from bot.settings import PROJECT

CONFIG = Path(__file__).parent / "config.yml"
UNSURE = "nlu_fallback"  # what Rasa's FallbackClassifier calls a text it is unsure of
DOMAIN = PROJECT / "domain.yml"


def project_fingerprint() -> str:
    """Over all that the project is made of; of the domain only what the opponent gets of it."""
    domain = _read(DOMAIN)
    digest = hashlib.sha256(json.dumps([domain["intents"], domain["entities"]]).encode())
    for path in [CONFIG, Path(__file__), *_examples()]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def write_project(folder: Path) -> None:
    """Afresh, so that nothing of an earlier training is left."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    shutil.copy(CONFIG, folder)
    for source in _examples():
        shutil.copy(source, folder / "data" / f"{source.parent.name}_{source.name}")
    domain = _read(DOMAIN)
    _write(folder / "domain.yml", _domain(domain["intents"], domain["entities"]))
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": _rules(domain["intents"])})
    _write(folder / "credentials.yml", {"rest": {}})


def _examples() -> list[Path]:
    """Files of examples: answers and flows lie beside them."""
    files = sorted((PROJECT / "nlu_data").glob("*/*.yml"))
    return [file for file in files if file.parent.name != "flows" and "nlu" in _read(file)]


def _domain(intents: list[str], entities: list[str]) -> dict[str, object]:
    answer = [{"text": "好的，已收到。"}]
    return {
        "version": "3.1",
        "intents": intents,
        "entities": entities,
        "responses": {_answer(intent): answer for intent in [*intents, UNSURE]},
    }


def _rules(intents: list[str]) -> list[dict[str, object]]:
    return [
        {"rule": intent, "steps": [{"intent": intent}, {"action": _answer(intent)}]}
        for intent in [*intents, UNSURE]
    ]


def _answer(intent: str) -> str:
    """Not ``utter_faq``: for an intent with topics Rasa would look for its response selector."""
    return f"utter_about_{intent}"


def _read(path: Path) -> dict[str, list[str]]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
