"""Writing an export into a file, whole or not at all."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.services import exports
from billing_client.services.export_files import WRITERS, Writer
from billing_client.services.exports import Export, Kind


@dataclass(frozen=True)
class Written:
    """``total`` is the sum of the export's column of that name: fen, or litres."""

    rows: int
    total: int
    kind: Kind


async def write(
    engine: AsyncEngine, export: Export, path: Path, first: str | None, last: str | None
) -> Written:
    """A file of the kind that ``path`` ends in. What is at ``path`` stays until it is done."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    writer: Writer = WRITERS[path.suffix.removeprefix(".")](unfinished, export)
    place = [column.title for column in export.columns].index(export.total)
    rows = total = 0
    try:
        async for batch in exports.batches(engine, export, first, last):
            await asyncio.to_thread(writer.write, batch)
            rows += len(batch)
            total += sum(row[place] for row in batch)
        await asyncio.to_thread(writer.close)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(rows, total, export.columns[place].kind)
