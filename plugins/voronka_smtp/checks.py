"""What is wrong with the settings beyond their schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voronka.api import CheckCall, Label, Objection
from voronka_smtp.mail import address

__all__ = ["check_sender", "check_server"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAMED = re.compile(r".*<([^<>]+)>\s*")
_LONGEST = 120


def check_server(call: CheckCall) -> Iterator[Objection]:
    """Yield what is wrong with the plugin's own settings."""
    host = call.values.get("host")
    if host is not None and not re.fullmatch(r"[\w.-]+|\[?[0-9A-Fa-f:.]+\]?", host):
        yield Objection(
            path=("host",),
            reason=Label({"en": "This is no name of a server.", "ru": "Это не имя сервера."}),
            remedy=Label(
                {
                    "en": "Write the name alone, such as mail.acme.example; the port goes into “port”.",
                    "ru": "Напишите только имя, например mail.acme.example; порт указывают в «port».",
                }
            ),
        )
    if "user" in call.values and "password" not in call.values:
        yield Objection(
            path=("user",),
            reason=Label({"en": "There is a user and no password.", "ru": "Пользователь указан, а пароль нет."}),
            remedy=Label(
                {
                    "en": "Add “password” as a reference, such as ${env:SMTP_PASSWORD}, or remove “user”.",
                    "ru": "Добавьте «password» ссылкой, например ${env:SMTP_PASSWORD}, или уберите «user».",
                }
            ),
        )
    yield from check_sender(call)


def check_sender(call: CheckCall) -> Iterator[Objection]:
    """Yield what is wrong with the sender, the plugin's own or that of a channel."""
    for key in ("from", "reply_to"):
        written = call.values.get(key)
        if written is not None and not _is_address(written):
            inner = _NAMED.fullmatch(written)
            yield Objection(
                path=(key,),
                reason=Label({"en": "This is no e-mail address.", "ru": "Это не адрес электронной почты."}),
                remedy=Label(
                    {
                        "en": "Write the address alone, such as sales@acme.example; the name goes into “from_name”.",
                        "ru": "Напишите только адрес, например sales@acme.example; имя указывают в «from_name».",
                    }
                ),
                suggestion=inner[1] if inner is not None and _is_address(inner[1]) else None,
            )
    name = call.values.get("from_name")
    if name is not None and (_CONTROL.search(name) or len(name) > _LONGEST):
        yield Objection(
            path=("from_name",),
            reason=Label(
                {
                    "en": "The name has a line break in it or is very long; servers refuse such a header.",
                    "ru": "В имени есть перевод строки, или оно слишком длинное; серверы не принимают такой заголовок.",
                }
            ),
            remedy=Label(
                {
                    "en": f"Write the name on one line, at most {_LONGEST} characters.",
                    "ru": f"Напишите имя в одну строку, не длиннее {_LONGEST} знаков.",
                }
            ),
        )


def _is_address(written: str) -> bool:
    try:
        address(written)
    except ValueError:
        return False
    return True
