"""The names a Rasa domain defines, so that flows can be checked with and without Rasa."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from rasa.shared.core.domain import Domain


@dataclass(frozen=True)
class DomainNames:
    """What flows may name. Responses count as actions, as in Rasa."""

    intents: frozenset[str]
    entities: frozenset[str]
    slots: frozenset[str]
    actions: frozenset[str]
    responses: frozenset[str]
    buttons: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many buttons a response has."""

    @property
    def sayable(self) -> frozenset[str]:
        """Everything a step may run: actions and responses."""
        return self.actions | self.responses


def from_rasa(domain: "Domain") -> DomainNames:
    """The names of a loaded Rasa domain."""
    return DomainNames(
        intents=frozenset(domain.intents),
        entities=frozenset(domain.entities),
        slots=frozenset(slot.name for slot in domain.slots),
        actions=frozenset(domain.action_names_or_texts),
        responses=frozenset(domain.responses),
        buttons=_buttons(domain.responses),
    )


def from_files(project: Path) -> DomainNames:
    """The names in `domain.yml` and every `domain/**/*.yml` of a project."""
    sections: dict[str, set[str]] = {}
    buttons: dict[str, int] = {}
    for file in [project / "domain.yml", *sorted((project / "domain").rglob("*.yml"))]:
        if not file.is_file():
            continue
        content = cast(object, yaml.safe_load(file.read_text(encoding="utf-8")))
        if isinstance(content, dict):
            for section, value in cast(dict[str, object], content).items():
                sections.setdefault(section, set()).update(_names(value))
                if section == "responses":
                    buttons |= _buttons(value)
    return DomainNames(
        **{
            section: frozenset(sections.get(section, ()))
            for section in ("intents", "entities", "slots", "actions", "responses")
        },
        buttons=buttons,
    )


def _buttons(responses: object) -> dict[str, int]:
    """Counts the buttons of each response's first wording.

    A response without wordings is left out: Rasa strips them from the domain that policies
    are trained with (rasa.graph_components.providers.domain_for_core_training_provider).
    """
    counts: dict[str, int] = {}
    for name, wordings in cast(dict[str, list[dict[str, Any]]], responses or {}).items():
        if wordings:
            counts[str(name)] = len(wordings[0].get("buttons") or ())
    return counts


def _names(section: object) -> Iterable[str]:
    """Names of a list or mapping; a list entry may itself be a mapping of one name."""
    if not isinstance(section, list | dict):
        return
    for entry in cast("list[object] | dict[str, object]", section):
        if isinstance(entry, dict):
            yield from (str(name) for name in cast(dict[object, object], entry))
        else:
            yield str(entry)
