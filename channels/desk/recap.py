"""Why a conversation came to the desk and what the bot knew, from the dialogue's stored state.

The state is the JSON that the bot's tracker store keeps; what is missing or strange in it is
left out, for a recap is a help and never a reason to fail.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.database import Pool
from channels.desk.labels import labels
from channels.desk.wording import month, yuan

STATE = "SELECT state FROM channels.tracker WHERE conversation_id = %s"
FLOW_STACK = "flow_stack"
ASKED_FOR_A_PERSON = "human_agent"  # an intent that says nothing more than the reason does


@dataclass(frozen=True)
class Recap:
    """``flows``: titles of the tasks in progress, the running one last.

    ``known``: what and its value.
    """

    said: str = ""
    intent: str = ""
    flows: tuple[str, ...] = ()
    known: tuple[tuple[str, str], ...] = ()


async def read(pool: Pool, conversation_id: str, flow_titles: Mapping[str, str]) -> Recap:
    async with pool.connection() as connection:
        row = await (await connection.execute(STATE, (conversation_id,))).fetchone()
    return recap_of(bytes(row[0]), flow_titles) if row else Recap()


def recap_of(state: bytes, flow_titles: Mapping[str, str]) -> Recap:
    """``flow_titles``: what each flow is called; an intent is mostly named like its flow."""
    try:
        kept = json.loads(state)
    except ValueError:
        return Recap()
    slots = kept.get("slots") or {}
    intent = kept.get("intent") or ""
    return Recap(
        said=kept.get("said") or "",
        intent="" if intent == ASKED_FOR_A_PERSON else flow_titles.get(intent, intent),
        flows=tuple(flow_titles.get(flow, flow) for flow in _running(slots)),
        known=tuple(_known(slots)),
    )


def _running(slots: Mapping[str, Any]) -> list[str]:
    stack = slots.get(FLOW_STACK)
    frames = stack.get("frames") if isinstance(stack, dict) else None
    return [str(frame["flow"]) for frame in frames or () if "flow" in frame]


def _known(slots: Mapping[str, Any]) -> list[tuple[str, str]]:
    titles = labels()["slots"]
    return [
        (titles[name], shown)
        for name in titles
        if name in slots and (shown := _in_words(name, slots[name]))
    ]


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, dict):  # a period: first and last month
        first, last = value.get("first"), value.get("last")
        months = dict.fromkeys(str(one) for one in (first, last) if one)
        return "至".join(month(one) for one in months)
    if isinstance(value, int) and not isinstance(value, bool) and name in ("amount", "pay_fen"):
        return f"{yuan(value)} 元"
    words = labels()["values"].get(name, {})
    return str(words.get(str(value), value)) if value not in (None, "", []) else ""
