"""Timed events that count from a field which may stay empty, so that they never come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from voronka.config.dotted_fields import party_fields_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.names import Declaration
from voronka.config.timed_places import timed_place
from voronka.definition.fields import Field, Subject
from voronka.definition.filled_fields import asked_by, asked_on_arrival, set_fields
from voronka.definition.funnels import Funnel
from voronka.definition.timed import AnchorKind, TimedEvent
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.config.build_fields import DeclaredFields
    from voronka.definition.actions import Action
    from voronka.definition.imports import Import, RowImport

__all__ = ["check_anchors"]


def check_anchors(
    funnels: Mapping[str, Funnel],
    actions: Sequence[Action],
    imports: Mapping[str, Import],
    row_imports: Iterable[RowImport],
    fields: DeclaredFields,
    declared: Mapping[str, Declaration],
) -> Iterator[Finding]:
    """Yield the events whose anchor no gate on the way to them asks for and nothing sets. `actions`: all that are
    done; `declared` tells where each funnel stands.

    A gate that is only met as the deal leaves asks too late, unless the event outlives the stage. A computed field
    comes from what it reads: that nothing sets it says nothing. An event whose `when` reads a field of the deal, its
    account or contact says thereby for which it is, and is left alone; so is one for each row, which is for the rows
    that have the date.
    """
    known = {**fields.fields[Subject.DEALS], **party_fields_of(fields)}
    by_files = {name for each in row_imports for name in _brought(each)}
    for funnel in funnels.values():
        by_itself = set_fields(funnel, actions, imports) | by_files
        told: set[str] = set()
        for variant in funnel.variants.values():
            arrival = asked_on_arrival(variant)
            for event in variant.timed.values():
                name = _counted_from(event, funnel)
                if name is None or event.name in told or name in by_itself or _is_for_some(event, funnel, known):
                    continue
                if name in known and known[name].formula is not None:
                    continue
                asked = {each for stage in event.stages for each in arrival.get(stage, ())}
                if event.keep:
                    asked |= {each for gate in variant.gates for each in asked_by(gate)}
                if name not in asked:
                    told.add(event.name)
                    yield _finding(event, name, timed_place(declared[funnel.name], event.name, "from"))


def _finding(event: TimedEvent, name: str, place: Place) -> Finding:
    return Finding(
        code="V5606",
        severity=Severity.WARNING,
        place=place,
        reason=Text(
            "{event} counts from {field}, which no gate on the way there asks for and nothing sets: where it is empty,"
            " the event never comes.",
            event=event.name,
            field=name,
        ),
        remedy=Text(
            "Put {field} under “require” of a gate on the way, or say in “when” for which the event is, such as"
            " `{field} is not missing`.",
            field=name,
        ),
    )


def _counted_from(event: TimedEvent, funnel: Funnel) -> str | None:
    """Return the field of the deal, its account or contact from which an event counts."""
    name = event.anchor.name
    if event.anchor.kind is not AnchorKind.FIELD or event.anchor.of_row:
        return None
    return name if name in funnel.fields or "." in name else None


def _brought(mapping: RowImport) -> Iterator[str]:
    """Yield the names, as a deal has them, of what the rows of a file bring."""
    group = "" if mapping.subject is Subject.DEALS else f"{mapping.subject.value[:-1]}."
    collection = "" if mapping.collection is None else f"{mapping.collection.name}."
    yield from (f"{group}{collection}{name}" for name in mapping.values)


def _is_for_some(event: TimedEvent, funnel: Funnel, known: Mapping[str, Field]) -> bool:
    named = {*funnel.fields, *(name for name in known if "." in name)}
    return event.when is not None and not event.when.reads.names.isdisjoint(named)
