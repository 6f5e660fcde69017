"""What a turn's first look at the caller found, so that what it reads needs no second one.

A turn asks who the caller is when it begins; each reading after it would ask the same
again, a third of all questions to the database. What changes something always asks anew,
and so does whoever names no turn.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing_client.services.identity import Known
from billing_client.views import Caller

TURNS_KEPT = 256
SECONDS_KEPT = 10.0  # longer than any turn lasts

_Turn = tuple[str, str, str]


@dataclass(frozen=True)
class _Look:
    known: Known
    now: datetime
    at: float


class FirstLooks:
    """Of the turns in progress in this process."""

    def __init__(self) -> None:
        self._looks: OrderedDict[_Turn, _Look] = OrderedDict()

    def keep(self, caller: Caller, known: Known, now: datetime) -> None:
        if turn := _turn_of(caller):
            self._looks[turn] = _Look(known, now, time.monotonic())
            while len(self._looks) > TURNS_KEPT:
                self._looks.popitem(last=False)

    def of(self, caller: Caller) -> tuple[Known, datetime] | None:
        """What is known, and the moment it is now; None when the caller must be asked about."""
        turn = _turn_of(caller)
        look = self._looks.get(turn) if turn else None
        passed = time.monotonic() - look.at if look else 0.0
        if look is None or passed > SECONDS_KEPT:
            return None
        return look.known, look.now + timedelta(seconds=passed)

    def forget(self, caller: Caller) -> None:
        """Something of the caller's changes."""
        if turn := _turn_of(caller):
            self._looks.pop(turn, None)


def _turn_of(caller: Caller) -> _Turn | None:
    if caller.turn is None or caller.staff is not None:
        return None
    return caller.channel, caller.channel_user, caller.turn
