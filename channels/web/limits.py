"""How fast one visitor, and one network address, may write."""

from dataclasses import dataclass

from billing_client.http.rate import Buckets, Rate

__all__ = ["Buckets", "Limits", "Rate"]

VISITOR = Rate(5, 1)
# An address may be a whole building or carrier, so its bounds are wide.
ADDRESS = Rate(200, 50)
SESSIONS = Rate(100, 5)
PHOTOS = Rate(5, 0.1)


@dataclass(frozen=True)
class Limits:
    visitor: Rate = VISITOR
    address: Rate = ADDRESS
    sessions: Rate = SESSIONS
    photos: Rate = PHOTOS
