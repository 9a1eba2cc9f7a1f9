"""What a release changes for the people of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from voronka.definition.comparison import Change, Statement, Thing, changes
from voronka.definition.fields import Collection, Field
from voronka.definition.funnels import Funnel
from voronka.definition.people import Role, User
from voronka.definition.wording import told_reach, told_restrictions
from voronka.definition.workspace import Workspace
from voronka.documents.audience import Audience, share_of
from voronka.documents.versions import changes_between
from voronka.messages import Text

__all__ = ["ReleaseNotes"]


class ReleaseNotes:
    """What is otherwise in a workspace, `new`, than in the one before it, `old`; compared once for all people."""

    def __init__(self, old: Workspace, new: Workspace) -> None:
        self.old = old
        self.new = new

    @cached_property
    def every(self) -> tuple[Change, ...]:
        """Everything that is otherwise in the process, whomever it concerns; rights are each person's own."""
        return tuple(change for change, _ in self._changes)

    def of(self, user: User) -> tuple[Change, ...]:
        """Return what changes for a user of the newer version: rights first, then the process."""
        former = self.old.people.get(user.name, user)
        share = share_of(self.old, former) | share_of(self.new, user)
        concerning = (change for change, audience in self._changes if share.concerned(audience))
        return (*self._rights(former, user), *concerning)

    @cached_property
    def _changes(self) -> tuple[tuple[Change, Audience], ...]:
        return changes_between(self.old, self.new)

    def _rights(self, former: User, user: User) -> tuple[Change, ...]:
        before, after = _rights_of(_called_as_in(self.new, self.old), former), _rights_of(self.new, user)
        return tuple(changes(before, after).values())


_Labelled = TypeVar("_Labelled", Collection, Field, Funnel, Role, User)


def _called_as_in(newer: Workspace, workspace: Workspace) -> Workspace:
    """Return a workspace in which everything of which rights speak is called as in a `newer` one that has it, too."""

    def renamed(things: Mapping[str, _Labelled], named: Mapping[str, _Labelled]) -> dict[str, _Labelled]:
        return {name: replace(each, label=named.get(name, each).label) for name, each in things.items()}

    def columns(rows: Collection, named: Mapping[str, Collection]) -> Collection:
        return replace(rows, fields=renamed(rows.fields, named[rows.name].fields if rows.name in named else {}))

    collections = {
        of: renamed(
            {name: columns(rows, newer.collections.get(of, {})) for name, rows in declared.items()},
            newer.collections.get(of, {}),
        )
        for of, declared in workspace.collections.items()
    }
    return replace(
        workspace,
        fields={of: renamed(declared, newer.fields.get(of, {})) for of, declared in workspace.fields.items()},
        collections=collections,
        funnels=renamed(workspace.funnels, newer.funnels),
        roles=renamed(workspace.roles, newer.roles),
        people=renamed(workspace.people, newer.people),
    )


def _rights_of(workspace: Workspace, user: User) -> dict[str, Thing]:
    """Return the rights of a user as one thing; of one whose role is not declared yet, none."""
    known = user.role in workspace.roles
    if known and user.name not in workspace.people:
        workspace = replace(workspace, people={**workspace.people, user.name: user})
    told = {} if not known else dict((*told_reach(workspace, user), *told_restrictions(workspace, user)))
    said = {"role": Statement(Text("Role"), workspace.roles[user.role].label)} if known else {}
    said |= {name: Statement(None, sentence) for name, sentence in told.items()}
    return {"rights": Thing(part=Text("Your rights"), title=Text("What you may do"), said=said)}
