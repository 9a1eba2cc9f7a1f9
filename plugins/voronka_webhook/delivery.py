"""Deliveries to the endpoints of the settings, by https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from voronka.api import ActionCall, DeliveryError, Health, HttpAnswer, HttpClient, Label, Message, Services

__all__ = ["WebhookChannel", "check_answer", "deliver", "health", "run", "signed"]

_SECONDS = 15.0  # below the time limit of the action and the channel
_PREFIX = "whsec_"
_AGAIN = frozenset({408, 409, 425, 429})


def run(call: ActionCall) -> None:
    """Deliver what an action tells. A repeat has the same identifier and the same bytes."""
    deal = {"id": call.deal.id, "number": call.deal.number, "funnel": call.deal.funnel}
    said = {"type": call.arguments["type"], "deal": deal, "data": call.arguments.get("data") or {}}
    deliver(call.arguments["to"], call.key, call.at, said, call.services)


class WebhookChannel:
    """Hands messages over to a system that delivers them."""

    def __init__(self, endpoint: str, services: Services) -> None:
        self._endpoint = endpoint
        self._services = services

    def send(self, message: Message) -> None:
        """Deliver the message as JSON."""
        said = {
            "type": "message",
            "deal": {"number": message.deal},
            "data": {
                "channel": message.channel,
                "name": message.name,
                "address": message.address,
                "locale": message.locale,
                "subject": message.subject,
                "body": message.body,
            },
        }
        deliver(self._endpoint, message.key, message.at, said, self._services, once=message.once)

    def close(self) -> None:
        """Nothing is held open: the services close the connections."""


def deliver(
    name: str, key: str, at: datetime, said: Mapping[str, Any], services: Services, *, once: bool = False
) -> None:
    """Deliver what is `said` to the endpoint of a `name`, signed at this moment. Raises `DeliveryError`."""
    endpoint = services.settings.get("endpoints", {}).get(name)
    if endpoint is None:
        told = {
            "en": f"the settings of the plugin webhook have no endpoint {name}",
            "ru": f"в настройках плагина webhook нет получателя {name}",
        }
        raise DeliveryError(Label(told), lasting=True)
    body = json.dumps({"timestamp": at.isoformat(), **said}, ensure_ascii=False, separators=(",", ":")).encode()
    now = services.now()
    headers = {"content-type": "application/json", **signed(identifier(key), now, body, secrets(name, endpoint))}
    client = services.keep("client", lambda: HttpClient(services.allowed_hosts))
    check_answer(name, client.post(endpoint["url"], body, headers, seconds=_SECONDS, once=once), now)


def identifier(key: str) -> str:
    """Return the webhook-id of an effect's key: a full stop would end it where it is signed."""
    return key.replace(".", "_")


def signed(identifier: str, now: datetime, body: bytes, secrets: list[str]) -> dict[str, str]:
    """Return the headers of a delivery, with one signature by each secret."""
    signatures = [Webhook(secret).sign(identifier, now, body.decode()) for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secrets(name: str, endpoint: Mapping[str, str]) -> list[str]:
    """Return the secrets of an endpoint, the present one first.

    Raises `DeliveryError`, one that does not count, if they cannot be secrets: a short one protects nothing.
    """
    found = [endpoint[each] for each in ("secret", "previous_secret") if each in endpoint]
    for each in found:
        try:
            text = each.removeprefix(_PREFIX)
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not each.startswith(_PREFIX) or not 24 <= len(key) <= 64:
            told = {
                "en": f"the key of the endpoint {name} does not look like one: whsec_ and 24 to 64 bytes in Base64",
                "ru": f"секрет получателя {name} не похож на ключ: whsec_ и от 24 до 64 байтов в Base64",
            }
            raise DeliveryError(Label(told), counts=False)
    return found


def check_answer(name: str, answer: HttpAnswer, now: datetime) -> None:
    """Raise `DeliveryError` unless the endpoint has taken the delivery."""
    status = answer.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        told = {
            "en": f"{name} answers {status}: redirects are not followed",
            "ru": f"{name} отвечает {status}: по перенаправлениям не ходим",
        }
        raise DeliveryError(Label(told), lasting=True)
    if status == 410:
        told = {
            "en": f"{name} answers 410: it wants no more deliveries",
            "ru": f"{name} отвечает 410: больше присылать не нужно",
        }
        raise DeliveryError(Label(told), lasting=True)
    lasting = 400 <= status < 500 and status not in _AGAIN
    wait = None if lasting else answer.retry_after(now)
    answered = Label({"en": f"{name} answers {status}", "ru": f"{name} отвечает {status}"})
    # It may have failed after it had taken the delivery, but for 503, which has taken nothing.
    raise DeliveryError(answered, lasting=lasting, retry_after=wait, unknown=status >= 500 and status != 503)


def health(services: Services) -> Health:
    """Tell whether every endpoint could be delivered to, as it is written; nothing is sent."""
    client = services.keep("client", lambda: HttpClient(services.allowed_hosts))
    endpoints = services.settings.get("endpoints", {})
    for name, endpoint in endpoints.items():
        try:
            client.check(endpoint["url"])
            secrets(name, endpoint)
        except DeliveryError as fault:
            told = {language: f"{name}: {fault.reason.render(language)}" for language in ("en", "ru")}
            return Health(ok=False, detail=Label(told))
    return Health(ok=True, detail=", ".join(endpoints))
