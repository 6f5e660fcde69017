"""Files of exports: nothing in them runs, full sheets go on, memory stays where it was."""

import csv
import io
import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from billing_client.services.export_files import (
    FORMULA_BEGINS,
    XlsxFile,
    csv_heading,
    csv_rows,
    defused,
    shown,
)
from billing_client.services.exports import Column, Export, Kind

EXPORT = Export(
    "test", "测试", (Column("名"), Column("金额", Kind.FEN), Column("日", Kind.DAY)), "金额", ""
)
ROW = ("王明", 12345, date(2026, 10, 31))


@given(st.text(max_size=30))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not defused(text).startswith(FORMULA_BEGINS)
    assert defused(text).removeprefix("'") == text.removeprefix("'")


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(-(10**15), 10**15)), max_size=5))
def test_csv_gives_back_what_was_written(rows: list[tuple[str, int]]) -> None:
    content = csv_heading(EXPORT) + csv_rows(EXPORT, [(*row, ROW[2]) for row in rows])
    heading, *read = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert heading == ["名", "金额", "日"]
    expected = [[defused(name), str(Decimal(fen) / 100), "2026-10-31"] for name, fen in rows]
    assert [[row[0], str(Decimal(row[1])), row[2]] for row in read] == [
        [name, str(Decimal(money).quantize(Decimal("0.01"))), day] for name, money, day in expected
    ]


@pytest.mark.parametrize(("fen", "yuan"), [(0, "0.00"), (1, "0.01"), (-105, "-1.05")])
def test_fen_are_yuan_exactly(fen: int, yuan: str) -> None:
    assert str(shown(fen, Kind.FEN)) == yuan


def test_a_full_sheet_is_followed_by_another(tmp_path: Path) -> None:
    path = tmp_path / "sheets.xlsx"
    file = XlsxFile(path, EXPORT, rows_a_sheet=3)
    file.write([ROW] * 5)
    file.close()
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["测试", "测试 2", "测试 3"]
    rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in rows] == [3, 3, 2]
    assert rows[2][1] == ["王明", 123.45, date(2026, 10, 31)]


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    peaks = [_peak_of(tmp_path / f"{batches}.xlsx", batches) for batches in (2, 12)]
    assert peaks[1] - peaks[0] < 200_000


def _peak_of(path: Path, batches: int) -> int:
    """Bytes at the highest point of writing so many batches of 500 rows."""
    tracemalloc.start()
    file = XlsxFile(path, EXPORT)
    for number in range(batches):
        file.write([(f"户{number}-{row}", row, ROW[2]) for row in range(500)])
    peak = tracemalloc.get_traced_memory()[1]
    file.close()
    tracemalloc.stop()
    return peak
