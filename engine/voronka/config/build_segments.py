"""Segments: their conditions, which the database must be able to judge."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.build_rules import possible_places
from voronka.config.context import Context
from voronka.config.names import NameKind
from voronka.config.scalars import label
from voronka.definition.funnels import Funnel
from voronka.definition.segments import Segment
from voronka.definition.vocabulary import NOT_KEPT
from voronka.expressions import Scope
from voronka.messages import Text

__all__ = ["build_segments"]


def build_segments(funnels: Mapping[str, Funnel], scope: Scope, context: Context) -> dict[str, Segment]:
    """Return the declared segments by name; one whose condition is wrong is left out and reported."""
    found = {}
    whole = len(funnels) == len(context.declared.of(NameKind.FUNNEL))
    for name, declaration in context.declared.of(NameKind.SEGMENT).items():
        written = declaration.value.get("where")
        where = context.expressions.compile(written, scope)
        if written is None or where is None:
            continue
        context.expressions.check_selecting(
            written,
            where,
            not_kept=NOT_KEPT,
            code="V5711",
            told=lambda reason: Text(
                "The members of a segment are looked for in the database. {reason}", reason=reason
            ),
        )
        places = possible_places(None, where, funnels, closed=True)
        if not places and whole:
            context.report.warning(
                "V5712",
                written.place,
                Text("The segment {segment} has no members: in no stage can its condition hold.", segment=name),
                Text("Correct “where”: it asks for what no deal can be at once."),
            )
        found[name] = Segment(name=name, label=label(declaration.value.get("label"), name), where=where, places=places)
    return found
