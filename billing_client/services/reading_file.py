"""A file of readings, row by row: CSV (UTF-8 or GB 18030) or the first sheet of an Excel file.

The heading names the columns in any order: 户号, 读数, 抄表日期, and where wanted 表号, 来源,
复核. A row that cannot be read is a ``Fault`` with its line and what is wrong, never skipped.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from billing_client.domain.reading import Source

EXCEL = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
LARGEST_READING_M3 = 10**9
LITRES_A_M3 = 1_000
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "account_no": ("户号", "用户号", "客户编号", "account_no"),
    "meter_no": ("表号", "水表编号", "meter_no"),
    "reading": ("读数", "本期读数", "止码", "本期止码", "reading"),
    "read_on": ("抄表日期", "日期", "抄表日", "read_on"),
    "source": ("来源", "抄表方式", "source"),
    "checked": ("复核", "checked"),
}
NEEDED = ("account_no", "reading", "read_on")
SOURCES: Mapping[str, Source] = {
    "": Source.MANUAL,
    "人工": Source.MANUAL,
    "抄表": Source.MANUAL,
    "manual": Source.MANUAL,
    "远传": Source.REMOTE,
    "remote": Source.REMOTE,
    "自报": Source.CUSTOMER,
    "customer": Source.CUSTOMER,
    "估抄": Source.ESTIMATE,
    "估算": Source.ESTIMATE,
    "estimate": Source.ESTIMATE,
}
YES = frozenset({"是", "1", "y", "yes", "true", "已复核"})


class BadFile(ValueError):
    """The file as a whole cannot be read. ``code``: empty, no_heading:<列>, encoding, excel."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Fault:
    """``code`` names what is wrong, ``value`` is what stands there."""

    line: int
    code: str
    value: str = ""
    account_no: str = ""


@dataclass(frozen=True)
class FileRow:
    line: int
    account_no: str
    meter_no: str | None
    read_on: date
    shown_l: int
    source: Source
    checked: bool


def rows(path: Path) -> Iterator[FileRow | Fault]:
    """Every row that is not empty. Raises BadFile before the first one."""
    lines = iter(_excel(path) if path.suffix.lower() in EXCEL else _csv(path))
    heading = next(lines, None)
    if heading is None:
        raise BadFile("empty")
    places = _places([_plain(cell) for cell in heading])
    return (
        understood(line, cells, places)
        for line, cells in enumerate(lines, start=2)
        if any(_plain(cell) for cell in cells)
    )


def _csv(path: Path) -> Iterator[list[str]]:
    with path.open(encoding=_encoding(path), newline="") as file:
        yield from csv.reader(file)


def _encoding(path: Path) -> str:
    """Spreadsheets on Chinese Windows save CSV in GB 18030 unless told otherwise."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding) as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadFile("encoding")


def _excel(path: Path) -> Iterable[list[Any]]:
    try:
        workbook = CalamineWorkbook.from_path(path)
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # the reader's own errors have no common base
        raise BadFile("excel", str(error)) from error


def _places(heading: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for column, names in HEADINGS.items():
        found = [place for place, name in enumerate(heading) if name in names]
        if found:
            places[column] = found[0]
    for column in NEEDED:
        if column not in places:
            raise BadFile("no_heading", HEADINGS[column][0])
    return places


def understood(line: int, cells: list[Any], places: Mapping[str, int]) -> FileRow | Fault:
    """One row; ``places`` says in which cell each column stands."""

    def cell(column: str) -> Any:
        place = places.get(column)
        return cells[place] if place is not None and place < len(cells) else ""

    account_no = _plain(cell("account_no"))
    if not account_no:
        return Fault(line, "no_account")
    litres = _litres(cell("reading"))
    if litres is None:
        return Fault(line, "bad_reading", _plain(cell("reading")), account_no)
    read_on = _date(cell("read_on"))
    if read_on is None:
        return Fault(line, "bad_date", _plain(cell("read_on")), account_no)
    source = SOURCES.get(_plain(cell("source")).lower())
    if source is None:
        return Fault(line, "bad_source", _plain(cell("source")), account_no)
    meter_no = _plain(cell("meter_no")) or None
    checked = _plain(cell("checked")).lower() in YES
    return FileRow(line, account_no, meter_no, read_on, litres, source, checked)


def _plain(cell: Any) -> str:
    """Full-width digits become plain; a number of a spreadsheet loses its '.0'."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


def _litres(cell: Any) -> int | None:
    """Whole litres, at most three decimals of a cubic metre."""
    try:
        cubic_metres = Decimal(_plain(cell).replace(",", ""))
    except InvalidOperation:
        return None
    if not cubic_metres.is_finite() or not 0 <= cubic_metres < LARGEST_READING_M3:
        return None
    litres = cubic_metres * LITRES_A_M3
    return int(litres) if litres == litres.to_integral_value() else None


def _date(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _plain(cell).split(" ")[0]
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a business day
        except ValueError:
            continue
    return None
