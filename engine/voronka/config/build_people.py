"""Roles, teams and users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.config.finding import Place
from voronka.config.names import Declared, NameKind, refer, twice
from voronka.config.node import Node, NodeKind
from voronka.config.report import Report
from voronka.config.rings import drawn, rings
from voronka.config.scalars import day, label, many, one_of, zone_name
from voronka.definition.people import ENGINE_ACTORS, Absence, Reach, Role, Team, User
from voronka.messages import Text

__all__ = ["WORDS_FOR_PEOPLE", "build_people", "build_roles", "build_teams"]

_NOTHING = Node(Place("", 1, 1), NodeKind.MAPPING)
WORDS_FOR_PEOPLE = ("owner", "owner.reports_to", "contact")
"""Words that stand for people beside the names of users and roles; a contact is sent messages only."""


def build_roles(declared: Declared, report: Report) -> dict[str, Role]:
    """Return the declared roles by name; nobody changes what they do not see."""
    roles = {}
    for name, each in declared.of(NameKind.ROLE).items():
        sees = one_of(Reach, each.value.get("sees")) or Reach.ALL
        changes = one_of(Reach, each.value.get("changes")) or sees
        roles[name] = Role(name=name, label=label(each.value.get("label"), name), sees=sees, changes=changes)
        if changes.width > sees.width:
            report.error(
                "V5303",
                (each.value.get("changes") or each.value).place,
                Text("The role {role} would change more than it sees.", role=name),
                Text("Let “sees” reach as far as “changes”, or let “changes” reach less."),
            )
    return roles


def build_teams(declared: Declared, report: Report) -> dict[str, Team]:
    """Return the declared teams by name, their leads checked."""
    users = declared.of(NameKind.USER)
    return {
        name: Team(
            name=name,
            label=label(each.value.get("label"), name),
            lead=refer(NameKind.USER, each.value.get("lead"), users, report),
        )
        for name, each in declared.of(NameKind.TEAM).items()
    }


def _check_words(declared: Declared, report: Report) -> None:
    """Report names that `to:` and `assignee:` could not tell apart (they take words, users and roles), and users called
    like the engine where it acts by itself."""
    roles, users = declared.of(NameKind.ROLE), declared.of(NameKind.USER)
    for each in (*roles.values(), *users.values()):
        own = each.name.text in ENGINE_ACTORS and users.get(each.name.text) is each
        if own or each.name.text in WORDS_FOR_PEOPLE:
            report.error(
                "V3202",
                each.name.place,
                Text("“{name}” is built in and cannot be declared again.", name=each.name.text),
                Text("Choose another name."),
            )
    for name in users.keys() & roles.keys():
        twice(name, users[name].name.place, roles[name].name.place, report)


def build_people(declared: Declared, report: Report) -> dict[str, User]:
    """Return the declared users by name; their roles, teams, superiors, deputies and absences checked."""
    roles, users, teams = (declared.of(kind) for kind in (NameKind.ROLE, NameKind.USER, NameKind.TEAM))
    people = {}
    for name, each in users.items():
        person = each.value
        people[name] = User(
            name=name,
            label=label(person.get("name"), name),
            role=refer(NameKind.ROLE, person.get("role"), roles, report) or "",
            team=refer(NameKind.TEAM, person.get("team"), teams, report),
            reports_to=refer(NameKind.USER, person.get("reports_to"), users, report),
            deputy=refer(NameKind.USER, person.get("deputy"), users, report),
            addresses={entry.key.text: entry.value.text for entry in (person.get("addresses") or _NOTHING).items()},
            absent=tuple(_absences(person.get("absent"), report)),
            skills=tuple(each.text for each in many(person.get("skills"))),
            zone=zone_name(person.get("zone"), report),
            territories=tuple(each.text for each in many(person.get("territories"))),
        )
    _check_words(declared, report)
    _check_deputies(people, declared, report)
    _check_circles(people, declared, report)
    _check_members(people, declared, report)
    return people


def _absences(node: Node | None, report: Report) -> Iterable[Absence]:
    for each in many(node):
        start, end = (day(part, report) if (part := each.get(key)) is not None else None for key in ("from", "to"))
        if start is None or end is None:
            continue
        if end < start:
            report.error(
                "V5304",
                (each.get("to") or each).place,
                Text("The absence ends before it begins."),
                Text("Write the earlier day under “from”."),
            )
            continue
        yield Absence(start.isoformat(), end.isoformat())


def _check_deputies(people: Mapping[str, User], declared: Declared, report: Report) -> None:
    """Report deputies who cannot stand in: the same person, or somebody who is absent on the same days."""
    for name, user in people.items():
        person = declared.of(NameKind.USER)[name].value
        place = (person.get("deputy") or person).place
        if user.deputy == name:
            report.error(
                "V5301",
                place,
                Text("{name} cannot be their own deputy.", name=name),
                Text("Name another user, or remove “deputy”."),
            )
        elif user.deputy is not None and (both := _together(user, people[user.deputy])):
            report.warning(
                "V5305",
                place,
                Text(
                    "{name} is absent on {day}, and so is the deputy, {deputy}.",
                    name=name,
                    day=both,
                    deputy=user.deputy,
                ),
                Text("Name another deputy, or give {deputy} a deputy who is there.", deputy=user.deputy),
            )


def _together(first: User, second: User) -> str | None:
    """Return the first day on which both are absent."""
    days = [
        max(one.start, other.start)
        for one in first.absent
        for other in second.absent
        if other.covers(max(one.start, other.start)) and one.covers(max(one.start, other.start))
    ]
    return min(days, default=None)


def _check_circles(people: Mapping[str, User], declared: Declared, report: Report) -> None:
    """Report each circle of people who report to one another, at its first member."""
    ways = {name: [user.reports_to] for name, user in people.items() if user.reports_to is not None}
    for ring in rings(people, ways):
        person = declared.of(NameKind.USER)[ring[0]].value
        report.error(
            "V5302",
            (person.get("reports_to") or person).place,
            Text("People report to one another in a circle: {ring}.", ring=drawn(ring)),
            Text("Remove “reports_to” of the one who stands at the top."),
        )


def _check_members(people: Mapping[str, User], declared: Declared, report: Report) -> None:
    """Report roles that nobody holds, once somebody is declared at all and it is known what each of them holds."""
    held = {user.role for user in people.values()}
    if not people or "" in held:
        return
    for name, each in declared.of(NameKind.ROLE).items():
        if name not in held and not report.doubtful(NameKind.USER, each.name.place.file, name, None):
            report.warning(
                "V5306",
                each.name.place,
                Text("Nobody holds the role {role}.", role=name),
                Text("Give it to somebody under “people”, or remove it."),
            )
