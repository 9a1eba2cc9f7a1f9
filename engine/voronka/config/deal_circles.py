"""Deals that open one another without end: a new deal opens a next one at once, and so on in a circle of funnels.

Only what happens to every new deal is told, as an error, for then not one of them can be opened: the limit of a chain
refuses it. A rule whose condition rests on more than where the deal stands may be what ends the circle, and an
`open_deal` in a later stage waits for somebody to bring the deal there: client and service funnels lead to one another
so, and nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from voronka.config.finding import Finding, Place
from voronka.config.names import Declaration
from voronka.config.rings import drawn, rings
from voronka.config.scalars import many
from voronka.config.standing import standing
from voronka.definition.actions import Action, OpenDealAction
from voronka.definition.funnels import Funnel
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.expressions import cannot_fail
from voronka.messages import Text

__all__ = ["check_deal_circles"]

_LINKS = frozenset({"account", "contact", "owner"})
_AT_ONCE = frozenset({"deal.created", "stage.entered"})


class _Newborn(NamedTuple):
    """A new deal: its funnel, and the names with values that trigger rules."""

    funnel: str
    given: frozenset[str]


def check_deal_circles(
    funnels: Mapping[str, Funnel],
    rules: Mapping[str, Rule],
    of_funnels: Mapping[str, Declaration],
    of_rules: Mapping[str, Declaration],
) -> Iterator[Finding]:
    """Yield the circles of funnels and rules whose new deals open one another. The last two tell where each stands."""
    acting = [
        rule
        for rule in rules.values()
        if rule.mode is Mode.ACTIVE and any(isinstance(action, OpenDealAction) for action in rule.actions)
    ]
    watched = frozenset(rule.trigger.name for rule in acting if rule.trigger.kind is TriggerKind.FIELD)
    starts = [_Newborn(funnel.name, watched & (funnel.fields | _LINKS)) for funnel in funnels.values()]
    ways: dict[_Newborn, dict[_Newborn, Declaration]] = {}
    waiting = list(starts)
    while waiting:
        deal = waiting.pop()
        if deal in ways:
            continue
        ways[deal] = {}
        funnel = funnels[deal.funnel]
        for actions, declaration in (
            (_on_entry(funnel), of_funnels[funnel.name]),
            *((rule.actions, of_rules[rule.name]) for rule in acting if _always_acts(rule, funnel, deal.given)),
        ):
            for action in actions:
                if isinstance(action, OpenDealAction) and action.funnel in funnels:
                    given = watched & _given(action, deal.given)
                    ways[deal].setdefault(_Newborn(action.funnel, given), declaration)
        waiting += ways[deal]
    told: set[frozenset[str]] = set()
    for ring in rings([*starts, *ways], ways):
        names = [deal.funnel for deal in ring]
        if frozenset(names) in told:
            continue
        told.add(frozenset(names))
        steps = [
            _place(ways[deal][following], following.funnel)
            for deal, following in zip(ring, (*ring[1:], ring[0]), strict=True)
        ]
        yield Finding(
            code="V5109",
            place=steps[0],
            reason=Text(
                "Deals open one another without end: every new deal of one funnel opens one of the next: {ring}.",
                ring=drawn(names),
            ),
            remedy=Text(
                "Move one “open_deal” to a later stage, or into a rule whose “where” does not hold of every new deal."
            ),
            related=next((place for place in steps if place != steps[0]), None),
        )


def _on_entry(funnel: Funnel) -> Iterable[Action]:
    """Return the deals that every new deal of a funnel opens, whatever its case."""
    first, *others = ([*variant.first.enter.actions] for variant in funnel.variants.values())
    return [each for each in first if all(each in other for other in others)]


def _always_acts(rule: Rule, funnel: Funnel, given: frozenset[str]) -> bool:
    """Tell whether a rule acts on every new deal of a funnel, once that has values of the names `given`."""
    trigger = rule.trigger
    if trigger.kind is TriggerKind.EVENT and trigger.name not in _AT_ONCE:
        return False
    if trigger.kind is TriggerKind.FIELD and trigger.name not in given:
        return False
    if trigger.kind is TriggerKind.SCHEDULE:
        return False
    places = rule.places.get(funnel.name, frozenset())
    return all(
        variant.first.name in places
        and (trigger.kind is not TriggerKind.STAGE or trigger.name == variant.first.name)
        and (rule.where is None or cannot_fail(rule.where.node, standing(funnel, variant, variant.first)))
        for variant in funnel.variants.values()
    )


def _given(action: OpenDealAction, given: frozenset[str]) -> frozenset[str]:
    """Return the names with values of the deal that an action opens for one with values of the names `given`."""
    return given.intersection(action.copy).union(name for name, value in action.set.items() if value is not None)


def _place(declaration: Declaration, funnel: str) -> Place:
    """Return where the file of a funnel, or a rule, first opens a deal of `funnel` in what is done at once."""
    root = declaration.value
    stages = root.get("stages")
    first = next(iter(stages.items()), None) if stages is not None else None
    done = root.get("do") if first is None else first.value.at("enter", "do")
    for item in many(done):
        target = item.at("open_deal", "funnel")
        if target is not None and target.text == funnel:
            return target.place
    return declaration.name.place
