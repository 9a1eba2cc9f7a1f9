"""What the names of an account or a contact stand for now, those of its owner and its account included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from voronka.definition.workspace import Workspace
from voronka.expressions import Env, Expression, Value
from voronka.process.environment import user_value
from voronka.process.state import Held, PartyState, Stream, StreamKind
from voronka.process.step import Row
from voronka.runtime.decisions import Staff
from voronka.storage import Reader

__all__ = ["PartyEvaluation", "PartyRows"]


class PartyEvaluation:
    """The names of one account or contact at the moment `now`; what they reach is read when it is asked for."""

    def __init__(self, reader: Reader, workspace: Workspace, party: PartyState, now: int) -> None:
        names: Any = _Names(reader, workspace, party, now)  # a VaultRef is only asked for being there
        rows: Any = PartyRows(reader, party)
        self._env = Env(values=names, now=now, zone=workspace.timezone, calendar=workspace.calendar, rows=rows)

    def leaves(self, expression: Expression) -> Mapping[str, Value | None]:
        """Return what the result of an expression rests on now, by which it can be explained."""
        expression.evaluate(self._env)
        return expression.leaves(self._env)


class _Names(Mapping[str, Any]):
    """The names of the record. An absent one is missing."""

    def __init__(self, reader: Reader, workspace: Workspace, party: PartyState, now: int) -> None:
        self._reader = reader
        self._workspace = workspace
        self._party = party
        self._now = now

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as a mapping has it
        head, dot, rest = name.partition(".")
        if not dot:
            value = _own(self._party, name)
        elif head == "owner":
            value = self._of_owner(rest)
        else:
            value = None if self._account is None else _own(self._account, rest)
        return default if value is None else value

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._party.fields)

    def __len__(self) -> int:
        return len(self._party.fields)

    @cached_property
    def _account(self) -> PartyState | None:
        stream = _account_of(self._party)
        return None if stream is None else self._reader.parties([stream]).get(stream)

    @cached_property
    def _staff(self) -> Staff:
        return Staff.of(self._reader.users(), self._reader.absences())

    def _of_owner(self, what: str) -> Held | None:
        name = self._party.fields.get("owner")
        if not isinstance(name, str):
            return None
        user = self._workspace.people.get(name) or self._staff.users.get(name)
        return user_value(user, name, what, self._workspace, self._staff.absences, self._now)


def _own(party: PartyState, name: str) -> Held | None:
    if name == "id":
        return party.stream.id.hex()
    return party.created_at if name == "created_at" else party.fields.get(name)


def _account_of(party: PartyState) -> Stream | None:
    """Return the account that a contact points at."""
    linked = party.fields.get("account") if party.stream.kind is StreamKind.CONTACT else None
    return Stream(StreamKind.ACCOUNT, bytes.fromhex(linked)) if isinstance(linked, str) else None


class PartyRows(Mapping[str, Sequence[Row]]):
    """The collections of the record and of its account, read when they are asked for."""

    def __init__(self, reader: Reader, party: PartyState) -> None:
        self._reader = reader
        self._party = party

    def __getitem__(self, collection: str) -> Sequence[Row]:
        _, dot, name = collection.partition(".")
        stream = _account_of(self._party) if dot else self._party.stream
        if stream is None:
            return ()
        name = name if dot else collection
        return tuple(self._reader.rows(name, [stream])[stream].values())

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
