"""``GET /exports/bills.csv``: an export over the API, sent as it is read."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.http.api.gate import Gate, require_scope
from billing_client.http.api.problems import Problem
from billing_client.http.api.reading import checked
from billing_client.services import export_files, export_run, exports
from billing_client.services.exports import Export
from billing_client.wire.words import Period

SCOPE = "exports:read"
PATH = "/exports/{what}.{form}"
CHUNK_BYTES = 256 * 1024
AT_ONCE = 2  # of a gateway: an export reads whole tables


class Months(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Annotated[Period | None, Field(description="first month")] = None
    last: Period | None = None


class Exporting:
    def __init__(self, engine: AsyncEngine, gate: Gate) -> None:
        self._engine = engine
        self._gate = gate
        self._free = asyncio.Semaphore(AT_ONCE)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        key = await self._gate.key(request)
        require_scope(key, SCOPE)
        export = exports.EXPORTS.get(request.match_info["what"])
        form = request.match_info["form"]
        if export is None or form not in export_files.WRITERS:
            raise Problem("not_found")
        months = checked(Months, dict(request.query))
        async with self._free:
            if form == "csv":
                return await self._csv(request, export, months)
            return await self._file(request, export, months, form)

    async def _csv(
        self, request: web.Request, export: Export, months: Months
    ) -> web.StreamResponse:
        batches = exports.batches(self._engine, export, months.first, months.last)
        # The first rows before the head of the answer, so that what fails is still a problem.
        try:
            begun = await anext(batches)
        except StopAsyncIteration:
            begun = ()
        response = web.StreamResponse(headers=_headers(export, "csv"))
        await response.prepare(request)
        await response.write(export_files.csv_heading(export))
        await response.write(export_files.csv_rows(export, begun))
        async for batch in batches:
            await response.write(export_files.csv_rows(export, batch))
        await response.write_eof()
        return response

    async def _file(
        self, request: web.Request, export: Export, months: Months, form: str
    ) -> web.StreamResponse:
        """An Excel file is a zip, whose directory comes last: it is written first, then sent."""
        with tempfile.TemporaryDirectory(prefix="xiaoshui-export-") as folder:
            path = Path(folder) / f"{export.name}.{form}"
            await export_run.write(self._engine, export, path, months.first, months.last)
            response = web.StreamResponse(headers=_headers(export, form))
            await response.prepare(request)
            with path.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                    await response.write(chunk)
            await response.write_eof()
            return response


def _headers(export: Export, form: str) -> dict[str, str]:
    media = export_files.MEDIA[form]
    return {
        "Content-Type": f"{media}; charset=utf-8" if form == "csv" else media,
        "Content-Disposition": f'attachment; filename="{export.name}.{form}"',
        "Cache-Control": "no-store",
    }
