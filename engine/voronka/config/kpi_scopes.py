"""What the expressions of KPIs may name: rows of what they count, terms, other KPIs, parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from voronka.definition.fields import Subject
from voronka.definition.kpis import Counted
from voronka.expressions import Kind, Name, Scope, Type

__all__ = ["OF_FACTS", "KpiScopes", "numbers"]

_RECORDS = {Counted.DEALS: Subject.DEALS, Counted.ACCOUNTS: Subject.ACCOUNTS, Counted.CONTACTS: Subject.CONTACTS}
_OUTCOMES = ("won", "lost")
OF_FACTS: Mapping[Counted, Mapping[str, Name]] = {
    Counted.VISITS: {
        "funnel": Name(Type(Kind.CHOICE), present=True),
        "outcome": Name(Type(Kind.CHOICE, _OUTCOMES)),
        "next_stage": Name(Type(Kind.CHOICE)),
        "automatic": Name(Type(Kind.BOOL)),
        "first_own_at": Name(Type(Kind.DATETIME)),
    },
    Counted.INTERACTIONS: {"own": Name(Type(Kind.BOOL), present=True)},
}
"""What the facts of the mart tell beside the columns that the rows have everywhere."""


class KpiScopes:
    """Scopes by what is counted. `everywhere` gives that of a kind of record, `keep` one that is to be kept.

    `terms`: the formulas of the glossary, by the records that they are about.
    """

    def __init__(
        self,
        everywhere: Callable[[Subject], Scope],
        keep: Callable[[Scope], Scope],
        terms: Mapping[Subject, Mapping[str, str]],
    ) -> None:
        self._everywhere = everywhere
        self._keep = keep
        self._terms = terms
        self._of: dict[tuple[Counted, bool], Scope] = {}

    def row(self, counted: Counted) -> tuple[Scope, str | None]:
        """Return what a condition about one row may name, and the collection that the row is of; None: a record."""
        return self._scope(counted, measured=False), None if counted in _RECORDS else counted.value

    def measure(self, counted: Counted) -> Scope:
        """Return what a number over all rows may name."""
        return self._scope(counted, measured=True)

    def names(self, counted: Counted) -> dict[str, Name]:
        """Return the names of a row: its own, else those of its deal, these also with ``deal.`` before them."""
        scope, collection = self.row(counted)
        if collection is None:
            return dict(scope.names)
        of_deal = {f"deal.{name}": each for name, each in scope.names.items()}
        return {**of_deal, **scope.names, **scope.collections[collection]}

    def _scope(self, counted: Counted, *, measured: bool) -> Scope:
        key = counted, measured
        if key not in self._of:
            subject = _RECORDS.get(counted, Subject.DEALS)
            scope = self._everywhere(subject)
            terms = {name: Name.defined(text) for name, text in self._terms.get(subject, {}).items()}
            collections = scope.collections
            if counted in OF_FACTS:
                stages = scope.names["stage"], scope.names["funnel"]
                facts = {**OF_FACTS[counted], **_linked(counted, *stages)}
                collections = {**collections, counted.value: {**collections[counted.value], **facts}}
            self._of[key] = self._keep(
                replace(
                    scope,
                    names={**terms, **scope.names},
                    collections=collections,
                    counted=counted.value if measured else None,
                )
            )
        return self._of[key]


def _linked(counted: Counted, stage: Name, funnel: Name) -> dict[str, Name]:
    """Return the names of a visit with the options that a deal's have."""
    return {"next_stage": replace(stage, present=False), "funnel": funnel} if counted is Counted.VISITS else {}


def numbers(names: Iterable[str], subject: str) -> Scope:
    """Return a scope of numbers: what a formula over KPIs or parameters may name."""
    return Scope({name: Name(Type(Kind.NUMBER)) for name in names}, subject=subject)
