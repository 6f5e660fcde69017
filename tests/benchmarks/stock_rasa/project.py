"""The opponent's Rasa project: our examples and intents, a rule for each intent, one answer each."""

import shutil
from pathlib import Path

import yaml

from bot.settings import PROJECT

CONFIG = Path(__file__).parent / "config.yml"


def write_project(folder: Path) -> None:
    """Afresh, so that nothing of an earlier training is left."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    shutil.copy(CONFIG, folder)
    for source in sorted((PROJECT / "nlu_data").glob("*/*.yml")):
        if source.parent.name != "flows" and "nlu" in _read(source):
            shutil.copy(source, folder / "data" / f"{source.parent.name}_{source.name}")
    domain = _read(PROJECT / "domain.yml")
    _write(folder / "domain.yml", _domain(domain["intents"], domain["entities"]))
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": _rules(domain["intents"])})
    _write(folder / "credentials.yml", {"rest": {}})


def _domain(intents: list[str], entities: list[str]) -> dict[str, object]:
    answer = [{"text": "好的，已收到。"}]
    return {
        "version": "3.1",
        "intents": intents,
        "entities": entities,
        "responses": {f"utter_{intent}": answer for intent in intents},
    }


def _rules(intents: list[str]) -> list[dict[str, object]]:
    return [
        {"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}
        for intent in intents
    ]


def _read(path: Path) -> dict[str, list[str]]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
