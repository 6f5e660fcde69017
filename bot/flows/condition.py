"""The `if` of a flow: comparisons of slots joined with and/or, parsed here, never run as code.

condition  = all_of ("or" all_of)*
all_of     = comparison ("and" comparison)*
comparison = "slots.NAME" | "not slots.NAME" | "slots.NAME" OPERATOR value
OPERATOR   = == != < > <= >= | "in" "[" value ("," value)* "]"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<slot>slots\.\w+)|(?P<word>[a-z]+)|(?P<sign>[=!<>]=|[<>\[\],]))"
)
WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "none": None}


class ConditionError(ValueError):
    """The text is not a condition of the flow language."""


@dataclass(frozen=True)
class Comparison:
    """One slot against one value; `operator` "is" asks whether the slot is set and not false."""

    slot: str
    operator: str
    value: object = None

    def holds(self, slots: Mapping[str, object]) -> bool:
        """Whether it is true of these slots; an unset slot is neither above nor below anything."""
        actual = slots.get(self.slot)
        match self.operator:
            case "is":
                return bool(actual)
            case "not":
                return not actual
            case "==":
                return actual == self.value
            case "!=":
                return actual != self.value
            case "in":
                return isinstance(self.value, tuple) and actual in self.value
            case _:
                return self._in_order(actual)

    def _in_order(self, actual: object) -> bool:
        if not isinstance(actual, int | float) or not isinstance(self.value, int | float):
            return False
        match self.operator:
            case "<":
                return actual < self.value
            case "<=":
                return actual <= self.value
            case ">":
                return actual > self.value
            case _:
                return actual >= self.value


@dataclass(frozen=True)
class Condition:
    """Alternatives (`or`), each a group of comparisons that must all hold (`and`)."""

    groups: tuple[tuple[Comparison, ...], ...]

    def holds(self, slots: Mapping[str, object]) -> bool:
        """Whether one of the alternatives is true of these slots."""
        return any(all(part.holds(slots) for part in group) for group in self.groups)

    @property
    def slots(self) -> frozenset[str]:
        """The slots the condition reads."""
        return frozenset(part.slot for group in self.groups for part in group)


def parse(text: str) -> Condition:
    """Parses a condition. Raises ConditionError with the place where it stops making sense."""
    return _Parser(text).condition()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if not match or match.lastgroup is None:
                raise ConditionError(f"cannot read {text[position:].strip()!r}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()

    def condition(self) -> Condition:
        groups = [self._group()]
        while self._accept("or"):
            groups.append(self._group())
        if self.tokens:
            raise ConditionError(f"{self.tokens[0][1]!r} is left over in {self.text!r}")
        return Condition(tuple(groups))

    def _group(self) -> tuple[Comparison, ...]:
        parts = [self._comparison()]
        while self._accept("and"):
            parts.append(self._comparison())
        return tuple(parts)

    def _comparison(self) -> Comparison:
        if self._accept("not"):
            return Comparison(self._slot(), "not")
        slot = self._slot()
        if self._accept("in"):
            return Comparison(slot, "in", self._values())
        if self.tokens and self.tokens[0][1] in ("==", "!=", "<", ">", "<=", ">="):
            return Comparison(slot, self.tokens.pop(0)[1], self._value())
        return Comparison(slot, "is")

    def _accept(self, token: str) -> bool:
        if self.tokens and self.tokens[0][1] == token:
            self.tokens.pop(0)
            return True
        return False

    def _slot(self) -> str:
        kind, token = self._next("a slot (slots.NAME)")
        if kind != "slot":
            raise ConditionError(f"{token!r} stands where a slot (slots.NAME) belongs")
        return token.removeprefix("slots.")

    def _values(self) -> tuple[object, ...]:
        if not self._accept("["):
            raise ConditionError("after `in` comes a list [a, b]")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        if not self._accept("]"):
            raise ConditionError("the list after `in` is not closed")
        return tuple(values)

    def _value(self) -> object:
        kind, token = self._next("a value")
        if kind == "text":
            return token[1:-1]
        if kind == "number":
            return float(token) if "." in token else int(token)
        if kind == "word" and token in WORDS:
            return WORDS[token]
        raise ConditionError(f"{token!r} is no value; texts stand in quotes")

    def _next(self, wanted: str) -> tuple[str, str]:
        if not self.tokens:
            raise ConditionError(f"{self.text!r} ends where {wanted} belongs")
        return self.tokens.pop(0)
