"""The fields that the process itself has set on the deal of a scenario, beside those that its steps gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from voronka.config.report import Report
from voronka.config.scenario_names import ScenarioNames
from voronka.definition.fields import Field, FieldType
from voronka.definition.scenarios import Move, SetValues, Step, Values
from voronka.definition.writing import literal, written_value
from voronka.process import events as happened
from voronka.testing.observing import Observation
from voronka.testing.parties import Parties

__all__ = ["Consequences"]

_PARTIES = ("account", "contact")


class Consequences:
    """Follows what the steps of a scenario give; `given`: what the deal had at its beginning."""

    def __init__(self, observation: Observation, parties: Parties, given: Values) -> None:
        self._observation = observation
        self._parties = parties
        self._given: dict[str, object] = {**parties.values(given)}
        self._told: dict[str, Any] = {}

    def take(self, step: Step) -> None:
        """Take note of the values that a step gives."""
        if isinstance(step, SetValues):
            self._given |= self._parties.values(step.values)
        elif isinstance(step, Move):
            self._given |= self._parties.values(step.set)

    def forget(self) -> None:
        """Begin anew after an expectation."""
        self._given = {}

    def fields(self) -> dict[str, Any]:
        """Return the fields that hold something else than a step gave, as an expectation is written; none that is
        computed or personal, and none of a party that a rule only set again."""
        workspace, state = self._observation.workspace, self._observation.state()
        known = ScenarioNames(workspace, workspace.funnels[state.funnel], Report()).settable
        found: dict[str, Any] = {}
        for name in dict.fromkeys(self._changed()):
            field = known.get(name)
            if field is None or field.pii or field.formula is not None:
                continue
            value = self._observation.value(name)
            if name in self._given and self._given[name] == value:
                continue
            found |= self._written(name, field, value)
        told, self._told = self._told, self._told | found
        return {name: value for name, value in found.items() if "." not in name or told.get(name, ...) != value}

    def _changed(self) -> Iterator[str]:
        """Yield the names of the fields that were set since the expectation before, those of the parties dotted."""
        state = self._observation.state()
        parties = {f"{kind}:{id_.hex()}": kind for kind in _PARTIES if (id_ := getattr(state, kind)) is not None}
        for entry in self._observation.seen.entries:
            for event in entry.events:
                if isinstance(event, happened.FieldsChanged):
                    yield from event.new
                elif isinstance(event, happened.CommandQueued) and event.target in parties:
                    yield from (f"{parties[event.target]}.{name}" for name in _set_by(event))

    def _written(self, name: str, field: Field, value: Any) -> dict[str, Any]:  # noqa: ANN401 - a value of any field
        if value is None or isinstance(value, tuple):
            return {name: None if value is None else list(value)}
        if field.type in (FieldType.ACCOUNT, FieldType.CONTACT):
            called = self._parties.names().get(value)
            return {} if called is None else {name: called}
        workspace = self._observation.workspace
        text = written_value(field, value, currency=workspace.currency, timezone=workspace.timezone)
        return {name: literal(text)}


def _set_by(event: happened.CommandQueued) -> Iterable[str]:
    values = event.command.get("values")
    return values if isinstance(values, Mapping) else ()
