"""What people call the codes that the engine and the configurations of most businesses use: kinds of contact, ways of
assigning. A code that is not among them is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.messages import Label, Text

__all__ = ["OPERATOR", "in_words"]

OPERATOR = Text("operator")
"""Who acts when nobody says who."""


def in_words(code: str) -> Label:
    """Return the words for a code, by language."""
    return _WORDS.get(code) or Label.plain(code)


_RUSSIAN = {
    # Kinds and channels of interactions.
    "call": "звонок",
    "chat": "чат",
    "demo": "показ",
    "email": "эл. почта",
    "file": "файл",
    "letter": "письмо",
    "meeting": "встреча",
    "message": "сообщение",
    "messenger": "мессенджер",
    "note": "заметка",
    "notice": "уведомление",
    "phone": "телефон",
    "post": "почта",
    "site": "сайт",
    "sms": "SMS",
    "visit": "визит",
    # What came of them.
    "answered": "ответ получен",
    "bounced": "не доставлено",
    "busy": "занято",
    "cancelled": "отменено",
    "connected": "связались",
    "dropped": "сорвалось",
    "failed": "не удалось",
    "no_answer": "нет ответа",
    "no_show": "не пришли",
    "refused": "отказ",
    "unreachable": "недоступен",
    "voicemail": "автоответчик",
    "wrong_number": "неверный номер",
    # How a deal was given to somebody.
    "least_loaded": "у кого меньше сделок",
    "round_robin": "по очереди",
    "skill": "по умению",
    "territory": "по территории",
}
_WORDS: Mapping[str, Label] = {
    code: Label({"en": code.replace("_", " "), "ru": russian}) for code, russian in _RUSSIAN.items()
}
