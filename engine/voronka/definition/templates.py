"""Message templates: Jinja2 text by locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["SAID_OF_DEAL", "SAID_OF_NOTICE", "SAID_OF_TIMED", "Template", "TemplateText"]

SAID_OF_DEAL = frozenset(
    {
        "closed_at",
        "created_at",
        "deal.number",
        "entered_at",
        "funnel",
        "last_interaction_at",
        "number",
        "owner.name",
        "stage",
    }
)
"""What a template may say of any deal, besides the fields of the deal, its account and its contact."""

SAID_OF_TIMED = frozenset({"timed.due", "timed.name", "timed.offset"})
"""What a template may say of the timed event that sends it."""

SAID_OF_NOTICE = frozenset(
    {"notice.channel", "notice.command", "notice.gates", "notice.reason", "notice.stage", "notice.transition"}
)
"""What the engine's own notices tell besides: ``sla_breached`` the stage, ``gate_stopped`` transition and gates,
``command_refused`` command and gates (none if it failed), ``message_failed`` channel and reason."""


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
