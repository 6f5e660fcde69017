"""What the measured customers say: questions that every side can answer in one turn."""

import re
from pathlib import Path

UTTERANCES = Path(__file__).parents[1] / "dialogue" / "utterances"
READ_ONLY = [
    "check_bill",
    "check_balance",
    "check_usage",
    "check_payment",
    "explain_bill",
    "check_autopay",
    "check_tier",
    "ask_price",
    "check_outage",
    "ask_office",
    "ask_payment_methods",
    "forecast_usage",
    "faq",
    "greet",
    "thanks",
    "help",
]


def texts() -> list[str]:
    """Test utterances of the read-only intents, one intent after the other, marks taken out."""
    columns = [_of(intent) for intent in READ_ONLY]
    longest = max(len(column) for column in columns)
    return [column[row] for row in range(longest) for column in columns if row < len(column)]


def _of(intent: str) -> list[str]:
    lines = (UTTERANCES / f"{intent}.tsv").read_text(encoding="utf-8").splitlines()
    marked = (line.split("\t")[1] for line in lines if "\t" in line)
    return [re.sub(r"\[([^\]]*)\]\([a-z_]+\)", r"\1", text) for text in marked]
