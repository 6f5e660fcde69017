"""Invoices by mail: over TLS to a server whose certificate is checked, once, with the PDF."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from billing_client.services import invoice_mail
from billing_client.services.mail import MailSettings, settings_from
from tests.integration.papers.conftest import Office


class MailServer:
    """Speaks as much SMTP over TLS as smtplib asks, and keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "mail.pem"
        self.mails: list[bytes] = []
        _certificate(self.certificate)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            plain, _ = self._socket.accept()
            try:
                with self._context.wrap_socket(plain, server_side=True) as line:
                    self._talk(line)
            except (ssl.SSLError, OSError):
                continue

    def _talk(self, line: ssl.SSLSocket) -> None:
        stream = line.makefile("rwb")

        def say(text: str) -> None:
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 mail")
        for said in stream:
            if said.upper().startswith(b"DATA"):
                say("354 go on")
                self.mails.append(b"".join(iter(stream.readline, b".\r\n")))
            say("221 bye" if said.upper().startswith(b"QUIT") else "250 ok")

    def settings(self, authority: Path | None) -> MailSettings:
        file = str(authority) if authority else None
        return MailSettings(
            "127.0.0.1", self.port, "tls", "piao@water.example", authority_file=file
        )


def _certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


async def test_it_is_mailed_once_with_the_pdf(office: Office, tmp_path: Path) -> None:
    request_no = await office.ask(
        await office.paid_bill(), title_kind="personal", email="wang@example.com"
    )
    await office.sweep()
    server = MailServer(tmp_path)
    engine, trusted = office.utility.engine, server.settings(server.certificate)
    assert await invoice_mail.send_waiting(engine, office.issuing, trusted) == 1
    assert await invoice_mail.send_waiting(engine, office.issuing, trusted) == 0
    (mail,) = (message_from_bytes(it, policy=policy.default) for it in server.mails)
    (file,) = mail.iter_attachments()
    row = await office.row(request_no)
    assert (mail["To"], file.get_filename()) == ("wang@example.com", f"{row.invoice_no}.pdf")
    assert file.get_content().startswith(b"%PDF")
    assert row.emailed_at is not None


async def test_a_server_that_nobody_vouches_for_gets_nothing(
    office: Office, tmp_path: Path
) -> None:
    request_no = await office.ask(
        await office.paid_bill(), title_kind="personal", email="wang@example.com"
    )
    await office.sweep()
    server = MailServer(tmp_path)
    engine = office.utility.engine
    assert await invoice_mail.send_waiting(engine, office.issuing, server.settings(None)) == 0
    assert server.mails == []
    assert (await office.row(request_no)).emailed_at is None


def test_mail_is_set_up_by_the_environment(tmp_path: Path) -> None:
    assert settings_from({}) is None
    with pytest.raises(ValueError, match="SMTP_FROM"):
        settings_from({"SMTP_HOST": "mail.example"})
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    made = settings_from(
        {
            "SMTP_HOST": "mail.example",
            "SMTP_FROM": "piao@water.example",
            "SMTP_USER": "piao",
            "SMTP_PASSWORD_FILE": str(secret),
        }
    )
    assert made is not None
    assert (made.port, made.password) == (587, "geheim")
    assert "geheim" not in repr(made)
