"""Why a bundled channel did not deliver is told in English and in Russian."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import voronka_smtp.refusals as smtp
import voronka_telegram.bot as telegram
import voronka_webhook.delivery as webhook
from tests.plugins.services import AT, PlainServices, message
from voronka.api import DeliveryError, HttpAnswer


@dataclass
class Answering:
    """An HTTP client whose every answer is this one."""

    status: int
    body: bytes = b"{}"

    def post(self, *_: object, **__: object) -> HttpAnswer:
        return HttpAnswer(status=self.status, headers={}, body=self.body)


def telegram_at(client: Answering | None = None, token: str = f"1:{'a' * 35}") -> telegram.TelegramChannel:
    services = PlainServices({"token": token, "url": "https://telegram.example"})
    services.keep("client", lambda: client)
    return telegram.TelegramChannel(telegram.Bot(services), silent=False)


def answered_telegram(status: int, body: bytes = b"{}") -> None:
    telegram_at(Answering(status, body)).send(message(address="7"))


def answered_webhook(status: int) -> None:
    webhook.check_answer("crm", HttpAnswer(status=status, headers={}, body=b""), AT)


def recipient(code: int) -> smtplib.SMTPException:
    return smtplib.SMTPRecipientsRefused({"ivan@acme.example": (code, b"no")})


def sender(code: int) -> smtplib.SMTPException:
    return smtplib.SMTPSenderRefused(code, b"no", "sales@acme.example")


MAIL: dict[str, DeliveryError] = {
    "почтовый сервер принимает в адресах только латинские буквы": smtp.refused(smtplib.SMTPNotSupportedError()),
    "почтовый сервер сейчас не принимает от нас сообщений (421)": smtp.refused(recipient(421)),
    "почтовый сервер не принимает получателя (550)": smtp.refused(recipient(550)),
    "почтовый сервер не принимает отправителя (550)": smtp.refused(sender(550)),
    "сообщение слишком велико для почтового сервера (552)": smtp.refused(sender(552)),
    "почтовый сервер не принимает сообщение (554)": smtp.refused(smtplib.SMTPDataError(554, b"no")),
    "сбой почтового сервера: SMTPServerDisconnected": smtp.refused(smtplib.SMTPServerDisconnected()),
    "почтовый сервер не принимает имя или пароль (535)": smtp.not_let_in(smtplib.SMTPAuthenticationError(535, b"no")),
    "в имени или пароле для входа есть не латинские буквы": smtp.not_let_in(UnicodeError()),
    "почтовый сервер не умеет STARTTLS или не умеет вход по паролю": smtp.not_let_in(smtplib.SMTPNotSupportedError()),
    "почтовый сервер не принимает соединение (554)": smtp.not_let_in(smtplib.SMTPConnectError(554, b"no")),
    "почтовый сервер недоступен: TimeoutError": smtp.not_let_in(TimeoutError()),
    "почтовый сервер не отвечает: TimeoutError": smtp.no_answer(TimeoutError(), unknown=False),
    "почтовый сервер не отвечает дольше 10 с": smtp.silent(10, unknown=False),
    "почтовый сервер прервал соединение": smtp.broken_off(unknown=False),
}
OTHERS: dict[str, Callable[[], object]] = {
    "токен плагина telegram не похож на токен: ЧИСЛО:35 символов": lambda: telegram_at(token="abc"),
    "адрес — не чат Telegram: это число или @ и имя": lambda: telegram_at().send(message(address="ivan")),
    "отправлять нечего": lambda: telegram_at().send(message(address="7", subject="", body=" ")),
    "Telegram просит подождать": lambda: answered_telegram(429),
    "Telegram не знает бота: токен неверен или отозван": lambda: answered_telegram(401),
    "Telegram отказывает: бота заблокировали, или разговор с ним не начинали": lambda: answered_telegram(403),
    "Telegram отказывает: chat not found": lambda: answered_telegram(400, b'{"description": "chat not found"}'),
    "Telegram отвечает 502": lambda: answered_telegram(502),
    "в настройках плагина webhook нет получателя erp": lambda: webhook.deliver(
        "erp", "00-7", AT, {}, PlainServices({})
    ),
    "секрет получателя crm не похож на ключ: whsec_ и от 24 до 64 байтов в Base64": lambda: webhook.secrets(
        "crm", {"secret": "a"}
    ),
    "crm отвечает 302: по перенаправлениям не ходим": lambda: answered_webhook(302),
    "crm отвечает 410: больше присылать не нужно": lambda: answered_webhook(410),
    "crm отвечает 500": lambda: answered_webhook(500),
}


def check(fault: DeliveryError, russian: str) -> None:
    assert fault.reason.render("ru") == russian
    english = fault.reason.render("en")
    assert english
    assert english.isascii()


@pytest.mark.parametrize("russian", MAIL)
def test_a_refusal_of_the_mail_server_is_told_in_two_languages(russian: str) -> None:
    check(MAIL[russian], russian)


@pytest.mark.parametrize("russian", OTHERS)
def test_a_refusal_of_telegram_or_an_endpoint_is_told_in_two_languages(russian: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        OTHERS[russian]()
    check(refused.value, russian)
