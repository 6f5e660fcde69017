"""What Aliyun pushes to us, read strictly: replies (SmsUp) and receipts (SmsReport).

help.aliyun.com, 短信服务 › 接收回执消息 (HTTP批量推送): a JSON array; older accounts send
numbers where newer ones send strings.
"""

import json
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from channels.plain_text import plain
from channels.sms.port import Receipt
from channels.sms.reading import phone_of

MOST_ENTRIES = 1000
Entry = TypeVar("Entry", bound=BaseModel)


class NotUnderstood(ValueError):
    """No array of the provider's."""


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[!-~]{1,100}$")]
Short = Annotated[str, BeforeValidator(_as_text), Field(max_length=100), AfterValidator(plain)]


class Up(BaseModel):
    phone_number: Id
    content: Annotated[str, Field(max_length=5000)]
    sequence_id: Id
    dest_code: Short = ""


class Report(BaseModel):
    phone_number: Id
    success: bool
    biz_id: Id
    err_code: Short = ""
    out_id: Short | None = None

    def receipt(self) -> Receipt:
        phone = phone_of(self.phone_number) or self.phone_number
        return Receipt(self.biz_id, phone, self.success, self.err_code, self.out_id or None)


def ups(body: bytes) -> tuple[list[Up], int]:
    """The replies, and how many entries were none. Raises ``NotUnderstood``."""
    return _read(body, Up)


def reports(body: bytes) -> tuple[list[Report], int]:
    """The receipts, and how many entries were none. Raises ``NotUnderstood``."""
    return _read(body, Report)


def _read(body: bytes, kind: type[Entry]) -> tuple[list[Entry], int]:
    entries: Any
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise NotUnderstood("no array")
    read, strange = [], 0
    for entry in entries:
        try:
            read.append(kind.model_validate(entry))
        except (ValidationError, ValueError):
            strange += 1
    return read, strange
