"""People: who is there, what each may do and why; and what was refused to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.absence import absent, stand_in, stood_in_for
from voronka.definition.people import Absences, User
from voronka.definition.wording import told_reach, told_restrictions
from voronka.messages import Label, Sentence, Text
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.viewer import check_everybodys
from voronka.runtime.words import Json, words

__all__ = ["list_audit", "list_people", "show_person"]


@parameters()
def list_people(asked: Asked) -> Json:
    """Answer with the declared users: role, team, whether they are absent, and who stands in for them."""
    absences = asked.reader.absences()
    return [_head(asked, absences, user) for user in asked.workspace.people.values()]


@parameters("user")
def show_person(asked: Asked) -> Json:
    """Answer with one user (parameter user): what they may do, each right in a sentence that says why."""
    workspace = asked.workspace
    name = asked.colleague("user") or asked.required("user", workspace.people)
    user = workspace.people[name]
    absences = asked.reader.absences()
    told = absences.get(name, ())
    return {
        **_head(asked, absences, user),
        "absences": [{"from": each.start, "to": each.end} for each in (*user.absent, *told)],
        "stands_in_for": list(stood_in_for(workspace, absences, name, asked.now)),
        "rights": [words(each) for each in _rights(asked, absences, user)],
    }


def _head(asked: Asked, absences: Absences, user: User) -> dict[str, Any]:
    workspace = asked.workspace
    role, team = workspace.roles.get(user.role), workspace.teams.get(user.team or "")
    away = absent(workspace, absences, user.name, asked.now)
    return {
        "name": user.name,
        "label": words(user.label),
        "role": {"name": user.role, "label": words(role.label if role else Label.plain(user.role))},
        "team": None if team is None else {"name": team.name, "label": words(team.label)},
        "reports_to": user.reports_to,
        "deputy": user.deputy,
        "absent": away,
        "stand_in": stand_in(workspace, absences, user.name, asked.now) if away else None,
    }


def _rights(asked: Asked, absences: Absences, user: User) -> Iterable[Sentence]:
    workspace = asked.workspace
    yield from (told for _, told in told_reach(workspace, user))
    for other in stood_in_for(workspace, absences, user.name, asked.now):
        yield Text(
            "Has the rights of {other}, too, who is absent.",
            other=workspace.people[other].label,
        )
    yield from (told for _, told in told_restrictions(workspace, user))


@parameters("user", "limit", "after")
def list_audit(asked: Asked) -> Json:
    """Answer with what was refused for want of a right, by number: parameters user, limit, after.

    For who may change everybody's records; others see their own refusals.
    """
    user = asked.colleague("user")
    if user is None or user not in asked.viewer.rights.users:
        check_everybodys(asked.viewer)
    found = asked.reader.audit(actor=user, limit=asked.limit(), after=asked.number("after"))
    deals = [
        each.denial.record.id
        for each in found
        if each.denial.record is not None and each.denial.record.kind is StreamKind.DEAL
    ]
    numbers = asked.reader.numbers(deals)
    shown = Shown(asked.reader, asked.workspace)
    return [
        {
            "number": each.number,
            "at": each.denial.at,
            "actor": each.denial.actor,
            "who": shown.user(each.denial.actor)["label"],
            "source": each.denial.source,
            "what": each.denial.what,
            "record": None
            if each.denial.record is None
            else {
                "kind": each.denial.record.kind.value,
                "id": each.denial.record.id.hex(),
                "number": numbers.get(each.denial.record.id),
            },
            "code": each.denial.code,
            "gates": list(each.denial.gates),
            "told": words(_CODES.get(each.denial.code, Label.plain(each.denial.code))),
        }
        for each in found
    ]


_CODES: Mapping[str, Sentence] = {
    "erased": Text("was erased"),
    "gate": Text("may not lift the condition"),
    "not_allowed": Text("may not do it"),
    "unseen": Text("may not see the record"),
    "value": Text("may not set the field"),
}
