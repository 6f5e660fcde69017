"""Customers' text as the database can hold it."""

import re

# Code points that are half of a pair: JSON can carry them (RFC 8259, section 8.2), UTF-8 cannot.
LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def plain(text: str) -> str:
    """Without NUL, which PostgreSQL refuses, and with U+FFFD for what is no character."""
    return LONE_SURROGATE.sub("\ufffd", text.replace("\0", "")).strip()
