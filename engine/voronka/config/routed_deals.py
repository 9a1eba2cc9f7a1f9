"""Deals that others open without naming a funnel: whether the routing can choose one for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from voronka.config.finding import Place
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.config.standing import standing
from voronka.definition.actions import OpenDealAction
from voronka.definition.fields import Field
from voronka.definition.funnels import Funnel
from voronka.definition.routing import RoutingEntry
from voronka.expressions import Expression, Possibility, Value
from voronka.messages import Text

__all__ = ["Routed", "routed_funnels"]

_LINKS = frozenset({"owner", "account", "contact"})


def routed_funnels(roots: Iterable[Node], declared: Iterable[str]) -> tuple[str, ...]:
    """Return the `declared` funnels that the routing names, each once. `roots`: of the files about people."""
    entries = (each for root in roots for each in many(root.get("routing")) if each.is_mapping)
    written = dict.fromkeys(name.text for each in entries if (name := each.get("funnel")) is not None)
    known = frozenset(declared)
    return tuple(name for name in written if name in known)


@dataclass(kw_only=True, slots=True)
class Routed:
    """The funnels among which the routing chooses, and the actions that leave it the choice, as they are built."""

    funnels: tuple[str, ...]
    asked: dict[Place, OpenDealAction] = field(default_factory=dict)

    def check(
        self,
        routing: Sequence[RoutingEntry],
        funnels: Mapping[str, Funnel],
        fields: Mapping[str, Mapping[str, Field]],
        report: Report,
    ) -> None:
        """Report the actions for whose deals no entry of the routing can choose a funnel. `fields`: of each funnel."""
        whole = not report.failed
        for place, action in self.asked.items():
            if not self.funnels:
                report.error(
                    "V5713",
                    place,
                    Text("No funnel is named, and there is no routing that would choose one."),
                    Text("Name the funnel under “funnel”, or write “routing” in configs/people."),
                )
            elif whole and not any(
                _takes(entry, funnels[entry.funnel], fields[entry.funnel], action) for entry in routing
            ):
                report.error(
                    "V5713",
                    place,
                    Text("No entry of the routing can be for this deal: none holds with what is copied and set here."),
                    Text("Name the funnel under “funnel”, copy or set what the routing reads, or add an entry."),
                )


def _takes(entry: RoutingEntry, funnel: Funnel, fields: Mapping[str, Field], action: OpenDealAction) -> bool:
    if entry.where is None:
        return True
    condition = Possibility(entry.where.node)
    given = _given(fields, action, entry.where.reads.names)
    return any(condition.can_hold({**standing(funnel, each, each.first), **given}) for each in funnel.variants.values())


def _given(fields: Mapping[str, Field], action: OpenDealAction, read: Iterable[str]) -> Mapping[str, Value | None]:
    """Return the names of the new deal whose values are known: constants, and what is neither copied nor set.

    `read`: the names that are asked for; those of an account, a contact or an owner that the deal lacks are missing.
    """
    told = {*action.copy, *action.set}
    stored = {*_LINKS, *(name for name, each in fields.items() if each.formula is None)} - told
    linked = (name for name in read if name.partition(".")[0] in _LINKS & stored)
    constants = {name: value for name, value in action.set.items() if not isinstance(value, Expression)}
    return {**dict.fromkeys((*stored, *linked)), **constants}
