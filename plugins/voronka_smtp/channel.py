"""The channel `smtp`: a connection to the mail server, kept for the next message, and what its answers mean."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from voronka.api import DeliveryError, Health, Message
from voronka_smtp.mail import email_of
from voronka_smtp.refusals import BUSY, broken_off, code_of, no_answer, not_let_in, refused, silent

__all__ = ["SmtpChannel", "health"]

_SECONDS = 18.0  # below the time limit of the channel
_IDLE = 60.0  # seconds; servers end connections that are silent for longer, some without a word
_GO_ON = 354
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class SmtpChannel:
    """Sends messages one after another. `settings`: the plugin's, with those of the channel over them."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._server: _Server | None = None
        self._used = 0.0

    def send(self, message: Message) -> None:
        """Send a message; over a new connection if one that was kept is gone before the message was given.

        Once the server wants to have the text, nobody knows what became of it until the server says so.
        """
        email = email_of(message, self._settings)
        if time.monotonic() - self._used >= _IDLE:
            self.close()
        deadline = time.monotonic() + _SECONDS
        kept = self._server is not None
        try:
            self._hand_over(email, deadline)
        except smtplib.SMTPServerDisconnected:
            if not kept or time.monotonic() >= deadline:
                raise _broken_off(deadline) from None
            try:
                self._hand_over(email, deadline)
            except smtplib.SMTPServerDisconnected:
                raise _broken_off(deadline) from None

    def close(self) -> None:
        """End the connection."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError), _ended(server, 2.0):
                server.quit()
            server.close()

    def _hand_over(self, email: EmailMessage, deadline: float) -> None:
        server = self._server or opened(self._settings, _left(deadline))
        self._server = None
        try:
            with _ended(server, _left(deadline)):
                server.send_message(email)
        except smtplib.SMTPServerDisconnected:
            server.close()
            if server.takes:
                raise _broken_off(deadline, unknown=True) from None
            raise
        except smtplib.SMTPException as error:
            self._keep(server, error)
            raise refused(error) from None
        except OSError as error:
            server.close()
            raise no_answer(error, unknown=server.takes) from None
        self._server, self._used = server, time.monotonic()

    def _keep(self, server: _Server, error: smtplib.SMTPException) -> None:
        """Keep the connection after a refusal; the server itself ends one with 421."""
        if code_of(error) == BUSY:
            server.close()
            return
        try:
            with _ended(server, 2.0):
                server.rset()
        except (smtplib.SMTPException, OSError):
            server.close()
            return
        self._server, self._used = server, time.monotonic()


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.01)


def _broken_off(deadline: float, *, unknown: bool = False) -> DeliveryError:
    return silent(_SECONDS, unknown=unknown) if time.monotonic() >= deadline else broken_off(unknown=unknown)


class _Server(smtplib.SMTP):
    """A connection that knows whether the server `takes` a text: it has asked for it, and not answered to it."""

    takes = False

    def getreply(self) -> tuple[int, bytes]:
        """Return the next answer."""
        code, said = super().getreply()
        self.takes = code == _GO_ON
        return code, said


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """The same in TLS from the start."""


def opened(settings: Mapping[str, Any], seconds: float) -> _Server:
    """Return a connection that may send; it is opened within so many `seconds`.

    Raises `DeliveryError`, one that does not count: that nobody lets us in says nothing of the message.
    """
    try:
        return _connected(settings, seconds)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise not_let_in(error) from None


def _connected(settings: Mapping[str, Any], seconds: float) -> _Server:
    security = settings.get("security", "starttls")
    trust = ssl.create_default_context()
    server = _TlsServer(timeout=seconds, context=trust) if security == "tls" else _Server(timeout=seconds)
    try:
        with _ended(server, seconds):
            _let_in(server, settings, security, trust)
    except BaseException:
        server.close()
        raise
    return server


def _let_in(server: smtplib.SMTP, settings: Mapping[str, Any], security: str, trust: ssl.SSLContext) -> None:
    host = settings["host"]
    # Otherwise set by the constructor, which would connect before its time limit runs; TLS asks for this name.
    server._host = host  # type: ignore[attr-defined]  # there is no public way
    code, _ = server.connect(host, settings.get("port") or _PORTS[security])
    if code != 220:
        raise smtplib.SMTPConnectError(code, "")
    if security == "starttls":
        server.starttls(context=trust)
    server.ehlo_or_helo_if_needed()
    if "user" in settings:
        server.login(settings["user"], settings.get("password", ""))


@contextmanager
def _ended(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """End the connection after so many seconds: its own time limit begins anew with every byte that comes."""

    def end() -> None:
        wire = server.sock
        if wire is not None:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def health(settings: Mapping[str, Any]) -> Health:
    """Tell whether the server lets us in."""
    try:
        opened(settings, 1.5).close()
    except DeliveryError as fault:
        return Health(ok=False, detail=fault.reason)
    return Health(ok=True, detail=settings["host"])
