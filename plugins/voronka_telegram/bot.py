"""A bot of Telegram: https://core.telegram.org/bots/api."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from voronka.api import DeliveryError, Health, HttpAnswer, HttpClient, Label, Message, Services
from voronka_telegram.parts import parts

__all__ = ["Bot", "TelegramChannel", "health"]

_SECONDS = 15.0  # for a whole message; below the time limit of the channel
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_REMEMBERED = 1_000
_PAUSE = Label({"en": "Telegram wants a pause", "ru": "Telegram просит подождать"})
_UNKNOWN = Label(
    {
        "en": "Telegram does not know the bot: its token is wrong or was revoked",
        "ru": "Telegram не знает бота: токен неверен или отозван",
    }
)
_BLOCKED = Label(
    {
        "en": "Telegram refuses: the bot was blocked, or the chat was never begun",
        "ru": "Telegram отказывает: бота заблокировали, или разговор с ним не начинали",
    }
)
_NO_CHAT = Label(
    {
        "en": "the address is no chat of Telegram: it is a number, or @ and a name",
        "ru": "адрес — не чат Telegram: это число или @ и имя",
    }
)
_SLOW = Label(
    {
        "en": "Telegram answers slowly: the parts that are left follow with the next attempt",
        "ru": "Telegram отвечает медленно: оставшиеся части уйдут при следующей попытке",
    }
)
_NOTHING = Label({"en": "there is nothing to send", "ru": "отправлять нечего"})


class Bot:
    """Calls methods of the Bot API. Its token stands in the path of every call, and nowhere that is read or kept."""

    def __init__(self, services: Services) -> None:
        token = services.settings["token"]
        if not _TOKEN.fullmatch(token):
            told = {
                "en": "the token of the plugin telegram does not look like a token: NUMBER:35 characters",
                "ru": "токен плагина telegram не похож на токен: ЧИСЛО:35 символов",
            }
            raise DeliveryError(Label(told), counts=False)
        self._url = f"{services.settings['url'].rstrip('/')}/bot{token}/"
        self._services = services

    def call(
        self, method: str, arguments: Mapping[str, Any], *, seconds: float = _SECONDS, once: bool = False
    ) -> Mapping[str, Any]:
        """Return the result of a method, which is never called twice if it is to be called `once`.

        Raises `DeliveryError`.
        """
        client = self._services.keep("client", lambda: HttpClient(self._services.allowed_hosts))
        body = json.dumps(arguments, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        answer = client.post(self._url + method, body, headers, seconds=seconds, once=once)
        said = _read(answer)
        if answer.status == 200 and said.get("ok") is True:
            result = said.get("result")
            return result if isinstance(result, dict) else {}
        raise self._fault(answer, said)

    def _fault(self, answer: HttpAnswer, said: Mapping[str, Any]) -> DeliveryError:
        status = answer.status
        if status == 429:
            told = said.get("parameters")
            wait = told.get("retry_after") if isinstance(told, dict) else None
            wait = float(wait) if isinstance(wait, int) else answer.retry_after(self._services.now())
            return DeliveryError(_PAUSE, counts=False, retry_after=wait)
        if status in (401, 404):
            return DeliveryError(_UNKNOWN, counts=False)
        if status == 403:
            return DeliveryError(_BLOCKED, lasting=True)
        if 400 <= status < 500:
            why = _described(said, status)
            refused = Label({"en": f"Telegram refuses: {why}", "ru": f"Telegram отказывает: {why}"})
            return DeliveryError(refused, lasting=True)
        answered = Label({"en": f"Telegram answers {status}", "ru": f"Telegram отвечает {status}"})
        # It may have failed after it had taken the message, but for 503, which has taken nothing.
        unknown = status != 503
        return DeliveryError(answered, retry_after=answer.retry_after(self._services.now()), unknown=unknown)


class TelegramChannel:
    """Sends messages as plain text, so that nothing in them is markup; long ones in several parts.

    `clock` counts seconds.
    """

    def __init__(self, bot: Bot, *, silent: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._silent = silent
        self._clock = clock
        self._sent: dict[str, int] = {}

    def send(self, message: Message) -> None:
        """Send the parts that have not left: an attempt that ended half-way is gone on with, not begun anew.

        All of them have one time limit. None is begun that would not end within it, were it as slow as the slowest
        before it: a part that was broken off may have left. An attempt that ends so has got on, and does not count.

        What parts have left is remembered as long as the channel is open. So of a message that is to be sent once,
        one that failed half-way is `unknown`: it would begin anew after a restart.
        """
        if not _CHAT.fullmatch(message.address):
            raise DeliveryError(_NO_CHAT, lasting=True)
        pieces = parts("\n\n".join(filter(None, (message.subject, message.body.strip()))))
        if not pieces:
            raise DeliveryError(_NOTHING, lasting=True)
        begun = last = self._clock()
        slowest = 0.0
        for number, text in list(enumerate(pieces))[self._sent.get(message.key, 0) :]:
            left = begun + _SECONDS - last
            try:
                if left <= slowest:
                    raise DeliveryError(_SLOW, counts=False)
                self._send_part(message, text, left)
            except DeliveryError as fault:
                fault.unknown = fault.unknown or (message.once and number > 0)
                raise
            self._remember(message.key, number + 1)
            now = self._clock()
            slowest, last = max(slowest, now - last), now

    def _send_part(self, message: Message, text: str, seconds: float) -> None:
        arguments = {
            "chat_id": message.address,
            "text": text,
            "disable_notification": self._silent,
            "link_preview_options": {"is_disabled": True},
        }
        self._bot.call("sendMessage", arguments, seconds=seconds, once=message.once)

    def close(self) -> None:
        """Nothing is held open: the services close the connections."""

    def _remember(self, key: str, sent: int) -> None:
        self._sent.pop(key, None)  # the longest unused goes first
        self._sent[key] = sent
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]


def health(services: Services) -> Health:
    """Tell whether Telegram knows the bot."""
    try:
        found = Bot(services).call("getMe", {}, seconds=1.5)
    except DeliveryError as fault:
        return Health(ok=False, detail=fault.reason)
    return Health(ok=True, detail=f"@{found.get('username', '')}")


def _read(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _described(said: Mapping[str, Any], status: int) -> str:
    """Return Telegram's own words, one short line of them."""
    described = " ".join(str(said.get("description", "")).split())
    return described.removeprefix("Bad Request: ")[:150] or str(status)
