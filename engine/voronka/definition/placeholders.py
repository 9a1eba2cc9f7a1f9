"""Values that stand for nothing: what people write where a field must not stay empty."""

from __future__ import annotations

__all__ = ["PLACEHOLDERS", "RUNS", "names_nothing"]

PLACEHOLDERS = (
    "",
    "-",
    "--",
    "??",
    "?",
    ".",
    "n/a",
    "na",
    "none",
    "null",
    "no data",
    "tbd",
    "tba",
    "todo",
    "unknown",
    "test",
    "asdf",
    "asdfg",
    "asdfgh",
    "qwe",
    "qwerty",
    "123",
    "1234",
    "12345",
    "123456",
    "123456789",
    "нет",
    "нет данных",
    "н/д",
    "не указано",
    "не указан",
    "не знаю",
    "неизвестно",
    "прочерк",
    "тест",
    "фыв",
    "фыва",
    "фывап",
    "йцукен",
)
"""Texts that stand for nothing, in small letters. So does a sign that stands three times or more: ``---``, ``xxx``."""

RUNS = (*(digit * 7 for digit in "0123456789"), "1234567", "7654321")
"""Digits that stand in no telephone number that anybody answers."""


def names_nothing(text: str) -> bool:
    """Tell whether a text where a name or a key is due says nothing: ``—``, ``нет``, ``n/a``.

    Digits may be a key, however they were typed.
    """
    form = " ".join(text.casefold().split())
    if any(sign.isdigit() for sign in form):
        return False
    return (
        form in PLACEHOLDERS or not any(sign.isalpha() for sign in form) or (len(form) > 2 and set(form) <= {"x", "х"})
    )
