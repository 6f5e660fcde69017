"""Faults of a provider, armed one by one: what goes wrong is chosen, never left to chance."""

from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.simulator.store import fault


class Fault(StrEnum):
    """``*_NOTICE`` befall the next notice, the others the next call of the merchant."""

    TWICE = "twice_notice"  # sent twice, each time signed anew
    LATE = "late_notice"  # sent after LATE_SECONDS
    OUT_OF_ORDER = "out_of_order_notice"  # held back until the next one was sent
    DROPPED = "dropped_notice"  # never sent
    TAMPERED = "tampered_notice"  # changed after it was signed
    OTHER_AMOUNT = "other_amount_notice"  # rightly signed, one fen more than the order
    OTHER_SERIAL = "other_serial_notice"  # signed by a key nobody knows
    PROBE = "probe_notice"  # a broken signature, to see whether the merchant verifies
    REPLAYED = "replayed_notice"  # the very bytes a second time
    SERVER_ERROR = "server_error"  # 500, nothing was done
    SLOW = "slow"  # answers after SLOW_SECONDS
    TIMEOUT_AFTER_COMMIT = "timeout_after_commit"  # done, and then no answer
    SUCCESS_AFTER_CLOSE = "success_after_close"  # closed, and paid all the same


LATE_SECONDS = 2.0
SLOW_SECONDS = 1.0
NOTICE_FAULTS = tuple(knob for knob in Fault if knob.value.endswith("_notice"))


async def arm(connection: AsyncConnection, simulator: str, knob: Fault, times: int = 1) -> None:
    """Let ``knob`` befall the next ``times`` occasions; 0 disarms it."""
    values: dict[str, Any] = {"simulator": simulator, "knob": knob, "times": times}
    armed = insert(fault).values(values)
    await connection.execute(
        armed.on_conflict_do_update(index_elements=["simulator", "knob"], set_={"times": times})
    )


async def strikes(connection: AsyncConnection, simulator: str, knob: Fault) -> bool:
    """Whether the fault befalls this occasion; it is used up by asking."""
    used = (
        update(fault)
        .where(fault.c.simulator == simulator, fault.c.knob == knob, fault.c.times > 0)
        .values(times=fault.c.times - 1)
        .returning(fault.c.times)
    )
    return await connection.scalar(used) is not None


async def next_of_notice(connection: AsyncConnection, simulator: str) -> Fault | None:
    """The notice fault that is armed, used up by asking."""
    for knob in NOTICE_FAULTS:
        if await strikes(connection, simulator, knob):
            return knob
    return None


async def armed(connection: AsyncConnection, simulator: str) -> dict[str, int]:
    asked = select(fault.c.knob, fault.c.times).where(
        fault.c.simulator == simulator, fault.c.times > 0
    )
    return {row.knob: row.times for row in await connection.execute(asked)}


async def disarm_all(connection: AsyncConnection, simulator: str) -> None:
    await connection.execute(delete(fault).where(fault.c.simulator == simulator))
