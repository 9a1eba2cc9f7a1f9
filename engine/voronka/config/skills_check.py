"""Skills and territories of people that no deal can ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.config.finding import Finding, Severity
from voronka.config.names import Declaration
from voronka.config.scalars import many
from voronka.definition.actions import Action, AssignAction, Distribution
from voronka.definition.fields import Field
from voronka.definition.people import folded
from voronka.definition.routing import RoutingEntry
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["check_skills"]

_WORDS = {Distribution.SKILL: "skills", Distribution.TERRITORY: "territories"}


def check_skills(
    actions: Iterable[Action],
    routing: Iterable[RoutingEntry],
    fields: Mapping[str, Field],
    declared: Mapping[str, Declaration],
) -> Iterator[Finding]:
    """Yield the skills and territories that are no option of any field by which the person gets deals.

    `fields`: of deals, and dotted ones. Somebody who is chosen by a field of other types too is left alone: there it
    may be any value. `declared` tells where each user stands.
    """
    asked: dict[tuple[str, Distribution], set[str]] = {}
    assigns = [each for each in actions if isinstance(each, AssignAction)]
    for assign in (*assigns, *(entry.assign for entry in routing if entry.assign is not None)):
        if assign.by in _WORDS:
            for user in assign.users:
                asked.setdefault((user, assign.by), set()).add(assign.field)
    for (user, by), names in asked.items():
        if not all(name in fields and fields[name].options for name in names):
            continue
        known = list(dict.fromkeys(option for name in sorted(names) for option in fields[name].options))
        for written in many(declared[user].value.get(_WORDS[by])):
            if folded(written.text) not in map(folded, known):
                yield Finding(
                    code="V5714",
                    severity=Severity.WARNING,
                    place=written.place,
                    reason=Text(
                        "No deal comes to {user} by “{value}”: {field} has no such option.",
                        user=user,
                        value=written.text,
                        field=", ".join(sorted(names)),
                    ),
                    remedy=Text("Write one of its options: {options}.", options=", ".join(known)),
                    suggestion=suggest(written.text, known),
                )
