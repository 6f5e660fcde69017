"""Understand one text outside a conversation, in a flat and stable form."""

import time
from datetime import datetime
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage


async def parse(agent: Agent, text: str, now: datetime | None = None) -> dict[str, Any]:
    """Intent, confidence and entities of ``text``, and how long it took in milliseconds.

    ``now`` is the business time relative dates are counted from; the clock when None.
    Also holds ``faq_topic``, ``second_intent`` and ``intent_ranking`` as the pipeline
    gave them.
    """
    if agent.processor is None:
        raise ValueError("the agent has no model loaded")
    metadata = {"now": now.isoformat()} if now else {}
    started = time.perf_counter()
    found = await agent.processor.parse_message(UserMessage(text, metadata=metadata))
    spent = (time.perf_counter() - started) * 1000
    return {
        "text": text,
        "intent": found["intent"]["name"],
        "confidence": float(found["intent"]["confidence"]),
        "entities": [
            {key: entity[key] for key in ("entity", "value", "start", "end")}
            for entity in found["entities"]
        ],
        "faq_topic": found.get("faq_topic"),
        "second_intent": found.get("second_intent"),
        "intent_ranking": found.get("intent_ranking", []),
        "ms": round(spent, 2),
    }
