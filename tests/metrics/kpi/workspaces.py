"""A small workspace over whose mart KPIs are computed, and KPIs told in a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.decisions.workspaces import workspace_of
from voronka.calendars import parse_datetime
from voronka.definition.fields import Subject
from voronka.definition.kpis import Counted, Kpi, KpiKind, KpiLevel, Version
from voronka.definition.kpis.methods import Measure, Ratio, Stock
from voronka.definition.scopes import scope_of
from voronka.expressions import Expression, Kind, Type, compile_expression
from voronka.mart.memory import memory_mart
from voronka.messages import Label
from voronka.metrics.kpi import Data, Request
from voronka.sql.duckdb import DuckdbBackend

WORKSPACE = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
ZONE = WORKSPACE.timezone
NOW = parse_datetime("2026-12-31 12:00", ZONE)
SCOPE = scope_of(
    Subject.DEALS,
    fields=WORKSPACE.fields,
    collections=WORKSPACE.collections,
    money_digits=2,
    stages=("talk", "offer", "won", "lost"),
)


def over(text: str, of: str = "deals") -> Expression:
    """Return an expression over all rows that are counted."""
    found = compile_expression(text, replace(SCOPE, counted=of), expect=None)
    assert isinstance(found, Expression), [str(each.reason) for each in found]
    return found


def row(text: str, of: str = "deals", *, expect: Kind | None = Kind.BOOL) -> Expression:
    """Return a condition about one row, or a value of it."""
    found = compile_expression(text, SCOPE, collection=None if of == "deals" else of, expect=expect)
    assert isinstance(found, Expression), [str(each.reason) for each in found]
    return found


def formula(text: str, **names: Type) -> Expression:
    """Return a formula over other KPIs."""
    from voronka.expressions import Name, Scope

    found = compile_expression(text, Scope({name: Name(type_) for name, type_ in names.items()}), expect=None)
    assert isinstance(found, Expression), [str(each.reason) for each in found]
    return found


def kpi(method, name="k", *, of="deals", time="created_at", where=None, versions=None, by=("owner",), **parts) -> Kpi:
    """Return a KPI of one version, or of those given."""
    made = versions or (Version(number=1, method=method, where=where and row(where, of), time=time),)
    label = Label.plain(name)
    return Kpi(
        name=name, label=label, definition=label, owner="manager", level=KpiLevel.ALL, kind=KpiKind.OUTCOME,
        of=Counted(of), versions=made, by=by, **parts,
    )  # fmt: skip


def measure(text: str, of: str = "deals") -> Measure:
    return Measure(value=over(text, of))


def ratio(part: str, whole: str, of: str = "deals", *, share: bool = True) -> Ratio:
    return Ratio(part=over(part, of), whole=over(whole, of), share=share)


def stock(text: str) -> Stock:
    return Stock(value=over(text))


def at(text: str) -> int:
    """Return a moment of the workspace's zone."""
    return parse_datetime(text, ZONE)


def ask(start: str, end: str, grain=None, *, by=(), now=NOW, **parts) -> Request:
    """Return a request for days told in ISO."""
    return Request(start=date.fromisoformat(start), end=date.fromisoformat(end), now=now, grain=grain, by=by, **parts)


class Mart:
    """A mart in memory, as computations see it."""

    def __init__(self, rows, workspace=WORKSPACE, kpis=()):
        self.workspace = replace(workspace, kpis={each.name: each for each in kpis})
        self._opened = memory_mart(self.workspace, rows)

    def __enter__(self) -> Data:
        schema, connection = self._opened.__enter__()
        return Data(workspace=self.workspace, schema=schema, backend=DuckdbBackend(), connection=connection)

    def __exit__(self, *raised):
        return self._opened.__exit__(*raised)
