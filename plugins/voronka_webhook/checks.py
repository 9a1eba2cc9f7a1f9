"""What is wrong with endpoints, and with the names by which actions and channels call them, beyond the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlsplit

from voronka.api import CheckCall, Label, Objection, refused_url

__all__ = ["check_action", "check_channel", "check_endpoints"]

_SECRET = re.compile(r"(?i)token|secret|passw|api_?key|^key$|^sig")


def check_endpoints(call: CheckCall) -> Iterator[Objection]:
    """Yield what is wrong with the plugin's own settings."""
    for name, endpoint in call.values.get("endpoints", {}).items():
        url = endpoint.get("url")
        if url is None:
            continue
        path = ("endpoints", name, "url")
        refused = refused_url(path, url, call.allowed_hosts)
        if refused is not None:
            yield refused
        elif any(_SECRET.search(key) and value for key, value in parse_qsl(urlsplit(url).query)):
            yield Objection(
                path=path,
                reason=Label(
                    {
                        "en": "The address has a secret in it, and the configuration is kept for ever.",
                        "ru": "В адресе стоит секрет, а настройки хранятся всегда.",
                    }
                ),
                remedy=Label(
                    {
                        "en": "Take the whole address from the environment: ${env:CRM_URL}.",
                        "ru": "Возьмите весь адрес из переменной окружения: ${env:CRM_URL}.",
                    }
                ),
            )


def check_action(call: CheckCall) -> Iterator[Objection]:
    """Yield what is wrong with the arguments of the action."""
    return _unknown(call, "to")


def check_channel(call: CheckCall) -> Iterator[Objection]:
    """Yield what is wrong with the settings of a channel."""
    return _unknown(call, "endpoint")


def _unknown(call: CheckCall, key: str) -> Iterator[Objection]:
    name = call.values.get(key)
    known = call.settings.get("endpoints") or {}
    if name is None or name in known or not known:
        return
    yield Objection(
        path=(key,),
        reason=Label({"en": f"There is no endpoint “{name}”.", "ru": f"Нет получателя «{name}»."}),
        remedy=Label(
            {
                "en": f"Declare it under “endpoints” of the plugin webhook, or name one of {', '.join(known)}.",
                "ru": f"Объявите его в «endpoints» плагина webhook или назовите один из: {', '.join(known)}.",
            }
        ),
        suggestion=next(iter(get_close_matches(name, known, 1)), None),
    )
