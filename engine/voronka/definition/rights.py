"""What somebody may see and change at a moment: by role, team, reporting line, and for whom they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.definition.absence import stood_in_for
from voronka.definition.derived import once_per_release
from voronka.definition.fields import Field
from voronka.definition.people import OWNER, Absences, Reach, Role, Team, User
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen

__all__ = [
    "ALL_RIGHTS",
    "NOBODY",
    "Rights",
    "Standing",
    "owners_of_deal",
    "people_under",
    "reached",
    "rights_of",
    "team_of",
]

NOBODY = ""
"""Stands among the owners of a record that is nobody's: whoever holds a role sees it, and may take it."""


def owners_of_deal(owner: str | None) -> frozenset[str]:
    """Return the owners of a deal."""
    return frozenset({NOBODY if owner is None else owner})


@frozen
class Standing:
    """The rights of one person: `sees` and `changes` are the owners whose records they may; None: everybody's."""

    user: str
    role: str
    sees: frozenset[str] | None
    changes: frozenset[str] | None


@frozen
class Rights:
    """What an actor may do at a moment.

    `standings`: the actor's own, then those of the absent for whom the actor stands in: a right of any of them is
    enough. Without any the actor may do everything: the operator at this machine, and what the engine does by itself.
    """

    standings: tuple[Standing, ...] = ()

    @property
    def all(self) -> bool:
        """Tell whether there is nothing that the actor may not."""
        return not self.standings

    @property
    def users(self) -> tuple[str, ...]:
        """The actor and those for whom the actor stands in."""
        return tuple(standing.user for standing in self.standings)

    @property
    def owners(self) -> frozenset[str] | None:
        """The owners whose records the actor sees; None: everybody's."""
        seen: frozenset[str] = frozenset()
        for standing in self.standings:
            if standing.sees is None:
                return None
            seen |= standing.sees
        return seen if self.standings else None

    @property
    def changes_all(self) -> bool:
        """Tell whether the actor may change everybody's records."""
        return self.all or any(standing.changes is None for standing in self.standings)

    def sees(self, owners: frozenset[str]) -> bool:
        """Tell whether the actor may see a record of these owners."""
        for each in self.standings:
            if _within(each.sees, owners):
                return True
        return not self.standings

    def changes(self, owners: frozenset[str]) -> bool:
        """Tell whether the actor may change a record of these owners."""
        for each in self.standings:
            if _within(each.changes, owners):
                return True
        return not self.standings

    def changes_of(self, owner: str | None) -> bool:
        """Tell whether the actor may change a deal of this owner: what `changes` tells of the owners of a deal."""
        name = NOBODY if owner is None else owner
        for each in self.standings:
            if each.changes is None or name in each.changes:
                return True
        return not self.standings

    def roles(self, owners: frozenset[str]) -> frozenset[str]:
        """Return the roles in which the actor acts on a record of these owners; none for who holds none."""
        return frozenset(each.role for each in self.standings if _within(each.changes, owners))

    def shows(self, field: Field, owners: frozenset[str]) -> bool:
        """Tell whether the actor may see a field of a record that the actor sees."""
        if not field.visible_to or not self.standings:
            return True
        return any(_within(each.sees, owners) and _one_of(each, field.visible_to, owners) for each in self.standings)

    def sets(self, field: Field, owners: frozenset[str]) -> bool:
        """Tell whether the actor may set a field of a record that the actor may change: it must be shown, too."""
        if not field.set_by or not self.standings:
            return self.shows(field, owners)
        return self.shows(field, owners) and any(
            _within(each.changes, owners) and _one_of(each, field.set_by, owners) for each in self.standings
        )

    def hidden(self, fields: Mapping[str, Field], owners: frozenset[str]) -> frozenset[str]:
        """Return the names of those of `fields` that the actor may not see on a record of these owners."""
        if not self.standings:
            return frozenset()
        return frozenset(name for name, field in fields.items() if not self.shows(field, owners))


ALL_RIGHTS = Rights()
"""Of the operator at this machine, and of what the engine does by itself."""


def _within(reach: frozenset[str] | None, owners: frozenset[str]) -> bool:
    return reach is None or not reach.isdisjoint(owners)


def _one_of(standing: Standing, names: tuple[str, ...], owners: frozenset[str]) -> bool:
    return standing.role in names or (OWNER in names and standing.user in owners)


def rights_of(workspace: Workspace, absences: Absences, actor: str, now: int) -> Rights:
    """Return the rights of an actor at the moment `now`; whoever is not a declared user may do everything."""
    if actor not in workspace.people:
        return ALL_RIGHTS
    users = (actor, *stood_in_for(workspace, absences, actor, now))
    return Rights(standings=tuple(_standing(workspace, user) for user in users))


@once_per_release
def _standings(workspace: Workspace) -> dict[str, Standing]:
    """Return the standings of a workspace's people by name, as far as they were asked for: filled by `_standing`."""
    return {}


def _standing(workspace: Workspace, name: str) -> Standing:
    known = _standings(workspace)
    if name not in known:
        known[name] = _stands(workspace, workspace.people[name])
    return known[name]


def _stands(workspace: Workspace, user: User) -> Standing:
    role = workspace.roles.get(user.role) or Role(name=user.role, label=user.label, sees=Reach.OWN, changes=Reach.OWN)
    sees = reached(workspace.people, workspace.teams, user, role.sees)
    changes = sees if role.changes is role.sees else reached(workspace.people, workspace.teams, user, role.changes)
    return Standing(user=user.name, role=user.role, sees=sees, changes=changes)


def reached(people: Mapping[str, User], teams: Mapping[str, Team], user: User, reach: Reach) -> frozenset[str] | None:
    """Return the owners to whose records a right of this `reach` extends for a user; None: everybody."""
    match reach:
        case Reach.ALL:
            return None
        case Reach.NONE:
            return frozenset()
        case Reach.OWN:
            return frozenset({NOBODY, user.name})
        case Reach.TEAM:
            return frozenset({NOBODY, *_team(people, teams, user)})


def team_of(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Return those whose records are a user's team's: the user, the members of the same team and of the teams that the
    user leads, and those who report to the user, directly or through others; in the order of their declaration."""
    return _team(workspace.people, workspace.teams, workspace.people[name])


def _team(people: Mapping[str, User], teams: Mapping[str, Team], user: User) -> tuple[str, ...]:
    own = {team.name for team in teams.values() if team.lead == user.name}
    if user.team is not None:
        own.add(user.team)
    under = set(people_under(people, user.name))
    return tuple(
        each.name for each in people.values() if each.name == user.name or each.team in own or each.name in under
    )


def people_under(people: Mapping[str, User], name: str) -> Iterable[str]:
    """Yield those who report to a user, directly or through others."""
    reporting: dict[str, list[str]] = {}
    for each in people.values():
        if each.reports_to is not None:
            reporting.setdefault(each.reports_to, []).append(each.name)
    met = {name}
    level = [name]
    while level:
        level = [each for above in level for each in reporting.get(above, ()) if each not in met]
        met.update(level)
        yield from level
