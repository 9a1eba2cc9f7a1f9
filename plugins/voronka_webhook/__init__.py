"""The plugin `webhook`: tells other systems of deals, and hands them messages, signed by Standard Webhooks."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.api import (
    API_VERSION,
    ActionCall,
    ActionType,
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

_LABEL = Label({"en": "Webhooks", "ru": "Вебхуки"})

_SECRET = {
    "type": "string",
    "x-secret": True,
    "description": "The key of the signatures: whsec_ and 24 to 64 bytes in Base64.",
    "x-ru": "Ключ подписи: whsec_ и от 24 до 64 байт в Base64.",
    "examples": ["${env:CRM_SECRET}"],
}

_ENDPOINT = {
    "type": "object",
    "required": ["url", "secret"],
    "additionalProperties": False,
    "properties": {
        "url": {
            "type": "string",
            "description": "Where it goes; https, unless allowed_hosts names the host.",
            "x-ru": "Куда отправлять; по https, если узла нет в allowed_hosts.",
            "examples": ["https://crm.example/hooks/voronka"],
        },
        "secret": _SECRET,
        "previous_secret": {
            **_SECRET,
            "description": "The secret that is being replaced: deliveries are signed with both.",
            "x-ru": "Секрет, который меняют: доставки подписываются обоими.",
        },
    },
}

_SETTINGS = {
    "type": "object",
    "required": ["endpoints"],
    "additionalProperties": False,
    "properties": {
        "endpoints": {
            "type": "object",
            "description": "Where deliveries may go, by name.",
            "x-ru": "Куда можно отправлять, по имени.",
            "additionalProperties": _ENDPOINT,
        }
    },
}

_TO = {
    "type": "string",
    "description": "The name of an endpoint in the plugin's settings.",
    "x-ru": "Имя получателя из endpoints в настройках плагина.",
    "examples": ["crm"],
}

_ARGUMENTS = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": _TO,
        "type": {
            "type": "string",
            "default": "deal",
            "description": "What is told, for the receiver to tell deliveries apart.",
            "x-ru": "О чём сообщается: по этому слову получатель различает доставки.",
            "examples": ["deal.won"],
        },
        "data": {
            "type": "object",
            "default": {},
            "description": "What is told of the deal: constants, and expressions after an equals sign.",
            "x-ru": "Что сообщается о сделке: постоянные и выражения после знака равенства.",
            "additionalProperties": {"x-expression": "any"},
            "examples": [{"amount": "= amount", "source": "voronka"}],
        },
    },
}


@hookimpl
def voronka_plugin() -> Plugin:
    """Tell who it is."""
    return Plugin(
        name="webhook", version="1.0", api=API_VERSION, label=_LABEL, settings=_SETTINGS, check=_check_endpoints
    )


@hookimpl
def voronka_actions() -> Iterable[ActionType]:
    """Declare ``webhook: {to: ENDPOINT, data: {…}}``."""
    label = Label({"en": "Tell another system", "ru": "Сообщить другой системе"})
    yield ActionType(name="webhook", label=label, arguments=_ARGUMENTS, run=_run, check=_check_action, destination="to")


@hookimpl
def voronka_channels() -> Iterable[ChannelType]:
    """Declare the channel whose messages another system delivers."""
    settings = {
        "type": "object",
        "required": ["endpoint"],
        "additionalProperties": False,
        "properties": {"endpoint": _TO},
    }
    yield ChannelType(name="webhook", label=_LABEL, settings=settings, open=_open, check=_check_channel)


@hookimpl
def voronka_health() -> Iterable[HealthCheck]:
    """Declare the check of the endpoints as they are configured."""
    yield HealthCheck(name="webhook", label=_LABEL, check=_check)


# The work is imported when there is some: to declare it takes no more than this module.
def _check_endpoints(call: CheckCall) -> Iterable[Objection]:
    from voronka_webhook.checks import check_endpoints

    return check_endpoints(call)


def _check_action(call: CheckCall) -> Iterable[Objection]:
    from voronka_webhook.checks import check_action

    return check_action(call)


def _check_channel(call: CheckCall) -> Iterable[Objection]:
    from voronka_webhook.checks import check_channel

    return check_channel(call)


def _run(call: ActionCall) -> None:
    from voronka_webhook.delivery import run

    run(call)


def _open(settings: Settings, services: Services) -> Channel:
    from voronka_webhook.delivery import WebhookChannel

    return WebhookChannel(settings["endpoint"], services)


def _check(services: Services) -> Health:
    from voronka_webhook.delivery import health

    return health(services)
