"""What the refusals of a mail server mean, in words that are not the server's own: those often repeat the address."""

from __future__ import annotations

import smtplib

from voronka.api import DeliveryError, Label, refused_by_system

__all__ = ["BUSY", "broken_off", "code_of", "no_answer", "not_let_in", "refused", "silent"]

BUSY = 421
_NOT_LET_IN = frozenset({503, 530, 534, 535, 538})
_TOO_LARGE = 552


def refused(error: smtplib.SMTPException) -> DeliveryError:
    """Return what a refusal of a message means."""
    code = code_of(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError(
            Label(
                {
                    "en": "the mail server takes no addresses with letters beyond ASCII",
                    "ru": "почтовый сервер принимает в адресах только латинские буквы",
                }
            ),
            lasting=True,
        )
    if code == BUSY or code in _NOT_LET_IN:
        return DeliveryError(
            Label(
                {
                    "en": f"the mail server takes no messages from us now ({code})",
                    "ru": f"почтовый сервер сейчас не принимает от нас сообщений ({code})",
                }
            ),
            counts=False,
        )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        told = {
            "en": f"the mail server refuses the recipient ({code})",
            "ru": f"почтовый сервер не принимает получателя ({code})",
        }
        return DeliveryError(Label(told), lasting=code >= 500)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _sender_refused(code)
    if isinstance(error, smtplib.SMTPDataError):
        told = {
            "en": f"the mail server refuses the message ({code})",
            "ru": f"почтовый сервер не принимает сообщение ({code})",
        }
        return DeliveryError(Label(told), lasting=code >= 500)
    what = f"{type(error).__name__} {code or ''}".rstrip()
    return DeliveryError(
        Label({"en": f"the mail server failed: {what}", "ru": f"сбой почтового сервера: {what}"}), counts=False
    )


def _sender_refused(code: int) -> DeliveryError:
    if code == _TOO_LARGE:
        told = {
            "en": f"the message is too large for the mail server ({code})",
            "ru": f"сообщение слишком велико для почтового сервера ({code})",
        }
        return DeliveryError(Label(told), lasting=True)
    told = {
        "en": f"the mail server refuses the sender ({code})",
        "ru": f"почтовый сервер не принимает отправителя ({code})",
    }
    return DeliveryError(Label(told), counts=code < 500)


def not_let_in(error: Exception) -> DeliveryError:
    """Return why no connection was opened: one that does not count, for it says nothing of the message."""
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            told = {
                "en": f"the mail server refuses the login ({code})",
                "ru": f"почтовый сервер не принимает имя или пароль ({code})",
            }
        case UnicodeError():
            told = {
                "en": "the name or the password of the login is not ASCII",
                "ru": "в имени или пароле для входа есть не латинские буквы",
            }
        case smtplib.SMTPNotSupportedError():
            told = {
                "en": "the mail server has no STARTTLS, or no login",
                "ru": "почтовый сервер не умеет STARTTLS или не умеет вход по паролю",
            }
        case smtplib.SMTPResponseException(smtp_code=code):
            told = {
                "en": f"the mail server refuses the connection ({code})",
                "ru": f"почтовый сервер не принимает соединение ({code})",
            }
        case _:
            told = {
                "en": f"the mail server cannot be reached: {_reason(error, 'en')}",
                "ru": f"почтовый сервер недоступен: {_reason(error, 'ru')}",
            }
    return DeliveryError(Label(told), counts=False)


def no_answer(error: OSError, *, unknown: bool) -> DeliveryError:
    """Return what it means that the connection has failed in the midst of a message; `unknown`: the server had it."""
    return DeliveryError(
        Label(
            {
                "en": f"the mail server does not answer: {_reason(error, 'en')}",
                "ru": f"почтовый сервер не отвечает: {_reason(error, 'ru')}",
            }
        ),
        unknown=unknown,
    )


def silent(seconds: float, *, unknown: bool) -> DeliveryError:
    """Return that there was no answer within so many seconds; `unknown`: the server had the message."""
    return DeliveryError(
        Label(
            {
                "en": f"the mail server does not answer within {seconds:g} s",
                "ru": f"почтовый сервер не отвечает дольше {seconds:g} с",
            }
        ),
        unknown=unknown,
    )


def broken_off(*, unknown: bool) -> DeliveryError:
    """Return that the server has ended the connection; `unknown`: it had the message."""
    told = {"en": "the mail server has broken the connection off", "ru": "почтовый сервер прервал соединение"}
    return DeliveryError(Label(told), unknown=unknown)


def code_of(error: smtplib.SMTPException) -> int:
    """Return the server's code, 0 if there is none."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return 0


def _reason(error: Exception, language: str) -> str:
    if isinstance(error, OSError) and error.errno:
        return refused_by_system(error).render(language)
    return type(error).__name__
