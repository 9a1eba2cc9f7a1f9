"""Roles and users."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.finding import Place
from voronka.config.names import Declared, NameKind, refer, twice
from voronka.config.node import Node, NodeKind
from voronka.config.report import Report
from voronka.config.scalars import label
from voronka.definition.people import Role, User
from voronka.messages import Text

__all__ = ["WORDS_FOR_PEOPLE", "build_people", "build_roles"]

_NOTHING = Node(Place("", 1, 1), NodeKind.MAPPING)
WORDS_FOR_PEOPLE = ("owner", "owner.reports_to", "contact")
"""Words that stand for people beside the names of users and roles; a contact is sent messages only."""


def build_roles(declared: Declared) -> dict[str, Role]:
    """Return the declared roles by name."""
    return {
        name: Role(name=name, label=label(each.value.get("label"), name))
        for name, each in declared.of(NameKind.ROLE).items()
    }


def _check_words(declared: Declared, report: Report) -> None:
    """Report names that `to:` and `assignee:` could not tell apart: it takes words, users and roles."""
    roles, users = declared.of(NameKind.ROLE), declared.of(NameKind.USER)
    for each in (*roles.values(), *users.values()):
        if each.name.text in WORDS_FOR_PEOPLE:
            report.error(
                "V3202",
                each.name.place,
                Text("“{name}” is built in and cannot be declared again.", name=each.name.text),
                Text("Choose another name."),
            )
    for name in users.keys() & roles.keys():
        twice(name, users[name].name.place, roles[name].name.place, report)


def build_people(declared: Declared, report: Report) -> dict[str, User]:
    """Return the declared users by name, their roles, superiors and deputies checked."""
    roles = declared.of(NameKind.ROLE)
    users = declared.of(NameKind.USER)
    people = {}
    for name, each in users.items():
        person = each.value
        team = person.get("team")
        people[name] = User(
            name=name,
            label=label(person.get("name"), name),
            role=refer(NameKind.ROLE, person.get("role"), roles, report) or "",
            team=team.text if team else None,
            reports_to=refer(NameKind.USER, person.get("reports_to"), users, report),
            deputy=refer(NameKind.USER, person.get("deputy"), users, report),
            addresses={
                entry.key.text: entry.value.text for entry in (person.get("addresses") or _NOTHING).items()
            },
        )
        if people[name].deputy == name:
            report.error(
                "V5301",
                (person.get("deputy") or person).place,
                Text("{name} cannot be their own deputy.", name=name),
                Text("Name another user, or remove “deputy”."),
            )
    _check_words(declared, report)
    _check_circles(people, declared, report)
    return people


def _check_circles(people: Mapping[str, User], declared: Declared, report: Report) -> None:
    """Report each circle of people who report to one another, at its first member."""
    done: set[str] = set()
    for name in people:
        chain: list[str] = []
        step: str | None = name
        while step is not None and step not in done and step not in chain:
            chain.append(step)
            step = people[step].reports_to
        if step is not None and step in chain:
            ring = chain[chain.index(step) :]
            person = declared.of(NameKind.USER)[ring[0]].value
            report.error(
                "V5302",
                (person.get("reports_to") or person).place,
                Text("People report to one another in a circle: {ring}.", ring=" → ".join((*ring, ring[0]))),
                Text("Remove “reports_to” of the one who stands at the top."),
            )
        done.update(chain)
