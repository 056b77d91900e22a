"""A real SMTP server with TLS and log-in, and moods."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "county", "synthetic"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


class Postbox:
    """What arrived, and an answer to RCPT and DATA a test may choose."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, bytes]] = []  # recipient, message
        self.to: Callable[[str], str] = lambda address: "250 OK"
        self.data: Callable[[SMTP, str], str] = lambda server, address: "250 OK"
        self.slow = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.to(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.slow)
        (address,) = envelope.rcpt_tos
        answer = self.data(server, address)
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.arrived.append((address, envelope.content))
        return answer

    @property
    def idents(self) -> list[str]:
        return [str(message_from_bytes(data)["Message-ID"]) for _, data in self.arrived]


def log_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    good = isinstance(given, LoginPassword) and (
        given.login == USER.encode() and given.password == PASSWORD.encode()
    )
    return AuthResult(success=good, handled=good)


def start(postbox: Postbox, public: Path, private: Path) -> Controller:
    """A server on a free port of localhost that wants STARTTLS and a log-in."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=log_in,
        auth_required=True,
        auth_require_tls=True,
    )
    controller.start()
    return controller


def port_of(controller: Controller) -> int:
    return int(controller.port)
