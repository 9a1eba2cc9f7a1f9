"""Whom a part of the process concerns."""

from __future__ import annotations

from voronka.definition.derived import once_per_release
from voronka.definition.funnels import Funnel
from voronka.definition.people import Reach, Role, User
from voronka.definition.rights import team_of
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen

__all__ = ["Audience", "Share", "share_of"]


@frozen
class Audience:
    """Whom something concerns: those who work in one of the `funnels`, and among them those who are named, as users or
    by their roles. None: that does not matter."""

    funnels: frozenset[str] | None = None
    names: frozenset[str] | None = None

    def __or__(self, other: Audience) -> Audience:
        return Audience(funnels=_either(self.funnels, other.funnels), names=_either(self.names, other.names))


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


@frozen
class Share:
    """What a user has to do with the process: the `funnels` of whose deals some may be theirs to work on, and the
    `names` by which they are named."""

    funnels: frozenset[str]
    names: frozenset[str]

    def __or__(self, other: Share) -> Share:
        return Share(funnels=self.funnels | other.funnels, names=self.names | other.names)

    def concerned(self, audience: Audience) -> bool:
        """Tell whether something with this audience concerns the user."""
        within = audience.funnels is None or not audience.funnels.isdisjoint(self.funnels)
        return within and (audience.names is None or not audience.names.isdisjoint(self.names))


def share_of(workspace: Workspace, user: User) -> Share:
    """Return what a user has to do with the process of a workspace, which may not declare the user yet.

    They work in a funnel if they are named in it, or may change deals of those to whom new ones of it are given; where
    its routing gives them to nobody in particular, if they may change deals at all.
    """
    names = frozenset({user.name, user.role})
    return Share(
        funnels=frozenset(
            name for name, funnel in workspace.funnels.items() if _works_in(workspace, user, funnel, names)
        ),
        names=names,
    )


def _works_in(workspace: Workspace, user: User, funnel: Funnel, names: frozenset[str]) -> bool:
    if not names.isdisjoint(_named_in(workspace)[funnel.name]):
        return True
    role = workspace.roles.get(user.role) or Role(name=user.role, label=user.label, changes=Reach.OWN)
    receivers = _receivers(workspace)[funnel.name]
    match role.changes:
        case Reach.NONE:
            return False
        case Reach.OWN:
            return receivers is None or user.name in receivers
        case Reach.TEAM:
            team = team_of(workspace, user.name) if user.name in workspace.people else (user.name,)
            return receivers is None or not receivers.isdisjoint(team)
    return True


@once_per_release
def _named_in(workspace: Workspace) -> dict[str, frozenset[str]]:
    """Return by funnel the roles and users that its owner, its moves and its conditions name."""
    return {
        funnel.name: frozenset(
            {
                *((funnel.owner,) if funnel.owner else ()),
                *(role for each in funnel.variants.values() for move in each.transitions.values() for role in move.by),
                *(
                    role
                    for each in funnel.variants.values()
                    for gate in each.gates
                    for check in gate.checks
                    for role in check.override_by
                ),
            }
        )
        for funnel in workspace.funnels.values()
    }


@once_per_release
def _receivers(workspace: Workspace) -> dict[str, frozenset[str] | None]:
    """Return by funnel the users to whom its new deals are given; None where whoever opens a deal may keep it."""
    found: dict[str, frozenset[str] | None] = {}
    for name in workspace.funnels:
        entries = [entry for entry in workspace.routing if entry.funnel == name]
        given = [entry.assign for entry in entries if entry.assign is not None]
        every = any(entry.where is None for entry in entries) and len(given) == len(entries)
        found[name] = frozenset(user for assign in given for user in assign.users) if every else None
    return found
