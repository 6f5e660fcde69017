"""Files that a Chinese Excel opens rightly: CSV with a BOM, and XLSX, both written row by row.

A text that begins like a formula would be run by the program that opens the file
(OWASP: CSV injection), so an apostrophe is put before it.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from billing_client.services.exports import Export, Kind
from billing_client.store.clock import SHANGHAI

BOM = "\ufeff"
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_A_SHEET = 1_048_576  # Excel's own limit, the heading included
FEN_A_YUAN, LITRES_A_M3 = Decimal(100), Decimal(1_000)
FORMATS = {
    Kind.FEN: "#,##0.00",
    Kind.LITRES: "#,##0.000",
    Kind.NUMBER: "0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
}


class Writer(Protocol):
    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...
    def close(self) -> None: ...


def defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def shown(value: Any, kind: Kind) -> Any:
    """As it stands in a file: yuan, m³, days and moments of Shanghai, harmless text."""
    if value is None:
        return None
    if kind is Kind.FEN:
        return (Decimal(value) / FEN_A_YUAN).quantize(Decimal("0.01"))
    if kind is Kind.LITRES:
        return (Decimal(value) / LITRES_A_M3).quantize(Decimal("0.001"))
    if kind is Kind.MOMENT:
        return value.astimezone(SHANGHAI).replace(tzinfo=None)  # a cell holds no zone
    return defused(str(value)) if kind is Kind.TEXT else value


def csv_heading(export: Export) -> bytes:
    return (BOM + _csv([[column.title for column in export.columns]])).encode()


def csv_rows(export: Export, rows: Sequence[Sequence[Any]]) -> bytes:
    kinds = [column.kind for column in export.columns]
    return _csv(
        [[_in_csv(shown(value, kind)) for value, kind in zip(row, kinds, strict=True)]
         for row in rows]
    ).encode()  # fmt: skip


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerows(rows)
    return held.getvalue()


def _in_csv(value: Any) -> Any:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


class CsvFile:
    def __init__(self, path: Path, export: Export) -> None:
        self._export = export
        self._file = path.open("wb")
        self._file.write(csv_heading(export))

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._file.write(csv_rows(self._export, rows))

    def close(self) -> None:
        self._file.close()


class XlsxFile:
    """Each row leaves the memory when the next one begins; a full sheet is followed by another."""

    def __init__(self, path: Path, export: Export, *, rows_a_sheet: int = ROWS_A_SHEET) -> None:
        self._export = export
        self._rows_a_sheet = rows_a_sheet
        self._book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
        self._formats: dict[Kind, Format] = {
            kind: self._book.add_format({"num_format": form}) for kind, form in FORMATS.items()
        }
        self._sheets = 0
        self._sheet = self._next_sheet()

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            if self._row == self._rows_a_sheet:
                self._sheet = self._next_sheet()
            for place, (value, column) in enumerate(zip(row, self._export.columns, strict=True)):
                self._cell(place, shown(value, column.kind), column.kind)
            self._row += 1

    def close(self) -> None:
        self._book.close()

    def _next_sheet(self) -> Worksheet:
        self._sheets += 1
        name = self._export.title + (f" {self._sheets}" if self._sheets > 1 else "")
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._export.columns):
            sheet.write_string(0, place, column.title)
        self._row = 1
        return sheet

    def _cell(self, place: int, value: Any, kind: Kind) -> None:
        if value is None:
            return
        if isinstance(value, (date, datetime)):
            self._sheet.write_datetime(self._row, place, value, self._formats[kind])  # pyright: ignore[reportArgumentType]
        elif kind is Kind.TEXT:
            self._sheet.write_string(self._row, place, value)
        else:
            self._sheet.write_number(self._row, place, value, self._formats[kind])


WRITERS = {"csv": CsvFile, "xlsx": XlsxFile}
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
