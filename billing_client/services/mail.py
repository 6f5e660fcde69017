"""Mail by SMTP over TLS, when the utility has set it up. Blocking: call it in a thread."""

import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

TIMEOUT_SECONDS = 20
PORTS = {"starttls": 587, "tls": 465}  # RFC 8314


@dataclass(frozen=True)
class MailSettings:
    host: str
    port: int
    security: str  # starttls | tls; nothing is ever sent in the clear
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authority_file: str | None = None  # of a mail server with a certificate of its own


class MailNotSent(Exception):
    """The server could not be reached or declined. Try again later."""


def settings_from(environment: Mapping[str, str] = os.environ) -> MailSettings | None:
    """None without SMTP_HOST. Raises ValueError with a sentence for the operator."""
    host = environment.get("SMTP_HOST")
    if not host:
        return None
    security = environment.get("SMTP_SECURITY") or "starttls"
    if security not in PORTS:
        raise ValueError(f"SMTP_SECURITY 应是 starttls 或 tls，现在是「{security}」。")
    sender = environment.get("SMTP_FROM")
    if not sender:
        raise ValueError("设置了 SMTP_HOST，还要设置发件地址 SMTP_FROM。")
    file = environment.get("SMTP_PASSWORD_FILE")
    return MailSettings(
        host=host,
        port=int(environment.get("SMTP_PORT") or PORTS[security]),
        security=security,
        sender=sender,
        user=environment.get("SMTP_USER"),
        password=Path(file).read_text(encoding="utf-8").strip() if file else None,
        authority_file=environment.get("SMTP_CA_FILE"),
    )


def send(settings: MailSettings, message: EmailMessage) -> None:
    """Raises MailNotSent. The certificate of the server is always checked."""
    trust = ssl.create_default_context(cafile=settings.authority_file)
    try:
        with _connection(settings, trust) as server:
            if settings.user and settings.password:
                server.login(settings.user, settings.password)
            server.send_message(message, from_addr=settings.sender)
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(type(error).__name__) from error


def _connection(settings: MailSettings, trust: ssl.SSLContext) -> smtplib.SMTP:
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=trust
        )
    server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    server.starttls(context=trust)
    return server
