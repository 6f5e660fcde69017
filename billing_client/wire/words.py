"""Kinds of words and figures that requests are made of, each with its bounds.

PostgreSQL stores no NUL character and nothing beyond 64 bits, so neither gets in.
"""

from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

LARGEST_BIGINT = 2**63 - 1
LARGEST_INTEGER = 2**31 - 1
DEEPEST_DETAILS = 5
MOST_DETAILS = 200


class Request(BaseModel):
    """What an operation is asked with: parts of the path, and query or body. No more is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character")
    return text


def _plain(value: object, depth: int = 0) -> int:
    """How many values it holds. Raises ValueError for what JSONB or a reader could not take."""
    if depth > DEEPEST_DETAILS:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        _without_nul(value)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError("not a finite number")
    elif isinstance(value, dict):
        return 1 + sum(_plain(key) + _plain(held, depth + 1) for key, held in value.items())
    elif isinstance(value, list):
        return 1 + sum(_plain(held, depth + 1) for held in value)
    return 1


def _few_and_plain(details: dict[str, Any]) -> dict[str, Any]:
    if _plain(details) > MOST_DETAILS:
        raise ValueError(f"more than {MOST_DETAILS} values")
    return details


def _not_a_flag(value: object) -> object:
    """JSON's true is no number, though it is one to Python."""
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


Word = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_without_nul)]
# What customers type: as long as a message may be.
Line = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_without_nul)]
MaybeEmpty = Annotated[str, Field(max_length=1000), AfterValidator(_without_nul)]
References = Annotated[tuple[Line, ...], Field(max_length=20)]
Period = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Details = Annotated[dict[str, Any], AfterValidator(_few_and_plain)]
Fen = Annotated[StrictInt, Field(gt=0, le=LARGEST_BIGINT)]
# In a path or a query a number comes as text, so these are not strict.
RowId = Annotated[int, BeforeValidator(_not_a_flag), Field(ge=0, le=LARGEST_BIGINT)]
