"""What customers lately said to the bot, and whether it asked them to say it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

NOT_UNDERSTOOD = ("utter_please_rephrase", "utter_did_not_understand", "utter_clarify")
"""Responses that tell customers so; see domain.yml."""

# for_staff: said to a person, who understood.
_QUERY = """
SELECT said.said,
       EXISTS (SELECT 1 FROM channels.outbox answer
               WHERE answer.conversation_id = said.conversation_id
                 AND answer.answers_seq = said.seq AND answer.reply ->> 'text' = ANY(%(asked)s))
FROM channels.inbox said
WHERE said.kind IN ('text', 'voice') AND said.state IN ('answered', 'apologised')
  AND said.received_at >= %(since)s
ORDER BY said.received_at
"""


@dataclass(frozen=True)
class Heard:
    """``misunderstood``: the bot answered that it had not understood."""

    text: str
    misunderstood: bool


def since(database_url: str, moment: datetime, asked_again: Sequence[str]) -> list[Heard]:
    """Texts from ``moment`` on; ``asked_again`` are the words of the NOT_UNDERSTOOD responses."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_QUERY, {"since": moment, "asked": list(asked_again)})
        return [Heard(text, misunderstood) for text, misunderstood in rows if text.strip()]
