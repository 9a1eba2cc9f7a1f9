"""Scalars beyond what their schema lets them be, in words."""

from __future__ import annotations

from typing import Any

from voronka.messages import Text

__all__ = ["as_written", "beyond"]

_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def as_written(value: object) -> str:
    """Return a value of a schema as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def beyond(keyword: str, wanted: Any, text: str, *, formed: bool) -> tuple[str, Text, Text] | None:  # noqa: ANN401
    """Return the code, the reason and the remedy for a `text` that does not meet a keyword; None: they are others.

    `wanted`: the value of the keyword. `formed`: the place has a form of its own, which says more than its pattern.
    """
    told: dict[str, tuple[Text, Text]] = {
        "minimum": (Text("{text} is less than {least}.", text=text, least=wanted), Text("Write a larger number.")),
        "maximum": (Text("{text} is more than {most}.", text=text, most=wanted), Text("Write a smaller number.")),
    }
    if not formed:
        told |= {
            "pattern": (
                Text("`{text}` is not of the form `{form}`.", text=text, form=wanted),
                Text("Write it in this form."),
            ),
            "minLength": (
                Text("`{text}` is shorter than {n} characters.", text=text, n=wanted),
                Text("Write a longer text."),
            ),
            "maxLength": (
                Text("`{text}` is longer than {n} characters.", text=text, n=wanted),
                Text("Write a shorter text."),
            ),
            "const": (
                Text("`{text}` cannot stand here.", text=text),
                Text("Write `{value}`.", value=as_written(wanted)),
            ),
            "exclusiveMinimum": (
                Text("{text} is not more than {least}.", text=text, least=wanted),
                Text("Write a larger number."),
            ),
            "exclusiveMaximum": (
                Text("{text} is not less than {most}.", text=text, most=wanted),
                Text("Write a smaller number."),
            ),
            "multipleOf": (
                Text("{text} is no multiple of {of}.", text=text, of=wanted),
                Text("Write a multiple of it."),
            ),
        }
    found = told.get(keyword)
    return None if found is None else ("V2007" if keyword in _NUMBERS else "V2006", *found)
