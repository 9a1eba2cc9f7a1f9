"""Message templates: Jinja2 text by locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Template", "TemplateText"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateText:
    """One locale's text: the front matter's subject and the body, both Jinja2 source. `names`: what they read."""

    subject: str
    body: str
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A message by locale (``ru``, ``en``); a template without a locale in its file name stands under ``""``."""

    name: str
    texts: Mapping[str, TemplateText]
