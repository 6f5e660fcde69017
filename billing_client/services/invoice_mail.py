"""Issued invoices by mail, for customers who left an address.

Sent, then recorded: a process that dies in between sends it again, with the same Message-ID,
which mail programs show once.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import structlog
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.invoice import InvoiceState, Kind
from billing_client.services import mail
from billing_client.services.invoice_issuing import InvoiceIssuing
from billing_client.store.tables import invoice

log = structlog.get_logger(__name__)

MAILS_A_ROUND = 20
RETRY_AFTER = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=2)
WORDS = Path(__file__).with_name("mail_templates.json")


async def send_waiting(
    engine: AsyncEngine, issuing: InvoiceIssuing, settings: mail.MailSettings | None = None
) -> int:
    """Mail what waits; how many were sent. Nothing without a mail server."""
    settings = settings or mail.settings_from()
    if settings is None:
        return 0
    sent = 0
    for row in await _claim(engine):
        pdf = await issuing.pdf(row["request_no"])
        if pdf is None:
            continue
        try:
            await asyncio.to_thread(mail.send, settings, message(row, pdf, settings.sender))
        except mail.MailNotSent as failed:
            log.warning("invoice.not_mailed", request_no=row["request_no"], error=str(failed))
            continue
        sent += 1
        async with engine.begin() as connection:
            await connection.execute(
                update(invoice)
                .where(invoice.c.request_no == row["request_no"])
                .values(emailed_at=func.now(), next_try_at=None)
            )
    return sent


async def _claim(engine: AsyncEngine) -> list[RowMapping]:
    """Issued ones not mailed yet, put off so that nobody else mails them at the same time."""
    now = datetime.now(UTC)
    waiting = (
        select(invoice.c.request_no)
        .where(
            invoice.c.state == InvoiceState.ISSUED,
            invoice.c.kind == Kind.BLUE,
            invoice.c.email.is_not(None),
            invoice.c.emailed_at.is_(None),
            invoice.c.issued_at > now - GIVEN_UP_AFTER,
            (invoice.c.next_try_at.is_(None)) | (invoice.c.next_try_at <= now),
        )
        .limit(MAILS_A_ROUND)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(invoice)
        .where(invoice.c.request_no.in_(waiting.scalar_subquery()))
        .values(next_try_at=now + RETRY_AFTER)
        .returning(invoice)
    )
    async with engine.begin() as connection:
        return list((await connection.execute(claimed)).mappings())


def message(row: RowMapping, pdf: bytes, sender: str) -> EmailMessage:
    """The mail with the invoice attached."""
    words = _words()
    blanks = {
        "account_tail": row["account_no"][-4:],
        "first": row["periods"][0],
        "last": row["periods"][-1],
        "invoice_no": row["invoice_no"],
        "yuan": f"{row['total_fen'] // 100}.{row['total_fen'] % 100:02d}",
    }
    made = EmailMessage()
    made["From"], made["To"] = sender, row["email"]
    made["Subject"] = words["invoice_subject"].format(**blanks)
    made["Message-ID"] = f"<{row['request_no']}@{sender.rpartition('@')[2] or 'xiaoshui'}>"
    made.set_content(words["invoice_text"].format(**blanks))
    made.add_attachment(
        pdf, maintype="application", subtype="pdf", filename=f"{row['invoice_no']}.pdf"
    )
    return made


@cache
def _words() -> dict[str, str]:
    return json.loads(WORDS.read_text(encoding="utf-8"))
