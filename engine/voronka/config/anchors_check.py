"""Timed events that count from a field which may stay empty, so that they never come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from voronka.config.filled_fields import every_action, filled_fields
from voronka.config.finding import Finding, Severity
from voronka.config.names import Declaration
from voronka.config.timed_places import timed_place
from voronka.definition.fields import Field
from voronka.definition.funnels import Funnel
from voronka.definition.timed import AnchorKind, TimedEvent
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.definition.imports import Import
    from voronka.definition.rules import Rule

__all__ = ["check_anchors"]


def check_anchors(
    funnels: Mapping[str, Funnel],
    rules: Mapping[str, Rule],
    imports: Mapping[str, Import],
    fields: Mapping[str, Field],
    declared: Mapping[str, Declaration],
) -> Iterator[Finding]:
    """Yield the events whose anchor no gate asks for and nothing sets. `fields`: of deals; `declared` tells where each
    funnel stands.

    A computed field comes from what it reads: that nothing sets it says nothing. An event whose `when` reads a field
    of the deal says thereby for which deals it is, and is left alone.
    """
    actions = every_action(funnels, rules)
    computed = {name for name, field in fields.items() if field.formula is not None}
    for funnel in funnels.values():
        filled = filled_fields(funnel, actions, imports)
        told: set[str] = set()
        for event in (event for variant in funnel.variants.values() for event in variant.timed.values()):
            anchor = event.anchor.name
            if (
                event.anchor.kind is AnchorKind.FIELD
                and not event.anchor.of_row
                and anchor in funnel.fields - filled - computed
                and event.name not in told
                and not _is_for_some(event, funnel)
            ):
                told.add(event.name)
                yield Finding(
                    code="V5606",
                    severity=Severity.WARNING,
                    place=timed_place(declared[funnel.name], event.name, "from"),
                    reason=Text(
                        "{event} counts from {field}, which no gate asks for and nothing sets: where it is empty, the"
                        " event never comes.",
                        event=event.name,
                        field=anchor,
                    ),
                    remedy=Text(
                        "Put {field} under “require” of a gate on the way, or say in “when” for which deals the event"
                        " is, such as `{field} is not missing`.",
                        field=anchor,
                    ),
                )


def _is_for_some(event: TimedEvent, funnel: Funnel) -> bool:
    return event.when is not None and not event.when.reads.names.isdisjoint(funnel.fields)
