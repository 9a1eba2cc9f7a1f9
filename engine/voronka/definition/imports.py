"""How rows of a foreign file become deals, events of deals, accounts, contacts and rows of collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from voronka.definition.fields import Collection, Subject
from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = ["CaseEvent", "ColumnValue", "FileFormat", "Import", "ImportMode", "Keep", "Key", "RowImport", "StageColumn"]


class ImportMode(StrEnum):
    """HISTORY takes the rows' own times and runs no gates and no actions; LIVE makes each row an ordinary command."""

    HISTORY = "history"
    LIVE = "live"


@frozen
class FileFormat:
    """`kind`: csv, csv.gz, xlsx, or a format that a plugin declares. `zone`: of times without an offset (an IANA name).

    `sheet`: which of those of a workbook; None: the one that holds anything.
    """

    kind: str
    encoding: str = "utf-8"
    delimiter: str = ","
    zone: str | None = None
    sheet: str | None = None


@frozen
class ColumnValue:
    """A value out of a row: a `column` (through `map`, whose keys are as written in the file) or a `constant`.

    `default` stands in for an empty cell, and is not mapped.
    `unknown`: what an owner or user that is not declared gets: ``refuse`` or ``add`` (an outside name is registered).
    """

    column: str | None = None
    constant: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    unknown: str = "refuse"


@frozen
class StageColumn:
    """Where a row (= a deal) stands, and since when; without `at` the stage was entered at creation."""

    value: ColumnValue
    at: ColumnValue | None = None


@frozen
class CaseEvent:
    """What a row (= an event of a case) means. `when` reads the row's columns. The first that holds wins.

    Any of: `stage` to enter, `set` of fields, an `interaction`; `user` did it.
    """

    when: Expression | None
    stage: str | None = None
    set: Mapping[str, ColumnValue] = field(default_factory=dict)
    interaction: Mapping[str, ColumnValue] | None = None
    user: ColumnValue | None = None


@frozen
class Import:
    """One mapping. Either a row is a deal (`deal`, `stage`) or, with `case`, a row is an event of one (`events`).

    `key`: the column(s) that identify a row for ever; `case`: the column that names the deal; `at`: the event's time.
    `source`: where the values come from; empty: nobody said. The deal's key lives in the namespace `keys` (default: the
    funnel), so that several mappings meet in one deal.
    """

    name: str
    file: FileFormat
    mode: ImportMode
    funnel: str
    keys: str
    key: tuple[str, ...]
    columns: frozenset[str]
    deal: Mapping[str, ColumnValue] = field(default_factory=dict)
    stage: StageColumn | None = None
    case: str | None = None
    at: str | None = None
    events: tuple[CaseEvent, ...] = ()
    source: str = ""


class Keep(StrEnum):
    """Which value stays where a record and a file both have one."""

    OURS = "ours"
    THEIRS = "theirs"
    GREATER = "greater"
    LESS = "less"


@frozen
class Key:
    """By which a record is found: the field that holds what stands in `value`; ``number`` is that of a deal."""

    field: str
    value: ColumnValue


@frozen
class RowImport:
    """A mapping whose rows tell how things stand: the same file twice changes nothing (it confirms what grows old), a
    newer one what is new in it.

    With a `collection`, each row is a row of it, and belongs to the record of `subject` that `match` finds. Without,
    each row is an account or a contact: the one that is found, or a new one. The keys of `match` are tried in order.
    `values`: what the row says, by field; `keep`: whose value stays, by field, where the record has another (`OURS` if
    nothing is said, in a collection always `THEIRS`); of a field with sources its own merge rule says it. `source`:
    where the values come from, empty if nothing is said.
    """

    name: str
    file: FileFormat
    subject: Subject
    match: tuple[Key, ...]
    columns: frozenset[str]
    values: Mapping[str, ColumnValue]
    keep: Mapping[str, Keep] = field(default_factory=dict)
    collection: Collection | None = None
    source: str = ""
