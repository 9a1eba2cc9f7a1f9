"""Templates into messages, once each, over values that read as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from voronka.definition.templates import Template as MessageTemplate
from voronka.definition.templates import TemplateText
from voronka.frozen import frozen
from voronka.messages import Label, Text
from voronka.runtime.filling import fill, mark

__all__ = ["LONGEST", "Filled", "Rendered", "RenderingError", "choose_text", "render", "template_names"]

LONGEST = 100_000
"""A rendered text is not longer than so many characters."""

_SUBJECT = 250
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class RenderingError(Exception):
    """A template that cannot be rendered: trying again cannot help. `reason`: why, a clause."""

    def __init__(self, reason: Text | str) -> None:
        super().__init__(str(reason))
        self.reason = Label.plain(reason) if isinstance(reason, str) else reason


@frozen
class Rendered:
    """A text with its values in it. `subject`: one line. `html`: the body as HTML, empty unless it was asked for."""

    subject: str
    body: str
    html: str = ""


class Filled(list[str]):
    """What a template has said so far, besides its own text."""

    length = 0

    def say(self, text: str) -> str:
        """Keep `text` and return the mark that stands for it, so that nothing reads it as Markdown."""
        self.length += len(text)
        if self.length > LONGEST:
            raise RenderingError(_TOO_LONG)
        self.append(_visible(text))
        return mark(len(self) - 1)


_TOO_LONG = Text("the text is longer than {most} characters", most=LONGEST)


def _visible(text: str) -> str:
    """Return a value without the characters that would only deceive the eye, its lines ended in one way."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def choose_text(template: MessageTemplate, languages: Iterable[str]) -> TemplateText:
    """Return the text in the first of `languages` that the template has, else the one without, else its first."""
    for language in (*languages, ""):
        if language in template.texts:
            return template.texts[language]
    return next(iter(template.texts.values()))


class _Group(SimpleNamespace):
    """The names after a dot; it reads as the plain name before the dot."""

    _words = ""

    def __str__(self) -> str:
        return self._words


def template_names(values: Mapping[str, str]) -> dict[str, Any]:
    """Return what a template sees: plain names as they are, ``contact.name`` as a name of `contact`."""
    names: dict[str, Any] = {}
    groups: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        group, dot, rest = name.partition(".")
        if dot:
            groups.setdefault(group, {})[rest] = value
        else:
            names[name] = value
    return names | {group: _Group(**members, _words=names.get(group, "")) for group, members in groups.items()}


def render(text: TemplateText, values: Mapping[str, str], *, html: bool = False) -> Rendered:
    """Return subject and body with `values` (by name as expressions write it) in their places.

    `html`: the body as HTML too, made of the template's Markdown. A value is never rendered again and is no Markdown,
    whatever it contains. Raises `RenderingError`, also as soon as what is filled in gets longer than `LONGEST`.
    """
    from voronka.runtime.sandbox import said  # Jinja2: only where something is sent

    names = template_names(values)
    subject, body = Filled(), Filled()
    title = said(text.subject, names, subject)
    source = said(text.body, names, body)
    plain = fill(source, body)
    if len(plain) > LONGEST:
        raise RenderingError(_TOO_LONG)
    return Rendered(
        subject=" ".join(fill(title, subject).split())[:_SUBJECT],
        body=plain,
        html=_html(source, body) if html else "",
    )


def _html(source: str, values: list[str]) -> str:
    from voronka.runtime.markdown import html_of  # only a channel with HTML pays for the import

    return html_of(source, values)
