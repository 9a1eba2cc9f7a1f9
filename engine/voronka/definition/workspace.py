"""The whole configuration as one value: a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voronka.calendars import WorkingCalendar
from voronka.definition.fields import Collection, Field, FieldSet, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.imports import Import
from voronka.definition.people import Role, User
from voronka.definition.templates import Template
from voronka.messages import Label

__all__ = ["Channel", "Currency", "Workspace"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Currency:
    """ISO 4217 code and its number of minor digits: money is kept as an integer of minor units."""

    code: str
    digits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A way out for messages. `via` names what delivers it: for now `file` (a file per message in the state folder)."""

    name: str
    via: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """Everything declared, checked and resolved. `release` is the content hash of the files it was read from.

    `fields` and `collections` are keyed by subject, then by name.
    """

    name: str
    title: Label
    locale: str
    timezone: str
    currency: Currency
    calendar: WorkingCalendar
    calendars: Mapping[str, WorkingCalendar]
    sets: Mapping[str, FieldSet]
    fields: Mapping[Subject, Mapping[str, Field]]
    collections: Mapping[Subject, Mapping[str, Collection]]
    funnels: Mapping[str, Funnel]
    roles: Mapping[str, Role]
    people: Mapping[str, User]
    templates: Mapping[str, Template]
    channels: Mapping[str, Channel]
    imports: Mapping[str, Import]
    release: str
