"""Deal, account and contact fields, and the collections of rows that hang on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum

from voronka.calendars import Duration
from voronka.definition.sources import Merge
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = [
    "PROCESSED_AT",
    "WRITTEN_AT",
    "Bound",
    "Collection",
    "Field",
    "FieldGroup",
    "FieldSet",
    "FieldType",
    "Form",
    "Subject",
]


WRITTEN_AT, PROCESSED_AT = "written_at", "processed_at"
"""The columns of an inbox: when the note was written down, and when it was turned into values."""


class Subject(StrEnum):
    """What a field, a collection, a rule or a KPI is about."""

    DEALS = "deals"
    ACCOUNTS = "accounts"
    CONTACTS = "contacts"


class FieldType(StrEnum):
    """The declared type of a field; how each is kept is told in `voronka.definition.values`."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    PERCENT = "percent"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    CHOICE = "choice"
    CHOICES = "choices"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    USER = "user"
    ACCOUNT = "account"
    CONTACT = "contact"
    FILE = "file"


class Form(StrEnum):
    """What a value has to be beside its type: a text the name of a time zone, a language or a short code of one word,
    a number a count of minutes.
    """

    ZONE = "zone"
    LOCALE = "locale"
    CODE = "code"
    MINUTES = "minutes"


@frozen
class Bound:
    """The least or the greatest value of a field, in the form in which it is kept; `text`: as it is written."""

    value: int | float
    text: str


@frozen
class Field:
    """One declared field. `options` maps an option's id to its label (choice, choices only).

    `visible_to` and `set_by`: roles, and ``owner`` of the record; empty: whoever may see, or change, the record.
    `least` and `most` bound what is given to the field (number, integer, money, percent only); what a formula gives is
    not bounded. `sources`: those that may give a value, the one to be believed first; empty: any. `ttl`: how long a
    value is good.
    """

    name: str
    type: FieldType
    label: Label
    of: Subject = Subject.DEALS
    options: Mapping[str, Label] = field(default_factory=dict)
    pii: bool = False
    group: str | None = None
    formula: Expression | None = None
    help: Label | None = None
    form: Form | None = None
    least: Bound | None = None
    most: Bound | None = None
    visible_to: tuple[str, ...] = ()
    set_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    merge: Merge = Merge.PRIORITY
    ttl: Duration | None = None

    @property
    def followed(self) -> bool:
        """Whether it is remembered where its value comes from, and since when it is known."""
        return bool(self.sources) or self.ttl is not None

    @property
    def unbounded(self) -> Field:
        """The field without its bounds: what it has held stands, though they became narrower."""
        return self if self.least is self.most is None else replace(self, least=None, most=None)


@frozen
class FieldGroup:
    """A group of the card. `start`: the stage from which on it is shown on a deal's card; None: always."""

    name: str
    label: Label
    start: str | None = None


@frozen
class Collection:
    """Rows that hang on a deal, an account or a contact.

    `key` names the field whose value identifies a row within its owner; without it a row has a number. An `inbox` gets
    a row, named like the interaction, whenever a note is written down, and keeps when it was processed.
    """

    name: str
    of: Subject
    label: Label
    fields: Mapping[str, Field]
    key: str | None = None
    inbox: bool = False


@frozen
class FieldSet:
    """One file of fields: what a funnel names under `fields`."""

    name: str
    label: Label
    fields: Mapping[str, Field]
    collections: Mapping[str, Collection]
