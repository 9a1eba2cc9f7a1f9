"""What the names of a record stand for now, computed fields included, as expressions see them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from voronka.definition.fields import Subject
from voronka.definition.funnels import Transition
from voronka.definition.workspace import Workspace
from voronka.errors import PluginFault
from voronka.expressions import Env, Expression, RowsNotLoaded, Value
from voronka.process.commands import Chain
from voronka.process.draft import Draft
from voronka.process.environment import NotLoaded, rows_key
from voronka.process.gates import judge_gates
from voronka.process.plan import plan_of
from voronka.process.state import DealState, PartyState, Stream, StreamKind
from voronka.process.step import Facts, Failure, Moment, Row
from voronka.runtime.party_evaluation import PartyRows
from voronka.storage import Reader

__all__ = ["DealEvaluation", "computed_of_party"]


_Found = TypeVar("_Found")


class DealEvaluation:
    """The names of one deal at the moment `now`; what they reach is read when it is asked for."""

    def __init__(self, reader: Reader, workspace: Workspace, deal: DealState, now: int) -> None:
        self._reader = reader
        self._deal = deal
        self._plan = plan_of(workspace)
        self._funnel = self._plan.funnel(deal.funnel)
        stream = Stream(StreamKind.DEAL, deal.id)
        self._moment = Moment(now=now, actor="", source="", occurred_at=now, stream=stream, chain=Chain(origin=""))
        self._facts = Facts(deal=deal, parties={}, rows={})

    def value(self, name: str) -> Any:  # noqa: ANN401 - a value of any field
        """Return the value of a name; None if it is missing. A personal one is its reference."""
        return self._loaded(lambda draft: draft.value(name))

    def leaves(self, expression: Expression) -> Mapping[str, Value | None]:
        """Return what the result of an expression rests on now, by which it can be explained."""

        def judge(draft: Draft) -> Mapping[str, Value | None]:
            env = draft.env(expression)
            expression.evaluate(env)
            return expression.leaves(env)

        return self._loaded(judge) or {}

    def of_rows(self, collection: str, expression: Expression) -> list[tuple[Row, Value | None]]:
        """Return each row of a collection with what an expression about the first row gives, asked of it alone."""

        def ask(draft: Draft) -> list[tuple[Row, Value | None]]:
            env, found = draft.env(expression), []
            for row in draft.rows[collection]:
                alone: Any = ChainMap({collection: (row,)}, draft.rows)  # type: ignore[arg-type] # read only
                found.append((row, expression.evaluate(replace(env, rows=alone))))
            return found

        return self._loaded(ask) or []

    def _loaded(self, ask: Callable[[Draft], _Found]) -> _Found | None:
        """Return the answer of a draft that has whatever the question reaches; None where there is nothing to reach."""
        while self._funnel is not None:
            try:
                return ask(Draft(self._plan, self._funnel, self._facts, self._moment))
            except NotLoaded as missing:
                self._load_party(missing.stream)
            except RowsNotLoaded as missing:
                if not self._load_rows(missing.collection):
                    return None
        return None

    def computed(self, hidden: frozenset[str] = frozenset()) -> dict[str, Value]:
        """Return the values of the deal's computed fields that have one, save those that read something `hidden`.

        What a broken plugin would have to compute has none: it must not hide the rest of the deal.
        """
        if self._funnel is None:
            return {}
        names = [
            name for name, formula in self._funnel.formulas.items() if hidden.isdisjoint({name, *formula.reads.values})
        ]
        found = {}
        for name in names:
            with suppress(PluginFault):
                found[name] = self.value(name)
        return {name: value for name, value in found.items() if value is not None}

    def scores(self, hidden: frozenset[str] = frozenset()) -> Mapping[str, Mapping[str, Value | None]]:
        """Return what each scorecard of the deal's funnel gives, save those that read something `hidden`."""
        found: dict[str, Mapping[str, Value | None]] = {}
        for plan in () if self._funnel is None else self._funnel.scores:
            if not hidden.isdisjoint(plan.reads):
                continue
            card = plan.card
            outputs = {"total": card.total, "band": card.band, "gaps": card.gaps, "next": card.next}
            with suppress(PluginFault):
                found[card.name] = {name: self.result(output) for name, output in outputs.items()}
        return found

    def cells(self, hidden: frozenset[str] = frozenset()) -> Mapping[str, tuple[Value | None, ...]]:
        """Return for each matrix of the deal's funnel the cell, then the band on each axis, likewise."""
        found: dict[str, tuple[Value | None, ...]] = {}
        for matrix in () if self._funnel is None else self._funnel.matrices:
            if hidden.isdisjoint(matrix.reads):
                with suppress(PluginFault):
                    found[matrix.name] = tuple(map(self.result, (matrix.cell, *matrix.bands)))
        return found

    def in_the_way(self, way: Transition) -> tuple[Failure, ...]:
        """Return what the gates on a way out of the deal's stage would refuse a move for, if nothing else is set."""

        def judge(draft: Draft) -> tuple[Failure, ...]:
            source, target = draft.stage, draft.variant.stages.get(way.target)
            return () if target is None else judge_gates(draft, source.route(way, target).gates).failures

        with suppress(PluginFault):
            return self._loaded(judge) or ()
        return ()

    def result(self, expression: Expression) -> Value | None:
        """Return what an expression about the deal gives. Raises `PluginFault` for one that a plugin cannot compute."""
        return self._loaded(lambda draft: expression.evaluate(draft.env(expression)))

    def _load_party(self, stream: Stream) -> None:
        facts = self._facts
        found = self._reader.parties([stream]).get(stream)
        self._facts = Facts(deal=facts.deal, parties={**facts.parties, stream: found}, rows=facts.rows)

    def _load_rows(self, collection: str) -> bool:
        facts = self._facts
        key = rows_key(self._deal, collection)
        if key is None:
            return False
        found = self._reader.rows(key[1], [key[0]])[key[0]]
        self._facts = Facts(deal=facts.deal, parties=facts.parties, rows={**facts.rows, key: found})
        return True


def computed_of_party(
    reader: Reader, workspace: Workspace, party: PartyState, now: int, hidden: frozenset[str] = frozenset()
) -> dict[str, Value]:
    """Return the values of the computed fields of an account or a contact that have one, likewise.

    A formula that reaches beyond the record, to its owner or its account, has none here.
    """
    env = Env(
        values={**party.fields, "id": party.stream.id.hex(), "created_at": party.created_at},  # type: ignore[dict-item] # a VaultRef is only asked for being
        now=now,
        zone=workspace.timezone,
        calendar=workspace.calendar,
        rows=PartyRows(reader, party),  # type: ignore[arg-type] # likewise
    )
    found: dict[str, Value] = {}
    for name, field in workspace.fields.get(_SUBJECTS[party.stream.kind], {}).items():
        if field.formula is None:
            continue
        reads = field.formula.reads
        beyond = any("." in each for each in (*reads.names, *reads.collections))
        if not beyond and hidden.isdisjoint({name, *reads.values}):
            with suppress(PluginFault):
                value = field.formula.evaluate(env)
                if value is not None:
                    found[name] = value
    return found


_SUBJECTS = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}
