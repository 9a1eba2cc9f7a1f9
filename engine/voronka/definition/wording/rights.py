"""What a user may do and may not, in sentences that say why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.definition.fields import Field
from voronka.definition.funnels import Trigger
from voronka.definition.people import OWNER, Reach, Role, User
from voronka.definition.rights import team_of
from voronka.definition.workspace import Workspace
from voronka.messages import Sentence, Text, listed

__all__ = ["told_reach", "told_restrictions"]


def told_reach(workspace: Workspace, user: User) -> Iterator[tuple[str, Sentence]]:
    """Yield whose records a declared user sees and changes, each by a name of its own."""
    role = workspace.roles[user.role]
    yield "sees", _seen(workspace, user, role)
    if role.changes is not role.sees:
        yield "changes", _changed(role)


def told_restrictions(workspace: Workspace, user: User) -> Iterator[tuple[str, Sentence]]:
    """Yield the fields and the moves that are not for a declared user, each by a name of its own."""
    role = workspace.roles[user.role]
    for name, label, each in _fields(workspace):
        if each.visible_to and role.name not in each.visible_to:
            told = Text("Does not see “{field}”: it is for {who}.", field=label, who=_who(workspace, each.visible_to))
            yield f"field.{name}", told
        elif each.set_by and role.name not in each.set_by:
            told = Text("Does not set “{field}”: it is for {who}.", field=label, who=_who(workspace, each.set_by))
            yield f"field.{name}", told
    for funnel in workspace.funnels.values():
        for way in funnel.variant(None).transitions.values():
            if way.trigger is Trigger.MANUAL and way.by and role.name not in way.by:
                yield (
                    f"move.{funnel.name}.{way.name}",
                    Text(
                        "Does not make the move {move} of “{funnel}”: it is for {who}.",
                        move=way.name,
                        funnel=funnel.label,
                        who=_who(workspace, way.by),
                    ),
                )


def _seen(workspace: Workspace, user: User, role: Role) -> Sentence:
    match role.sees:
        case Reach.ALL:
            return Text("Sees all deals, accounts and contacts: the role “{role}” sees all.", role=role.label)
        case Reach.TEAM:
            team = listed(workspace.people[name].label for name in team_of(workspace, user.name))
            return Text(
                "Sees the deals of {team}, and those of nobody: the role “{role}” sees its team's, which are one's "
                "own team, the teams one leads and those who report to one.",
                team=team,
                role=role.label,
            )
    return Text("Sees own deals, and those of nobody: the role “{role}” sees its own.", role=role.label)


def _changed(role: Role) -> Sentence:
    match role.changes:
        case Reach.NONE:
            return Text("Changes nothing: the role “{role}” only looks on.", role=role.label)
        case Reach.OWN:
            return Text("Changes own deals alone, and those of nobody.")
    return Text("Changes the team's deals alone, and those of nobody.")


def _fields(workspace: Workspace) -> Iterator[tuple[str, Sentence, Field]]:
    """Yield the fields, then the columns of collections, each with its whole name and what people call it."""
    for subject, declared in workspace.fields.items():
        yield from ((f"{subject.value}.{each.name}", each.label, each) for each in declared.values())
    for subject, collections in workspace.collections.items():
        for collection in collections.values():
            for each in collection.fields.values():
                label = Text("{collection}: {field}", collection=collection.label, field=each.label)
                yield f"{subject.value}.{collection.name}.{each.name}", label, each


def _who(workspace: Workspace, names: Iterable[str]) -> Sentence:
    roles = workspace.roles
    return listed(
        Text("the owner") if name == OWNER else roles[name].label if name in roles else name for name in names
    )
