"""A real mail server on this machine that answers as a test tells it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """`answers`: by command, what is answered to the next of them; then all goes well. `letters`: what has come."""

    password: str = "secret"
    answers: Mapping[str, deque[str]] = field(
        default_factory=lambda: {"MAIL": deque(), "RCPT": deque(), "DATA": deque()}
    )
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    peers: list[tuple[str, int]] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)

    def empty(self) -> None:
        """Forget everything."""
        for each in (*self.answers.values(), self.letters, self.envelopes, self.peers, self.secure):
            each.clear()

    def _answer(self, command: str) -> str | None:
        return self.answers[command].popleft() if self.answers[command] else None

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("MAIL")
        if answer == "drop":
            server.transport.abort()
        if answer == "wait":
            await asyncio.sleep(1)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self._answer("DATA")
        if answer not in (None, "drop"):
            return answer
        if answer == "drop":
            server.transport.abort()
        self.letters.append(message_from_bytes(bytes(envelope.original_content or b""), policy=POLICY))
        self.envelopes.append(envelope)
        self.peers.append(session.peer)
        self.secure.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(
            success=isinstance(data, LoginPassword) and data.password == self.password.encode(), handled=False
        )


@contextmanager
def mail_server(box: Mailbox, *, tls: ssl.SSLContext | None = None, at_once: bool = False, **how: Any) -> Iterator[int]:
    """Run a mail server and yield its port. `tls`: for STARTTLS, or `at_once` from the beginning."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        ssl_context=tls if at_once else None,
        tls_context=None if at_once else tls,
        authenticator=box.authenticate,
        **how,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def speaking_server(greeting: bytes, *, slowly: bool = False) -> Iterator[int]:
    """Run a server that says one thing to whoever comes, byte by byte without end if `slowly`; yield its port."""
    over = threading.Event()

    def speak(wire: socket.socket) -> None:
        with wire:
            try:
                wire.sendall(greeting)
                while not over.wait(0.02):
                    if slowly:
                        wire.sendall(b"x")
            except OSError:
                return

    def accept(server: socket.socket) -> None:
        while True:
            try:
                wire, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=speak, args=(wire,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        over.set()
        server.shutdown(socket.SHUT_RDWR)
