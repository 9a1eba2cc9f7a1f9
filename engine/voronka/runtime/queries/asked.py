"""A question as its query sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions import one_of
from voronka.frozen import frozen
from voronka.hooks.host import Host
from voronka.messages import Text
from voronka.process.state import Stream, StreamKind
from voronka.runtime.records import find_record, find_user, user_called
from voronka.runtime.request_faults import unknown
from voronka.runtime.viewer import OPERATOR, Viewer
from voronka.runtime.words import Json
from voronka.storage import DealFilter, Reader

__all__ = ["Asked", "Query", "parameters"]

PAGE = 100
_ACTOR = "actor"
_MANY = 1_001
_NOUNS = {
    "funnel": Text("funnel"),
    "stage": Text("stage"),
    "owner": Text("user"),
    "user": Text("user"),
    "assignee": Text("user"),
    "status": Text("status"),
    "score": Text("scorecard"),
    "rule": Text("rule"),
    "segment": Text("segment"),
    "work": Text("kind of work"),
    "mix": Text("field"),
}


@frozen
class Asked:
    """One question: over one state of the database, under the definition in force, at the moment `now`.

    `plugins`: those of the workspace.
    """

    reader: Reader
    workspace: Workspace
    now: int
    params: Mapping[str, Any]
    plugins: Host = field(default_factory=Host)
    viewer: Viewer = OPERATOR

    def text(self, name: str) -> str | None:
        """Return a parameter that is a text, None if it was not given. Raises `UsageFault` for anything else."""
        value = self.params.get(name)
        if value is None or isinstance(value, str):
            return value
        raise _wrong(name)

    def known(self, name: str, names: Iterable[str]) -> str | None:
        """Return a parameter that is one of `names`, None if it was not given. Raises `UsageFault` for another."""
        value = self.text(name)
        known = list(names)
        if value is None or value in known:
            return value
        raise UsageFault(
            Text("There is no {name} {value}.", name=_NOUNS.get(name, Text("name")), value=value),
            one_of(value, known),
        )

    def required(self, name: str, names: Iterable[str]) -> str:
        """Return a parameter that is one of `names` and must be given. Raises `UsageFault` otherwise."""
        found = self.known(name, names)
        if found is None:
            raise _wrong(name)
        return found

    def person(self, name: str) -> str | None:
        """Return a parameter that is a user, declared, known from imports or the owner of a deal; None if not given."""
        given = self.text(name)
        found = find_user(self.reader, self.workspace, given) if given is not None else None
        if found is None and given is not None and self.reader.deal_ids(DealFilter(owner=given, owners=self.owners)):
            return given
        return found or self.known(name, [*self.workspace.people, *self.reader.users()])

    def colleague(self, name: str) -> str | None:
        """Return a parameter that is a declared user, by id or by the name that people see; None if not given."""
        given = self.text(name)
        found = user_called(self.workspace, given) if given is not None else None
        return found or self.known(name, self.workspace.people)

    def flag(self, name: str) -> bool | None:
        """Return a parameter that is true or false, None if it was not given."""
        value = self.params.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise _wrong(name)

    def limit(self, default: int = PAGE) -> int:
        """Return the parameter limit: how much to answer with, at most a page of a thousand and one more.

        The one more tells whoever shows a page whether another follows.
        """
        value = self.params.get("limit", default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return min(value, _MANY)
        raise _wrong("limit")

    def number(self, name: str) -> int:
        """Return a parameter that is a number from 0; 0 if it was not given."""
        value = self.params.get(name, 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
            return value
        raise _wrong(name)

    @property
    def owners(self) -> frozenset[str] | None:
        """The owners whose deals whoever asks may see; None: everybody's."""
        return self.viewer.rights.owners

    def record(self, kind: StreamKind) -> Stream:
        """Return the record that the parameter of the kind's name stands for; `UsageFault` if the viewer sees none."""
        return find_record(self.reader, kind, self.params.get(kind.value), self.viewer)

    def record_if_given(self, kind: StreamKind) -> Stream | None:
        """Return the record likewise; None if the parameter was not given."""
        return None if self.params.get(kind.value) is None else self.record(kind)


@frozen
class Query:
    """Answers a question in JSON; `parameters`: the names of those that it reads.

    Raises `UsageFault` for a question that cannot be answered.
    """

    answer: Callable[[Asked], Json]
    parameters: frozenset[str] = frozenset()

    def __call__(self, asked: Asked) -> Json:
        """Answer, whatever else was given."""
        return self.answer(asked)

    def check(self, given: Iterable[str]) -> None:
        """Raise `UsageFault` unless the parameters are those of the query; who asks is one of all."""
        known = self.parameters | {_ACTOR}
        for name in sorted(set(given) - known):
            raise unknown("parameter", name, known)


def parameters(*names: str) -> Callable[[Callable[[Asked], Json]], Query]:
    """Return what makes a query of a function that reads these parameters."""

    def declared(answer: Callable[[Asked], Json]) -> Query:
        return Query(answer=answer, parameters=frozenset(names))

    return declared


def _wrong(name: str) -> UsageFault:
    return UsageFault(
        Text("{name} cannot be read in this question.", name=name), Text("Leave it out, or look it up in the manual.")
    )
