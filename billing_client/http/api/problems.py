"""Errors as RFC 9457 asks: ``application/problem+json``, in the reader's language.

Beside the members of the RFC stand ``code`` (stable, for programs), ``facts`` (what billing
said with its refusal) and for bad input ``errors``. The texts are in ``problems.json``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from billing_client.errors import BillingRefusal
from billing_client.wire import refusals
from billing_client.wire.operation import PREFIX

MEDIA = "application/problem+json"
TEXTS = Path(__file__).parent / "problems.json"
CHINESE, ENGLISH = "zh", "en"
LONGEST_ACCEPT = 200

# Refusals after which the same request may soon be right, so that it is not kept as decided.
FOR_NOW = frozenset({"not_bound", "not_fresh", "too_many_tries", "provider_silent"})


@dataclass
class Problem(Exception):
    """A request that is not answered as wished. ``code`` is one of ``problems.json``."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return int(self._text["status"])

    @property
    def decided(self) -> bool:
        """Will the same request get the same answer?"""
        return self.status < 500 and self.code not in FOR_NOW

    @property
    def _text(self) -> Mapping[str, Any]:
        known = texts()
        kind = refusals.WITH_REASON.get(self.code.split("_", 1)[0] + "_")
        return known.get(self.code) or known[kind.code if kind else "refused"]

    def body(self, language: str) -> bytes:
        title, detail = self._text[language]
        members: dict[str, Any] = {
            "type": f"{PREFIX}/problems/{self.code}",
            "title": title,
            "status": self.status,
            "detail": _filled(detail, self.facts),
            "code": self.code,
        }
        if self.facts:
            members["facts"] = self.facts
        if self.errors:
            members["errors"] = self.errors
        return json.dumps(members, ensure_ascii=False).encode()


def of_refusal(refusal: BillingRefusal) -> Problem:
    return Problem(refusal.code, refusals.facts_out(refusal))


@cache
def texts() -> Mapping[str, Mapping[str, Any]]:
    return json.loads(TEXTS.read_text(encoding="utf-8"))


def language_of(accept: str | None) -> str:
    """``Accept-Language`` (RFC 9110, 12.5.4): the better liked of zh and en, else Chinese."""
    liked = {CHINESE: 0.0, ENGLISH: 0.0}
    for part in (accept or "")[:LONGEST_ACCEPT].split(","):
        tag, _, weight = part.strip().partition(";q=")
        name = tag.strip().lower()[:2]
        if name in liked:
            liked[name] = max(liked[name], _weight(weight))
    return ENGLISH if liked[ENGLISH] > liked[CHINESE] else CHINESE


def _weight(text: str) -> float:
    if not text:
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0


def _filled(detail: str, facts: Mapping[str, Any]) -> str:
    """A fact that is missing leaves its sentence out of joint, so none is said then."""
    try:
        return detail.format_map(facts)
    except KeyError:
        return ""
