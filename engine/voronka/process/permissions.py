"""What an actor may do to a record, judged in every decision: whoever may not see it is told that it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from voronka.definition.fields import Collection, Field
from voronka.definition.people import OWNER
from voronka.definition.rights import NOBODY, Rights, owners_of_deal
from voronka.definition.workspace import Workspace
from voronka.messages import Label, Sentence, Text, listed
from voronka.process.draft import Draft
from voronka.process.refusals import Refused, refused
from voronka.process.step import Failure

__all__ = ["acting_roles", "check_change", "deal_owners", "forbidden_columns", "forbidden_fields"]


def deal_owners(draft: Draft) -> frozenset[str]:
    """Return whose the deal is by the rights of the command's actor: as it stood before, or as it is opened."""
    return owners_of_deal(draft.deal.owner if draft.base is None else draft.base.owner)


def acting_roles(draft: Draft) -> frozenset[str]:
    """Return the roles in which the actor acts on the deal."""
    rights = draft.moment.rights
    return frozenset() if rights.all else rights.roles(deal_owners(draft))


def check_change(workspace: Workspace, rights: Rights, owners: frozenset[str], unknown: Callable[[], Refused]) -> None:
    """Raise what `unknown` gives for a record that the actor may not see, another refusal for one not to be changed."""
    if not rights.changes(owners):
        if not rights.sees(owners):
            raise unknown()
        if NOBODY in owners:
            raise refused(
                "not_allowed",
                "changes",
                Text("Your role changes nothing, not even what nobody owns."),
                Text("Ask somebody whose role changes records, or to be given such a role."),
                forbidden=True,
            )
        raise refused(
            "not_allowed",
            "changes",
            Text("This record is not yours to change; it belongs to: {who}.", who=_named(workspace, owners)),
            Text("Ask them to change it: {who}.", who=_named(workspace, owners)),
            forbidden=True,
        )


def _named(workspace: Workspace, owners: Iterable[str]) -> Sentence:
    people = workspace.people
    return listed(people[name].label if name in people else Label.plain(name) for name in sorted(owners))


def forbidden_fields(
    workspace: Workspace,
    fields: Mapping[str, Field],
    names: Iterable[str],
    rights: Rights,
    owners: frozenset[str],
    place: str,
) -> list[Failure]:
    """Return a failure for each of the fields `names` that the actor may not set by hand."""
    if rights.all:
        return []
    return [
        Failure(
            gate=f"{place}.{name}",
            reason=Text("“{field}” is not yours to set.", field=fields[name].label),
            unblock=_remedy(workspace, fields[name], owners),
            forbidden=True,
        )
        for name in names
        if name in fields and not rights.sets(fields[name], owners)
    ]


def forbidden_columns(
    workspace: Workspace, rights: Rights, owners: frozenset[str]
) -> Callable[[Collection, Iterable[str]], list[Failure]]:
    """Return what gives a failure for each column of a collection that the actor may not set by hand."""
    return lambda collection, names: forbidden_fields(
        workspace, collection.fields, names, rights, owners, collection.name
    )


def _remedy(workspace: Workspace, field: Field, owners: frozenset[str]) -> Sentence:
    who = _holders(workspace, field)
    if owners != {NOBODY} or OWNER not in _able(field):
        return Text("These may: {who}.", who=who)
    return Text(
        "These may: {who}; nobody owns this record yet. Take a deal or an account as its owner; a contact is of those"
        " whose its account and its deals are.",
        who=who,
    )


def _holders(workspace: Workspace, field: Field) -> Sentence:
    """Return who may set a field: those of `set_by` who see it, or all who see it."""
    able = _able(field)
    roles = workspace.roles
    return listed(Text("the owner") if name == OWNER else roles[name].label if name in roles else name for name in able)


def _able(field: Field) -> Sequence[str]:
    return [name for name in field.set_by if not field.visible_to or name in field.visible_to] or field.visible_to
