"""The plugin `telegram`: messages by a bot of Telegram."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.api import (
    API_VERSION,
    Channel,
    ChannelType,
    CheckCall,
    Health,
    HealthCheck,
    Label,
    Objection,
    Plugin,
    Rate,
    Services,
    Settings,
    hookimpl,
    refused_url,
)

_LABEL = Label({"en": "Telegram", "ru": "Телеграм"})

_SETTINGS = {
    "type": "object",
    "required": ["token"],
    "additionalProperties": False,
    "properties": {
        "token": {
            "type": "string",
            "x-secret": True,
            "description": "The bot's token, as BotFather gives it.",
            "x-ru": "Токен бота, который выдаёт BotFather.",
            "examples": ["${env:TELEGRAM_TOKEN}"],
        },
        "url": {
            "type": "string",
            "default": "https://api.telegram.org",
            "description": "The Bot API; another server only if you run one.",
            "x-ru": "Адрес Bot API; другой — только если у вас свой сервер.",
            "examples": ["https://api.telegram.org"],
        },
    },
}

_CHANNEL = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "silent": {
            "type": "boolean",
            "default": False,
            "description": "Whether messages come without a sound.",
            "x-ru": "Присылать ли сообщения без звука.",
            "examples": [True],
        }
    },
}

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this; groups have numbers below zero.
_RATES = (
    Rate(count=30, seconds=1),
    Rate(count=1, seconds=1, per_address=True),
    Rate(count=20, seconds=60, per_address=True, prefix="-"),
)


@hookimpl
def voronka_plugin() -> Plugin:
    """Tell who it is."""
    return Plugin(
        name="telegram", version="1.0", api=API_VERSION, label=_LABEL, settings=_SETTINGS, check=_check_settings
    )


@hookimpl
def voronka_channels() -> Iterable[ChannelType]:
    """Declare the channel; a contact's field `telegram` holds the chat."""
    yield ChannelType(name="telegram", label=_LABEL, settings=_CHANNEL, address="telegram", open=_open, rates=_RATES)


@hookimpl
def voronka_health() -> Iterable[HealthCheck]:
    """Declare the question whether Telegram knows the bot."""
    yield HealthCheck(name="telegram", label=_LABEL, check=_check)


def _check_settings(call: CheckCall) -> Iterable[Objection]:
    url = call.values.get("url")
    refused = None if url is None else refused_url(("url",), url, call.allowed_hosts)
    return () if refused is None else (refused,)


# The work is imported when there is some: to declare it takes no more than this module.
def _open(settings: Settings, services: Services) -> Channel:
    from voronka_telegram.bot import Bot, TelegramChannel

    return TelegramChannel(Bot(services), silent=settings.get("silent", False))


def _check(services: Services) -> Health:
    from voronka_telegram.bot import health

    return health(services)
