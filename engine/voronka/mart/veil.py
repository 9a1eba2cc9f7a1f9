"""What of a mart is not for whoever asks: fields hidden from them, and what else would tell of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from sqlalchemy import Table

from voronka.definition.fields import Subject
from voronka.definition.guarded import open_timed
from voronka.definition.rights import Rights
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.mart.schema import OF_SUBJECT, ROWS, MartSchema, field_column, own_fields, row_fact, score_columns
from voronka.mart.views import shown_names, view_name
from voronka.runtime.viewer import hidden_of_some

__all__ = ["LeftOut", "Veil", "veil_of"]

_VERSIONS = "dim_deal_version"
_TIMES = ("due_at", "planned_at")


@frozen
class LeftOut:
    """What a view is shown without. `columns`: as the view names them; `of`: whose alone: scorecards, timed events.

    A column without `of` is left out as a whole. Rows of scorecards are left out, times of timed events are empty.
    """

    view: str
    columns: tuple[str, ...]
    of: tuple[str, ...] = ()


@frozen
class Veil:
    """Over a mart: `columns` of its tables, the `cards`, and the timed events but for the `timed` ones (by funnel).

    `timed` is None where the times of all may be shown.
    """

    columns: Mapping[str, frozenset[str]]
    cards: tuple[str, ...] = ()
    timed: frozenset[tuple[str, str]] | None = None
    untold: tuple[str, ...] = ()

    def select(self, table: Table) -> str:
        """Return the select of a table's view without what is hidden, in DuckDB's words."""
        view, left = view_name(table.name), self.columns.get(table.name, frozenset())
        shown = [name for column, name in shown_names(table).items() if column not in left]
        chosen = ", ".join(f'"{name}"' for name in shown)
        if table.name == _VERSIONS and left:
            return _merged(view, shown)
        if table.name == "fact_score" and self.cards:
            cards = ", ".join(_text(card) for card in self.cards)
            return f'SELECT {chosen} FROM "{view}" WHERE card NOT IN ({cards})'  # noqa: S608 - ours
        if table.name == "fact_timer" and self.timed is not None:
            open_ = ", ".join(f"({_text(funnel)}, {_text(event)})" for funnel, event in sorted(self.timed))
            known = f"(d.funnel, t.event) IN ({open_})" if open_ else "false"
            told = ", ".join(
                f'CASE WHEN {known} THEN t."{name}" END AS "{name}"' if name in _TIMES else f't."{name}"'
                for name in shown
            )
            return f'SELECT {told} FROM "{view}" t JOIN "{view_name("dim_deal")}" d ON d.deal = t.deal'  # noqa: S608 - ours
        return f'SELECT {chosen} FROM "{view}"'  # noqa: S608 - ours

    def left_out(self, schema: MartSchema) -> Iterator[LeftOut]:
        """Yield what the views are shown without, in their order."""
        for name, table in schema.tables.items():
            left, shown = self.columns.get(name, frozenset()), shown_names(table)
            if left:
                columns = tuple(shown[column] for column in shown if column in left)
                yield LeftOut(view=view_name(name), columns=columns)
            if name == "fact_score" and self.cards:
                yield LeftOut(view=view_name(name), columns=("band", "total"), of=self.cards)
            if name == "fact_timer" and self.untold:
                yield LeftOut(view=view_name(name), columns=_TIMES, of=self.untold)


def veil_of(workspace: Workspace, rights: Rights, schema: MartSchema) -> Veil:
    """Return the veil for whoever has the `rights`: over whatever is hidden from them on some record at least."""
    columns: dict[str, frozenset[str]] = {}
    for subject in ROWS:
        hidden = hidden_of_some(workspace, rights, subject)
        for name in OF_SUBJECT[subject]:
            columns[name] = _columns(schema.tables[name], hidden)
        for collection in workspace.collections.get(subject, {}):
            own = {name.removeprefix(f"{collection}.") for name in hidden if name.startswith(f"{collection}.")}
            table = schema.tables.get(row_fact(subject, collection))
            if table is not None:
                columns[table.name] = _columns(table, own)
    hidden = hidden_of_some(workspace, rights, Subject.DEALS)
    cards = tuple(name for name, card in workspace.scorecards.items() if not hidden.isdisjoint(card.reads))
    scores = {name for card in cards for _, name in score_columns(card)}
    columns["dim_deal"] |= scores & set(schema.tables["dim_deal"].c.keys())
    open_ = open_timed(workspace, hidden)
    events = {
        (funnel.name, event)
        for funnel in workspace.funnels.values()
        for each in funnel.variants.values()
        for event in each.timed
    }
    return Veil(
        columns={name: left for name, left in columns.items() if left},
        cards=cards,
        timed=open_ if hidden else None,
        untold=tuple(sorted({event for funnel, event in events if (funnel, event) not in open_})) if hidden else (),
    )


def _columns(table: Table, names: Set[str]) -> frozenset[str]:
    """Return those columns of a table that hold fields of these names."""
    columns: Any = table.c
    found = {name if name in own_fields(table.name) else field_column(name) for name in names}
    return frozenset(column for column in found if column in columns)


def _merged(view: str, shown: list[str]) -> str:
    """Return the select of versions of which neighbours that look the same are one: else they would tell when what is
    hidden has changed."""
    of_time = ("since", "until")
    chosen = ", ".join(
        'lead("since") OVER (PARTITION BY "deal" ORDER BY "since") AS "until"' if name == "until" else f'"{name}"'
        for name in shown
    )
    looks = ", ".join(f'"{name}"' for name in shown if name not in of_time)
    before = 'OVER (PARTITION BY "deal" ORDER BY "since")'
    same = "="  # no field is called so
    return (
        f"SELECT {chosen} FROM (SELECT *, row({looks}) IS NOT DISTINCT FROM "  # noqa: S608 - ours
        f'lag(row({looks})) {before} AND lag("deal") {before} IS NOT NULL AS "{same}" FROM "{view}") WHERE NOT "{same}"'
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
