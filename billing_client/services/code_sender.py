"""How a one-time code reaches the phone on file. The sandbox shows it on a pretended phone."""

import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services.notices import ONE_TIME_CODE, write_notice
from billing_client.store.tables import sandbox_sms

TEMPLATES = Path(__file__).with_name("sms_templates.json")


class CodeSender(Protocol):
    """Sends within the transaction that keeps the code, so neither is without the other."""

    async def send(
        self, connection: AsyncConnection, phone: str, code: str, minutes: int, at: datetime
    ) -> None: ...


def _template() -> str:
    return json.loads(TEMPLATES.read_text(encoding="utf-8"))["one_time_code"]


class NoticeCodeSender:
    """By SMS, as a notice: the channel sends it within seconds, and then forgets the code."""

    def __init__(self) -> None:
        self._template = _template().split("】", maxsplit=1)[-1]  # providers put theirs in front

    async def send(
        self, connection: AsyncConnection, phone: str, code: str, minutes: int, at: datetime
    ) -> None:
        text = self._template.format(code=code, minutes=minutes)
        await write_notice(
            connection,
            ONE_TIME_CODE,
            f"{ONE_TIME_CODE}:{uuid.uuid4().hex}",
            payload={"text": text, "code": code, "minutes": minutes},
            channel="sms",
            channel_user=phone,
        )


class SandboxCodeSender:
    """Writes the message where the demo's phone page reads it; nothing leaves the machine."""

    def __init__(self) -> None:
        self._template = _template()

    async def send(
        self, connection: AsyncConnection, phone: str, code: str, minutes: int, at: datetime
    ) -> None:
        text = self._template.format(code=code, minutes=minutes)
        await connection.execute(insert(sandbox_sms).values(phone=phone, text=text, sent_at=at))
