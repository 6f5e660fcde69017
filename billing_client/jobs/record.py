"""What became of the jobs: the last run of each that ended well, and the last that failed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.clock import SHANGHAI


@dataclass(frozen=True)
class Record:
    name: str
    running: bool
    succeeded_at: datetime | None
    failed_at: datetime | None


_RECORDS = text("""
SELECT task_name, bool_or(status = 'doing') AS running,
       max(at) FILTER (WHERE type = 'succeeded') AS succeeded_at,
       max(at) FILTER (WHERE type IN ('failed', 'deferred_for_retry')) AS failed_at
  FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON event.job_id = job.id
 WHERE queue_name = 'billing'
 GROUP BY task_name
""")


async def records(connection: AsyncConnection) -> dict[str, Record]:
    """By name; a job that never ran, or ran longer ago than rows are kept, has none."""
    rows = await connection.execute(_RECORDS)
    return {
        row.task_name: Record(
            row.task_name, row.running, _local(row.succeeded_at), _local(row.failed_at)
        )
        for row in rows
    }


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(SHANGHAI)
