"""Files of direct debit (代扣送盘、回盘): GBK text, a record a line, fields by ``|``, money in fen.

Banks differ in columns and codes; this form is the plain one of their city branches, and the
codes are a table. A file is taken only when count and sum agree with its rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

SEPARATOR = "|"
ENCODING = "gb18030"  # reads GBK, and writes the names that GBK lacks
PAID = "paid"
# What a bank's code means; what is not here is a failure under its own code.
CODES: Mapping[str, str] = {
    "0000": PAID,
    "1001": "NOTENOUGH",
    "1002": "ACCOUNT_CLOSED",
    "1003": "NAME_MISMATCH",
    "1004": "CONTRACT_ENDED",
    "1005": "LIMIT",
}


class FileRefused(ValueError):
    """A file that cannot be taken, with a sentence for staff."""


@dataclass(frozen=True)
class DebitRow:
    row_no: int
    bank_account: str
    holder: str
    amount_fen: int
    account_no: str


@dataclass(frozen=True)
class ReturnRow:
    row_no: int
    account_no: str
    amount_fen: int
    code: str
    bank_seq: str

    @property
    def is_paid(self) -> bool:
        return CODES.get(self.code) == PAID

    @property
    def failure(self) -> str:
        return CODES.get(self.code, f"BANK_{self.code}")


@dataclass(frozen=True)
class ReturnFile:
    batch_no: str
    rows: tuple[ReturnRow, ...]


def write_batch(org_no: str, batch_no: str, day: date, rows: Iterable[DebitRow]) -> bytes:
    """Header H, details D, trailer T. Raises ``FileRefused`` for a field that breaks the form."""
    kept = list(rows)
    total_fen = sum(row.amount_fen for row in kept)
    lines = [_line("H", org_no, batch_no, f"{day:%Y%m%d}", len(kept), total_fen)]
    lines += [
        _line("D", row.row_no, row.bank_account, row.holder, row.amount_fen, row.account_no, "水费")
        for row in kept
    ]
    lines.append(_line("T", len(kept), total_fen))
    return ("\r\n".join(lines) + "\r\n").encode(ENCODING)


def _line(*fields: object) -> str:
    words = [str(field) for field in fields]
    if any(SEPARATOR in word or not word.isprintable() for word in words):
        raise FileRefused("户名或账号里有不能写进送盘文件的字符。")
    return SEPARATOR.join(words)


def read_return(content: bytes) -> ReturnFile:
    """``H|batch|count|paid count|paid sum`` and ``D|row|account|fen|code|bank's number``."""
    try:
        lines = [line for line in content.decode(ENCODING).splitlines() if line.strip()]
        header = lines[0].split(SEPARATOR)
        details = [line.split(SEPARATOR) for line in lines[1:] if not line.startswith("T|")]
        batch_no, counts = header[1], [int(field) for field in header[2:5]]
        rows = tuple(_return_row(fields) for fields in details)
    except (IndexError, ValueError) as error:
        raise FileRefused(f"回盘文件读不懂：{error}") from error
    if header[0] != "H" or any(fields[0] != "D" for fields in details):
        raise FileRefused("回盘文件的记录类型不对。")
    paid = [row.amount_fen for row in rows if row.is_paid]
    if counts != [len(rows), len(paid), sum(paid)]:
        raise FileRefused("回盘文件的笔数或金额与明细不一致，没有入账。")
    if len({row.row_no for row in rows}) != len(rows):
        raise FileRefused("回盘文件里有重复的序号，没有入账。")
    return ReturnFile(batch_no, rows)


def _return_row(fields: list[str]) -> ReturnRow:
    _, row_no, account_no, fen, code, bank_seq = fields[:6]
    return ReturnRow(int(row_no), account_no.strip(), int(fen), code.strip(), bank_seq.strip())
