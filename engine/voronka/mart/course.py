"""The course of deals, told from their histories: visits, transitions, scores, and what each deal was at which time.

One pass over the entries of a deal gives the rows of four tables. Moments never go back within a deal: what is told
late about an earlier time counts from the moment that the history had reached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Text, select
from sqlalchemy.types import BigInteger, Boolean, Double

from voronka.definition.workspace import Workspace
from voronka.mart.paths import Paths
from voronka.mart.schema import MartSchema
from voronka.storage.tables import deals, history

__all__ = ["COURSE", "Course", "entries"]

COURSE = ("dim_deal_version", "fact_visit", "fact_transition", "fact_score", "fact_tick")
"""The tables that the histories are told into."""

_decode = json.JSONDecoder().raw_decode
_IMPORT = "import:"

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]


def entries(which: ColumnElement[bool] | None = None) -> Select[Any]:
    """Select what `Course` is told by: the entries of deals, in order."""
    query = (
        select(deals.c.number, history.c.seq, history.c.actor, history.c.occurred_at, history.c.events)
        .join(history, history.c.stream == deals.c.id)
        .where(deals.c.hidden.is_(False))
        .order_by(history.c.stream, history.c.seq)
    )
    return query if which is None else query.where(which)


class Course:
    """Tells the rows of `COURSE`; their values stand in the order of the tables' columns."""

    def __init__(self, schema: MartSchema, workspace: Workspace) -> None:
        self._paths = Paths(workspace)
        columns = schema.tables["dim_deal_version"].c
        self._names = [column.name for column in columns][3:]
        self._reads = {column.name: _reader(column) for column in columns}

    def rows(self, told: Iterable[Row], size: int) -> Iterator[Rows]:
        """Yield the rows of entries (`entries`), by table, `size` deals at a time."""
        rows: Rows = {name: [] for name in COURSE}
        for count, (number, own) in enumerate(groupby(told, key=itemgetter(0)), start=1):
            self._tell(number, own, rows)
            if count % size == 0:
                yield rows
                rows = {name: [] for name in COURSE}
        yield rows

    def _tell(self, number: int, own: Iterable[Row], rows: Rows) -> None:
        deal = _Deal(number, self._paths, self._names, self._reads, rows)
        for _, seq, actor, occurred_at, events in own:
            machine = ":" in actor or "@" in actor
            if not machine and deal.untouched:
                deal.touched(occurred_at)
            imported = machine and actor.startswith(_IMPORT)
            # To read an entry costs more than all that follows, and of most of them nothing does.
            if not (
                imported
                or '"stage.' in events
                or '"field.changed"' in events
                or '"deal.' in events
                or '"score.changed"' in events
                or '"checklist.ticked"' in events
            ):
                continue
            deal.entry(seq, actor, automatic=None if imported else machine)
            for n, event in enumerate(_decode(events)[0]):
                tell = _TELL.get(event["kind"])
                if tell is not None:
                    tell(deal, n, event, event.get("at", occurred_at))
        deal.end()


class _Deal:
    """A deal as far as it has been told."""

    def __init__(
        self, number: int, paths: Paths, names: list[str], reads: Mapping[str, Callable[[Any], Any]], rows: Rows
    ) -> None:
        self._number = number
        self._paths = paths
        self._reads = reads
        self._rows = rows
        self._now: dict[str, Any] = dict.fromkeys(names)
        self._at = 0
        self._version: Row = ()
        self._since = 0
        self._visit: dict[str, Any] | None = None
        self._stages: set[str] = set()
        self._seq = 0
        self._actor = ""
        self._automatic: bool | None = None
        self._imported = False

    def entry(self, seq: int, actor: str, *, automatic: bool | None) -> None:
        """Begin to tell an entry."""
        self._seq, self._actor, self._automatic = seq, actor, automatic
        self._imported = automatic is None

    @property
    def untouched(self) -> bool:
        """Whether none of us has done anything in the present visit yet."""
        return self._visit is not None and self._visit["first_own_at"] is None

    def touched(self, at: int) -> None:
        """Tell that one of us did something."""
        visit = self._visit
        if visit is not None and visit["first_own_at"] is None:
            visit["first_own_at"] = max(at, visit["entered_at"])

    def created(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._now["funnel"] = event["funnel"]
        self._now["variant"] = event.get("case")
        for name in ("owner", "account", "contact"):
            self._now[name] = event.get(name)
        self._set(event.get("fields", {}))
        self._changed(at)

    def fields(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._set(event["new"])
        self._changed(at)

    def case(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._now["variant"] = event.get("case")
        self._changed(at)

    def left(self, n: int, event: Mapping[str, Any], at: int) -> None:
        if self._visit is not None:
            self._visit["left_at"] = at

    def entered(self, n: int, event: Mapping[str, Any], at: int) -> None:
        funnel, stage, via = self._now["funnel"], event["stage"], event.get("via")
        before = self._visit
        if before is not None:
            automatic = self._automatic
            if automatic is False and self._paths.by_itself(funnel, via):
                automatic = True
            before["next_stage"], before["automatic"] = stage, automatic
            self._rows["fact_visit"].append(tuple(before.values()))
            back = self._paths.back(funnel, before["stage"], stage)
            self._rows["fact_transition"].append(
                (self._number, self._seq, n, at, funnel, before["stage"], stage, via, self._actor, automatic, back)
            )
        self._visit = {
            "deal": self._number,
            "visit": event["visit"],
            "entered_at": at,
            "left_at": None,
            "first_own_at": None,
            "funnel": funnel,
            "stage": stage,
            "via": via,
            "outcome": event.get("outcome"),
            "next_stage": None,
            "automatic": None,
            "again": stage in self._stages,
        }
        self._stages.add(stage)
        self._now["stage"] = stage
        if event.get("outcome") is not None:
            self._now["outcome"] = event["outcome"]
            self._now["closed_at"] = at
        self._changed(at)

    def reopened(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._now["outcome"] = self._now["closed_at"] = None
        self._changed(at)

    def scored(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._rows["fact_score"].append(
            (self._number, self._seq, at, event["card"], event.get("band"), float(event["total"]))
        )

    def ticked(self, n: int, event: Mapping[str, Any], at: int) -> None:
        self._rows["fact_tick"].append((self._number, self._seq, at, event["item"], event["done"]))

    def logged(self, n: int, event: Mapping[str, Any], at: int) -> None:
        """Tell an imported contact: if it came from us, one of us did something."""
        if self._imported and not event.get("own", False) and event["values"].get("direction") != "in":
            self.touched(at)

    def end(self) -> None:
        """Tell the last visit and the last version."""
        if self._visit is not None:
            self._rows["fact_visit"].append(tuple(self._visit.values()))
        if self._version:
            self._close(None)

    def _set(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            column = name if name in ("owner", "account", "contact") else f"f_{name}"
            read = self._reads.get(column)
            if read is not None:
                self._now[column] = read(value)

    def _changed(self, at: int) -> None:
        version = tuple(self._now.values())
        if version == self._version:
            return
        self._at = max(self._at, at)
        if self._version and self._at > self._since:
            self._close(self._at)
        self._version, self._since = version, self._at

    def _close(self, until: int | None) -> None:
        self._rows["dim_deal_version"].append((self._number, self._since, until, *self._version))


_TELL: Mapping[str, Callable[[_Deal, int, Mapping[str, Any], int], None]] = {
    "deal.created": _Deal.created,
    "deal.case_changed": _Deal.case,
    "deal.reopened": _Deal.reopened,
    "field.changed": _Deal.fields,
    "stage.entered": _Deal.entered,
    "stage.left": _Deal.left,
    "score.changed": _Deal.scored,
    "checklist.ticked": _Deal.ticked,
    "interaction.logged": _Deal.logged,
}


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    """Return what makes a value of a history fit a column: one of another type, as a field once had, is missing."""
    if isinstance(column.type, Boolean):
        return lambda value: value if isinstance(value, bool) else None
    if isinstance(column.type, BigInteger):
        return lambda value: value if type(value) is int else None
    if isinstance(column.type, Double):
        return lambda value: float(value) if type(value) in (int, float) else None
    if isinstance(column.type, Text):
        return lambda value: value if isinstance(value, str) and value else None
    return lambda value: json.dumps(value, ensure_ascii=False) if isinstance(value, list) else None
