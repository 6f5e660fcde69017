"""Pages of a list: ``limit`` and ``after`` in, ``items`` and ``next`` out.

The cursor is the place of the last item, not a number of items, so that what is added
meanwhile neither repeats nor skips anything.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from billing_client.http.api.problems import Problem
from billing_client.http.api.reading import AFTER, LIMIT, checked

USUAL_LIMIT, LARGEST_LIMIT = 50, 200
LONGEST_CURSOR = 200
# As the OpenAPI document has them.
PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": LIMIT,
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT,
                   "default": USUAL_LIMIT},
    },
    {
        "name": AFTER,
        "in": "query",
        "description": "The next of the page before",
        "schema": {"type": "string", "maxLength": LONGEST_CURSOR},
    },
)  # fmt: skip


def page_of(items: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page whose items are an array of this schema."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": items, "next": {"type": ["string", "null"]}},
    }


class Wanted(BaseModel):
    model_config = ConfigDict(frozen=True)

    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT)] = USUAL_LIMIT
    after: Annotated[str, Field(max_length=LONGEST_CURSOR)] | None = None


def wanted(query: Mapping[str, str]) -> Wanted:
    return checked(Wanted, {name: query[name] for name in (LIMIT, AFTER) if name in query})


def slice_of(items: Sequence[Any], key: str, page: Wanted) -> tuple[Sequence[Any], str | None]:
    """A page of a short list, told apart by the field ``key``, and the cursor of the next one."""
    start = 0
    if page.after is not None:
        places = {cursor(getattr(item, key)): place for place, item in enumerate(items)}
        if page.after not in places:
            raise Problem("bad_cursor")
        start = places[page.after] + 1
    shown = items[start : start + page.limit]
    more = start + page.limit < len(items)
    return shown, cursor(getattr(shown[-1], key)) if more else None


def cursor(place: object) -> str:
    return urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Any:
    """What ``cursor`` was given. Raises Problem."""
    try:
        return json.loads(urlsafe_b64decode(text.encode("ascii") + b"=="))
    except (ValueError, binascii.Error, RecursionError):
        raise Problem("bad_cursor") from None
