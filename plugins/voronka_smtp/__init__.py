"""The plugin `smtp`: messages as e-mail, by a mail server of your own or of a provider."""

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
    Services,
    Settings,
    hookimpl,
)

_LABEL = Label({"en": "E-mail", "ru": "Электронная почта"})

_SENDER = {
    "from": {
        "type": "string",
        "description": "The sender's address.",
        "x-ru": "Адрес отправителя.",
        "examples": ["sales@acme.example"],
    },
    "from_name": {
        "type": "string",
        "description": "The sender's name.",
        "x-ru": "Имя отправителя.",
        "examples": ["Acme"],
    },
    "reply_to": {
        "type": "string",
        "description": "The address for answers, if it is another.",
        "x-ru": "Адрес для ответов, если он другой.",
        "examples": ["answers@acme.example"],
    },
}

_SETTINGS = {
    "type": "object",
    "required": ["host", "from"],
    "additionalProperties": False,
    "properties": {
        "host": {
            "type": "string",
            "description": "The mail server.",
            "x-ru": "Почтовый сервер.",
            "examples": ["${env:SMTP_HOST}"],
        },
        "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "description": "Its port; by default 587, 465 or 25, as `security` has it.",
            "x-ru": "Его порт; по умолчанию 587, 465 или 25, смотря по `security`.",
            "examples": [587],
        },
        "security": {
            "enum": ["starttls", "tls", "none"],
            "default": "starttls",
            "description": "starttls: TLS after the greeting; tls: from the start; none: only in your own network.",
            "x-ru": "starttls — TLS после приветствия, tls — с самого начала, none — только внутри своей сети.",
            "examples": ["tls"],
        },
        "user": {
            "type": "string",
            "description": "The name to log in with; without it nobody logs in.",
            "x-ru": "Имя для входа; без него вход не выполняется.",
            "examples": ["sales@acme.example"],
        },
        "password": {
            "type": "string",
            "x-secret": True,
            "description": "The password to log in with.",
            "x-ru": "Пароль для входа.",
            "examples": ["${env:SMTP_PASSWORD}"],
        },
        **_SENDER,
    },
}


@hookimpl
def voronka_plugin() -> Plugin:
    """Tell who it is."""
    return Plugin(name="smtp", version="1.0", api=API_VERSION, label=_LABEL, settings=_SETTINGS, check=_check_server)


@hookimpl
def voronka_channels() -> Iterable[ChannelType]:
    """Declare the channel; a contact's field `email` holds the address. Its own sender goes before the plugin's."""
    schema = {"type": "object", "additionalProperties": False, "properties": _SENDER}
    yield ChannelType(
        name="smtp", label=_LABEL, settings=schema, address="email", html=True, open=_open, check=_check_sender
    )


@hookimpl
def voronka_health() -> Iterable[HealthCheck]:
    """Declare the question whether the server lets us in."""
    yield HealthCheck(name="smtp", label=_LABEL, check=_check)


# The work is imported when there is some: to declare it takes no more than this module.
def _check_server(call: CheckCall) -> Iterable[Objection]:
    from voronka_smtp.checks import check_server

    return check_server(call)


def _check_sender(call: CheckCall) -> Iterable[Objection]:
    from voronka_smtp.checks import check_sender

    return check_sender(call)


def _open(settings: Settings, services: Services) -> Channel:
    from voronka_smtp.channel import SmtpChannel

    return SmtpChannel({**services.settings, **settings})


def _check(services: Services) -> Health:
    from voronka_smtp.channel import health

    return health(services.settings)
