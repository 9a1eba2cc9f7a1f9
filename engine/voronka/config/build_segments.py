"""Segments: their conditions, which the database must be able to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.config.build_rules import possible_places
from voronka.config.context import Context
from voronka.config.names import NameKind
from voronka.config.scalars import label, one_of
from voronka.definition.fields import Subject
from voronka.definition.funnels import Funnel
from voronka.definition.segments import Segment
from voronka.definition.vocabulary import NOT_KEPT
from voronka.expressions import Scope
from voronka.messages import Text

__all__ = ["build_segments"]


def build_segments(
    funnels: Mapping[str, Funnel], scope: Callable[[Subject], Scope], context: Context
) -> dict[str, Segment]:
    """Return the declared segments by name; one whose condition is wrong is left out and reported.

    `scope`: what conditions about a kind of record may name.
    """
    found = {}
    whole = len(funnels) == len(context.declared.of(NameKind.FUNNEL))
    for name, declaration in context.declared.of(NameKind.SEGMENT).items():
        node, written = declaration.value, declaration.value.get("where")
        of = node.get("of")
        if written is None or (of is not None and context.report.broken(of.place)):
            continue
        subject = one_of(Subject, of) or Subject.DEALS
        where = context.expressions.compile(written, scope(subject))
        if where is None:
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
        places = possible_places(None, where, funnels, closed=True) if subject is Subject.DEALS else {}
        if not places and whole and subject is Subject.DEALS:
            context.report.warning(
                "V5712",
                written.place,
                Text("The segment {segment} has no members: in no stage can its condition hold.", segment=name),
                Text("Correct “where”: it asks for what no deal can be at once."),
            )
        found[name] = Segment(name=name, label=label(node.get("label"), name), where=where, of=subject, places=places)
    return found
