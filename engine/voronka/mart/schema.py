"""The tables of the mart, made for one workspace: a star of facts around dimensions.

Values lie as `voronka.sql` expects them: moments in UTC microseconds, money in minor units, dates in ISO text. The
columns of declared fields begin with ``f_``, so that none can meet one of the mart's own. Personal fields have none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import ARRAY, Column, MetaData, Table
from sqlalchemy.types import TypeEngine

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.scopes import type_of as expression_type
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, WRITABLE_COLLECTIONS
from voronka.definition.workspace import Workspace
from voronka.expressions import Kind
from voronka.frozen import frozen
from voronka.mart.paths import Paths
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT, Backend, type_of

__all__ = [
    "OF_SUBJECT",
    "ROWS",
    "VERSION",
    "MartSchema",
    "field_column",
    "kept",
    "own_fields",
    "row_fact",
    "score_columns",
]

VERSION = 4
"""Of the layout: a mart of another version is built anew."""

Columns = Mapping[str, TypeEngine[Any]]


def _columns(*, whole: str = "", texts: str = "", flags: str = "", reals: str = "") -> Columns:
    """Return columns by type: whole numbers (amounts and moments among them), texts, yes or no, doubles."""
    kinds = ((whole, BIGINT), (texts, TEXT), (flags, BOOL), (reals, DOUBLE))
    return {name: type_ for names, type_ in kinds for name in names.split()}


_DIMENSIONS: Mapping[str, Columns] = {
    "dim_deal": _columns(
        whole="deal parent created_at entered_at closed_at last_interaction_at",
        texts="id funnel variant stage outcome owner account contact release",
        flags="replied contacted",
    ),
    # A deal as it was from `since` up to but not including `until`.
    "dim_deal_version": _columns(
        whole="deal since until closed_at", texts="funnel variant stage outcome owner account contact"
    ),
    "dim_account": _columns(whole="created_at", texts="account owner"),
    "dim_contact": _columns(whole="created_at", texts="contact account"),
}
_FACTS: Mapping[str, Columns] = {
    "dim_user": _columns(texts="user label role team reports_to deputy zone", flags="declared"),
    "dim_release": _columns(whole="stored_at", texts="release"),
    # Stages of all variants in the order of the path, outcomes last.
    "dim_stage": _columns(whole="place", texts="funnel stage label outcome"),
    # A day of the workspace's zone lasts from `starts_at` up to `ends_at`; `week` and so on are their first days.
    "dim_day": _columns(whole="starts_at ends_at", texts="day week month quarter year", flags="working"),
    # `first_own_at`: when one of us first did something in the visit. `automatic`: it was ended by a timer or a rule.
    # `again`: the deal had been in the stage before.
    "fact_visit": _columns(
        whole="deal visit entered_at left_at first_own_at",
        texts="funnel stage via outcome next_stage",
        flags="automatic again",
    ),
    "fact_transition": _columns(
        whole="deal seq n at", texts="funnel from_stage to_stage via actor", flags="automatic back"
    ),
    "fact_interaction": _columns(
        whole="deal seq n at", texts="kind channel direction reason outcome user", flags="own"
    ),
    "fact_task": _columns(whole="deal seq n at due done_at", texts="assignee"),
    "fact_order": _columns(whole="deal at amount paid", texts="number status"),
    "fact_timer": _columns(whole="deal visit occurrence due_at planned_at ended_at", texts="event state reason"),
    "fact_message": _columns(whole="deal seq n at settled_at", texts="channel template status"),
    # `item`: the name of its gate, as ``needs.leave.checklist.budget``.
    "fact_tick": _columns(whole="deal seq at", texts="item", flags="done"),
    "fact_score": _columns(whole="deal seq at", texts="card band", reals="total"),
}
_STATE = _columns(whole="refreshed_at", texts="print release first_day last_day")
OF_SUBJECT: Mapping[Subject, tuple[str, ...]] = {
    Subject.DEALS: ("dim_deal", "dim_deal_version"),
    Subject.ACCOUNTS: ("dim_account",),
    Subject.CONTACTS: ("dim_contact",),
}
ROWS = (Subject.DEALS, Subject.ACCOUNTS, Subject.CONTACTS)
_ROW = _columns(whole="seq", texts="record key")


def kept(field: Field) -> bool:
    """Tell whether the mart has a column for a field: computed ones are worked out, personal ones stay away."""
    return field.formula is None and not field.pii


def field_column(name: str) -> str:
    """Return the column of a declared field."""
    return f"f_{name}"


def own_fields(table: str) -> frozenset[str]:
    """Return the built-in fields that have columns of the mart's own in a table: no declared one is called so."""
    for subject, tables in OF_SUBJECT.items():
        if table in tables:
            known = _DIMENSIONS[table]
            return frozenset(name for name in BUILT_IN_FIELDS[subject] if name in known)
    if table == "fact_interaction":
        return frozenset(name for name in BUILT_IN_COLLECTIONS["interactions"].fields if name in _FACTS[table])
    return frozenset()


@frozen
class MartSchema:
    """The tables by name, for one kind of database.

    `state`: the one row that tells what the mart holds. `kinds`: what the columns of declared fields are, by table.
    `collections`: those with rows of their own, by what they belong to. `cards`: the scorecards of deals. `print`: what
    the rows depend on; a mart of another one is built anew.
    """

    metadata: MetaData
    tables: Mapping[str, Table]
    state: Table
    kinds: Mapping[str, Mapping[str, Kind]]
    collections: Mapping[Subject, tuple[str, ...]]
    cards: tuple[str, ...]
    print: str

    @classmethod
    def of(cls, workspace: Workspace, backend: Backend, schema: str | None = None) -> MartSchema:
        """Return the tables for a workspace's fields and collections; `schema`: where a shared database keeps them."""
        metadata = MetaData(schema=schema)
        several: TypeEngine[Any] = ARRAY(TEXT)
        if backend.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # not for those who have another database

            several = JSONB()

        kinds: dict[str, dict[str, Kind]] = {}

        def typed(table: str, fields: Iterable[Field], known: Columns) -> Columns:
            own: dict[str, TypeEngine[Any]] = {}
            standing = own_fields(table)
            for field in fields:
                kind = expression_type(field).kind
                if field.name in standing:
                    kinds.setdefault(table, {})[field.name] = kind
                elif kept(field):
                    many = field.type is FieldType.CHOICES
                    own[field_column(field.name)] = several if many else type_of(kind)
                    kinds.setdefault(table, {})[field_column(field.name)] = kind
            return {**known, **own}

        layout = dict(_FACTS)
        for subject, tables in OF_SUBJECT.items():
            fields = [*BUILT_IN_FIELDS[subject].values(), *workspace.fields.get(subject, {}).values()]
            layout |= {name: typed(name, fields, _DIMENSIONS[name]) for name in tables}
        cards = tuple(workspace.scorecards)
        for card in cards:
            (_, total), (_, band) = score_columns(card)
            layout["dim_deal"] = {**layout["dim_deal"], total: DOUBLE, band: TEXT}
        for name, fields in _rows(workspace).items():
            layout[name] = typed(name, fields, _FACTS.get(name, _ROW))
        written = {name: {column: repr(type_) for column, type_ in columns.items()} for name, columns in layout.items()}
        paths = Paths(workspace)
        told = [VERSION, workspace.currency.digits, written, paths.told]
        return cls(
            metadata=metadata,
            state=_table("mart_state", metadata, _STATE),
            kinds=kinds,
            collections=_collections(workspace),
            cards=cards,
            print=sha256(json.dumps(told, default=str).encode()).hexdigest(),
            tables={name: _table(name, metadata, columns) for name, columns in layout.items()},
        )


def _table(name: str, metadata: MetaData, columns: Columns) -> Table:
    return Table(name, metadata, *(Column(column, type_, quote=True) for column, type_ in columns.items()))


def _collections(workspace: Workspace) -> Mapping[Subject, tuple[str, ...]]:
    """Return the collections whose rows people put, by what they belong to."""
    found = {subject: set(workspace.collections.get(subject, ())) for subject in ROWS}
    found[Subject.DEALS] |= WRITABLE_COLLECTIONS
    return {subject: tuple(sorted(names - {"interactions", "orders"})) for subject, names in found.items()}


def _rows(workspace: Workspace) -> Mapping[str, list[Field]]:
    """Return the fields of rows by the fact that holds them."""
    built_in = ("interactions", *sorted(WRITABLE_COLLECTIONS))
    found = {row_fact(Subject.DEALS, name): [*BUILT_IN_COLLECTIONS[name].fields.values()] for name in built_in}
    for subject in ROWS:
        for name, collection in workspace.collections.get(subject, {}).items():
            found.setdefault(row_fact(subject, name), []).extend(collection.fields.values())
    return found


def score_columns(card: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return the columns for a score told last on a card: total and band, each with its place in what is stored."""
    return (0, f"s_{card}_total"), (1, f"s_{card}_band")


def row_fact(of: Subject, collection: str) -> str:
    """Return the table of a collection's rows. Whose they are stands before ``row``, where no collection's name can."""
    if of is Subject.DEALS:
        return "fact_interaction" if collection == "interactions" else f"fact_row_{collection}"
    return f"fact_{of.value.removesuffix('s')}_row_{collection}"
