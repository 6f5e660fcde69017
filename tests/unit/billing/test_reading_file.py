"""Files of readings: every row is either understood or named with what is wrong."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.reading import Source
from billing_client.services.reading_file import BadFile, Fault, FileRow, rows, understood

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/'
    'worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def workbook(path: Path, *lines: tuple[str | float, ...]) -> Path:
    """A small .xlsx by hand: texts as inline strings, numbers as numbers."""

    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    sheet = "".join(f"<row>{''.join(map(cell, line))}</row>" for line in lines)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        target = "xl/workbook.xml"
        archive.writestr("_rels/.rels", RELATIONS.format(kind="officeDocument", target=target))
        archive.writestr(target, WORKBOOK)
        target = "worksheets/sheet1.xml"
        relations = RELATIONS.format(kind="worksheet", target=target)
        archive.writestr("xl/_rels/workbook.xml.rels", relations)
        archive.writestr(
            f"xl/{target}",
            f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        )
    return path


def written(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    path = written(
        tmp_path / "round.csv",
        "抄表日期,户号,读数,来源,复核",
        '2026/11/24,１０００００２４６８,"1,234",远传,',
        ",,,,",
        "20261124,1000001357,12.345,,是",
        encoding=encoding,
    )
    day = date(2026, 11, 24)
    assert list(rows(path)) == [
        FileRow(2, "1000002468", None, day, 1_234_000, Source.REMOTE, False),
        FileRow(4, "1000001357", None, day, 12_345, Source.MANUAL, True),
    ]


def test_excel(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "round.xlsx",
        ("户号", "表号", "读数", "抄表日期"),
        (1000002468, "M1", 12.0, "2026-11-24"),
        ("1000001357", "", "一百", "2026-11-24"),
    )
    assert list(rows(path)) == [
        FileRow(2, "1000002468", "M1", date(2026, 11, 24), 12_000, Source.MANUAL, False),
        Fault(3, "bad_reading", "一百", "1000001357"),
    ]


def test_faults_are_named_with_their_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "round.csv",
        "户号,读数,抄表日期,来源",
        ",5,2026-11-24,",
        "1,,2026-11-24,",
        "2,-5,2026-11-24,",
        "3,1.2345,2026-11-24,",
        "4,5,2026-11-31,",
        "5,5,2026-11-24,听说",
        "6,NaN,2026-11-24,",
    )
    found = [(row.line, row.code) for row in rows(path) if isinstance(row, Fault)]
    assert found == [
        (2, "no_account"), (3, "bad_reading"), (4, "bad_reading"), (5, "bad_reading"),
        (6, "bad_date"), (7, "bad_source"), (8, "bad_reading"),
    ]  # fmt: skip


def test_files_that_are_none(tmp_path: Path) -> None:
    cases = {
        "empty": written(tmp_path / "a.csv"),
        "no_heading": written(tmp_path / "b.csv", "户号,读数"),
        "excel": written(tmp_path / "c.xlsx", "not a workbook"),
    }
    (tmp_path / "d.csv").write_bytes(b"\xff\xff\xff\x81")
    for code, path in (*cases.items(), ("encoding", tmp_path / "d.csv")):
        with pytest.raises(BadFile) as refused:
            rows(path)
        assert refused.value.code == code


@given(st.lists(st.one_of(st.text(), st.floats(), st.integers(), st.dates()), max_size=6))
def test_no_row_is_too_odd_to_be_named(cells: list[object]) -> None:
    places = {"account_no": 0, "reading": 1, "read_on": 2, "source": 3, "checked": 4, "meter_no": 5}
    found = understood(7, cells, places)
    assert found.line == 7
    if isinstance(found, FileRow):
        assert found.shown_l >= 0
        assert found.account_no
