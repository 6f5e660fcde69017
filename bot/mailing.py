"""Notices by mail, the last way to reach a customer."""

import asyncio
import json
from email.message import EmailMessage
from functools import cache

from billing_client.services import mail
from billing_client.services.invoice_mail import WORDS
from billing_client.views import NoticeView

CHANNEL = "email"


async def send(notice: NoticeView, text: str) -> None:
    """Raises ``MailNotSent``; a repeat carries the same Message-ID, which is shown once."""
    settings = mail.settings_from()
    if settings is None or notice.channel_user is None:
        raise mail.MailNotSent("no mail server, or no address")
    await asyncio.to_thread(mail.send, settings, message(notice, text, settings.sender))


def message(notice: NoticeView, text: str, sender: str) -> EmailMessage:
    words = _words()
    made = EmailMessage()
    made["From"], made["To"] = sender, notice.channel_user
    made["Subject"] = words["notice_subject"].format(account_tail=(notice.account_no or "")[-4:])
    made["Message-ID"] = f"<notice-{notice.notice_id}@{sender.rpartition('@')[2] or 'xiaoshui'}>"
    made.set_content(words["notice_text"].format(text=text))
    return made


@cache
def _words() -> dict[str, str]:
    return json.loads(WORDS.read_text(encoding="utf-8"))
