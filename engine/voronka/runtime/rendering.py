"""Templates into messages, once each: Jinja2 in its sandbox, over values that read as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voronka.definition.templates import Template as MessageTemplate
from voronka.definition.templates import TemplateText

__all__ = ["LONGEST", "RenderingError", "choose_text", "render", "template_names"]

LONGEST = 100_000
"""A rendered text is not longer than so many characters."""

_SUBJECT = 250


class RenderingError(Exception):
    """A template that cannot be rendered: trying again cannot help."""


# Every name was checked against the workspace's fields when the configuration was read. What is missing at the
# time of sending reads as nothing. The text is plain: a channel that needs HTML makes and escapes it.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=ChainableUndefined,
    autoescape=False,
    finalize=lambda value: "" if value is None else value,
)


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


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


def render(text: TemplateText, values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body with `values` (by name as expressions write it) in their places.

    Raises `RenderingError`. A value is never rendered again, whatever braces it contains.
    """
    names = template_names(values)
    try:
        subject, body = (_compiled(source).render(names) for source in (text.subject, text.body))
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise RenderingError(str(error)) from error
    if len(body) > LONGEST:
        raise RenderingError(f"the text is longer than {LONGEST} characters")
    return " ".join(subject.split())[:_SUBJECT], body
