"""Message templates: Jinja2 text by locale."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["SAID_OF_DEAL", "SAID_OF_NOTICE", "SAID_OF_TIMED", "Template", "TemplateText", "said_of"]


def _said(**types: FieldType) -> Mapping[str, Field]:
    """Return what is said under each name (two underscores stand for the dot) as a field of its type."""
    names = {written.replace("__", "."): kind for written, kind in types.items()}
    return {name: Field(name=name, type=kind, label=Label.plain(name)) for name, kind in names.items()}


SAID_OF_DEAL: Mapping[str, Field] = _said(
    closed_at=FieldType.DATETIME,
    created_at=FieldType.DATETIME,
    deal__number=FieldType.TEXT,
    entered_at=FieldType.DATETIME,
    funnel=FieldType.CHOICE,
    last_interaction_at=FieldType.DATETIME,
    number=FieldType.TEXT,
    owner__name=FieldType.TEXT,
    stage=FieldType.CHOICE,
)
"""What a template may say of any deal, besides the fields of the deal, its account and its contact. The options of
`funnel` and `stage` are those of the workspace."""

SAID_OF_TIMED: Mapping[str, Field] = _said(
    timed__due=FieldType.DATETIME, timed__name=FieldType.TEXT, timed__offset=FieldType.DURATION
)
"""What a template may say of the timed event that sends it."""

SAID_OF_NOTICE = frozenset(
    {
        "notice.action",
        "notice.again",
        "notice.channel",
        "notice.command",
        "notice.decision",
        "notice.effect",
        "notice.from",
        "notice.gates",
        "notice.reason",
        "notice.review",
        "notice.stage",
        "notice.to",
        "notice.transition",
        "notice.way",
    }
)
"""What the engine's own notices tell besides: ``sla_breached`` the stage, ``gate_stopped`` transition and gates, and
again if the move is tried again,
``command_refused`` command and gates (none if it failed), ``message_failed`` channel and reason,
``action_failed`` action and reason, ``effect_unknown`` effect (its key), way (channel or action) and reason,
``review_made`` review, the days from and to, decision (empty if none is asked for) and the command that shows it."""


def said_of(declared: Mapping[Subject, Mapping[str, Field]]) -> dict[str, Field]:
    """Return every name by which a template may say something of a deal, its account and its contact, as a field.

    `declared`: the workspace's fields. Computed ones are not among them: a message tells what is kept.
    """
    named = {
        f"{prefix}{name}": field
        for subject, prefix in ((Subject.DEALS, ""), (Subject.ACCOUNTS, "account."), (Subject.CONTACTS, "contact."))
        for name, field in {**BUILT_IN_FIELDS[subject], **declared.get(subject, {})}.items()
        if field.formula is None
    }
    return {**named, **SAID_OF_DEAL}


@frozen
class TemplateText:
    """One locale's text: the front matter's subject and the body, both Jinja2 source.

    `names`: what they read; none for the engine's own notices, which read nothing that a funnel would declare.
    """

    subject: str
    body: str
    names: frozenset[str]


@frozen
class Template:
    """A message by locale (``ru``, ``en``); a template without a locale in its file name stands under ``""``."""

    name: str
    texts: Mapping[str, TemplateText]
