"""What was expected beside what came about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from voronka.config.report import Report
from voronka.config.scenario_names import ScenarioNames
from voronka.definition.fields import Field
from voronka.definition.funnels import Gate, Variant
from voronka.definition.scenarios import Expect, Expected, PartyName, Values, Written
from voronka.definition.writing import written_moment, written_value
from voronka.frozen import frozen
from voronka.messages import Label, Sentence, Text, listed
from voronka.process.refusals import told_failure
from voronka.process.step import Failure
from voronka.testing.observing import Observation
from voronka.testing.parties import Parties

__all__ = ["Difference", "compare"]


@frozen
class Difference:
    """One thing that is not as expected. `name`: the key of the expectation, and what of it.

    `because`: what stands behind it, where that is known at once.
    """

    name: str
    written: Written
    expected: Sentence
    found: Sentence
    because: tuple[Sentence, ...] = ()


def compare(expect: Expect, observation: Observation, parties: Parties) -> tuple[Difference, ...]:
    """Return every difference between an expectation and what came about since the one before."""
    return tuple(_Comparison(expect, observation, parties).differences())


class _Comparison:
    def __init__(self, expect: Expect, observation: Observation, parties: Parties) -> None:
        self.expect = expect
        self.observation = observation
        self.parties = parties
        self.workspace = observation.workspace
        self.zone = self.workspace.timezone
        self.names = ScenarioNames(self.workspace, self.workspace.funnels[observation.state().funnel], Report())

    def differences(self) -> Iterator[Difference]:
        expect, seen = self.expect, self.observation
        if expect.stage is not None and expect.stage != (stands := seen.state().stage):
            yield self._of("stage", Label.plain(expect.stage), Label.plain(stands))
        for name, wanted in expect.fields.items():
            found = seen.value(name)
            if not self._same(wanted, found):
                field = self.names.told.get(name)
                yield self._of(f"fields.{name}", self._shown(wanted, field), self._shown(found, field))
        for name, rows in expect.rows.items():
            kept = seen.rows(name)
            if len(kept) != len(rows) or not all(map(self._row_fits, rows, kept)):
                yield self._of(f"rows.{name}", self._rows(rows, name), self._rows(kept, name))
        for name, moments in expect.timers.items():
            waiting = seen.waiting(name)
            if waiting != moments:
                yield self._of(f"timers.{name}", self._moments(moments), self._moments(waiting))
        for name, endings in expect.ended.items():
            ended = seen.ended(name)
            if ended != endings:
                yield self._of(f"ended.{name}", _enumerated(endings), _enumerated(ended))
        yield from self._things("sent", expect.sent, lambda: seen.messages(notices=False))
        yield from self._things("notified", expect.notified, lambda: seen.messages(notices=True))
        yield from self._things("tasks", expect.tasks, seen.tasks)
        yield from self._things("opened", expect.opened, seen.opened)
        yield from self._refusals()

    def _of(self, name: str, expected: Sentence, found: Sentence, because: Sequence[Sentence] = ()) -> Difference:
        key = name.partition(".")[0]
        written = self.expect.places.get(key, self.expect.written)
        return Difference(name=name, written=written, expected=expected, found=found, because=tuple(because))

    def _things(
        self,
        name: str,
        wanted: Sequence[Expected] | None,
        observed: Callable[[], Sequence[Mapping[str, object]]],
        because: Callable[[], Sequence[Sentence]] = tuple,
    ) -> Iterator[Difference]:
        """Compare expected things with those that came about, in any order; `because` is asked if they differ."""
        if wanted is None:
            return
        found = list(observed())
        left = list(found)
        missing = False
        for each in sorted(wanted, key=len, reverse=True):  # the most particular first
            match = next((thing for thing in left if _fits(each, thing)), None)
            if match is None:
                missing = True
            else:
                left.remove(match)
        if missing or left:
            keys = {key for each in wanted for key in each}
            yield self._of(
                name,
                _enumerated([self._thing(each, keys) for each in wanted]),
                _enumerated([self._thing(each, keys) for each in found]),
                because(),
            )

    def _refusals(self) -> Iterator[Difference]:
        refused = self.observation.refused()

        def told() -> list[Sentence]:
            return [line for name, failure in refused.items() for line in self._why(name, failure)]

        if self.expect.refused is None:
            if self.observation.seen.refusals:
                yield self._of("refused", _enumerated(()), _enumerated(list(refused)), told())
            return
        state = self.observation.state()
        variant = self.observation.workspace.funnels[state.funnel].variant(state.case)
        actual = [{"gate": name, "unblock": frozenset(_lifters(variant, name))} for name in refused]
        yield from self._things("refused", self.expect.refused, lambda: actual, told)

    def _why(self, gate: str, failure: Failure | None) -> Iterator[Sentence]:
        yield _told(gate, failure)
        if (because := self.observation.because(gate)) is not None:
            yield because

    def _same(self, wanted: object, found: object) -> bool:
        if isinstance(wanted, PartyName):
            known = self.parties.known(wanted)
            return known is not None and known.id.hex() == found
        return type(wanted) is type(found) and wanted == found

    def _row_fits(self, wanted: Values, kept: Mapping[str, object]) -> bool:
        return all(self._same(value, kept.get(name)) for name, value in wanted.items())

    def _rows(self, rows: Sequence[Mapping[str, object]], collection: str) -> Sentence:
        columns = self.names.collections.get(collection, {})
        return _enumerated(
            [
                f"{{{', '.join(f'{name}: {self._text(value, columns.get(name))}' for name, value in row.items())}}}"
                for row in rows
            ]
        )

    def _moments(self, moments: Sequence[int]) -> Sentence:
        if not moments:
            return Text("does not wait")
        return _enumerated([written_moment(moment, self.zone) for moment in moments])

    def _shown(self, value: object, field: Field | None) -> Sentence:
        return Text("missing") if value is None else Label.plain(self._text(value, field))

    def _text(self, value: object, field: Field | None) -> str:
        if isinstance(value, PartyName):
            return value.name
        if isinstance(value, str):
            return self.parties.names().get(value, value)
        return written_value(field, value, currency=self.workspace.currency, timezone=self.zone)

    def _thing(self, thing: Mapping[str, object], keys: set[str]) -> str:
        """Return a thing as a scenario writes it, with the attributes that the expectation speaks of."""
        parts = {name: self._attribute(value) for name, value in thing.items() if not keys or name in keys}
        if len(parts) == 1 or not keys:
            return next(iter(parts.values()))
        return f"{{{', '.join(f'{name}: {value}' for name, value in parts.items())}}}"

    def _attribute(self, value: object) -> str:
        if isinstance(value, (frozenset, tuple)):
            return " / ".join(sorted(map(str, value))) or "[]"
        if isinstance(value, str) and value.isdigit():
            return written_moment(int(value), self.zone)
        return "null" if value is None else str(value)


def _fits(wanted: Expected, found: Mapping[str, object]) -> bool:
    for name, value in wanted.items():
        actual = found.get(name)
        if isinstance(actual, frozenset):
            if isinstance(value, tuple) and frozenset(value) != actual:
                return False
            if isinstance(value, str) and value not in actual:
                return False
        elif value != actual:
            return False
    return True


def _enumerated(parts: Sequence[object]) -> Sentence:
    return listed(parts) if parts else Text("nothing")


def _told(gate: str, failure: Failure | None) -> Sentence:
    if failure is None:
        return Text("{gate} stopped an automatic move.", gate=gate)
    return Text("{gate}: {told}", gate=gate, told=told_failure(failure))


def _lifters(variant: Variant, name: str) -> tuple[str, ...]:
    """Return the roles that may lift a condition or make a move that it refuses; none: it has to hold."""
    for way in variant.transitions.values():
        if name == f"{way.name}.by":
            return way.by
    for gate in _gates(variant):
        for check in gate.checks:
            if check.name == name:
                return check.override_by
    return ()


def _gates(variant: Variant) -> Iterator[Gate]:
    for stage in variant.stages.values():
        yield from (stage.enter, stage.leave)
    for way in variant.transitions.values():
        yield way.gate
