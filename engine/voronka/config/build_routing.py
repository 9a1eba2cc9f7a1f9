"""Routing: which new deals go to which funnel and to whom, and whether each entry can ever be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from voronka.config.build_actions import build_assign
from voronka.config.context import Context, FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.config.standing import standing
from voronka.definition.funnels import Funnel
from voronka.definition.routing import RoutingEntry
from voronka.expressions import Possibility, Value
from voronka.messages import Text

__all__ = ["build_routing"]


def build_routing(
    lists: Sequence[Node],
    funnels: Mapping[str, Funnel],
    contexts: Callable[[str], FunnelContext],
    context: Context,
) -> tuple[RoutingEntry, ...]:
    """Return the entries in their order; one that is wrong is left out and reported.

    `lists`: what stands under `routing`, of each file that has it. `contexts` gives what may be named in a funnel.
    """
    for node in lists[1:]:
        context.report.error(
            "V5709",
            node.place,
            Text("The routing stands in another file, too: {file}.", file=lists[0].place.file),
            Text("Put all entries into one list: the first that holds decides."),
            related=lists[0].place,
        )
    built: list[RoutingEntry] = []
    for number, node in enumerate(many(lists[0]), 1):
        entry = _entry(number, node, funnels, contexts, context)
        if entry is not None:
            _check_reached(entry, node, built, funnels[entry.funnel], context.report)
            built.append(entry)
    return tuple(built)


def _entry(
    number: int,
    node: Node,
    funnels: Mapping[str, Funnel],
    contexts: Callable[[str], FunnelContext],
    context: Context,
) -> RoutingEntry | None:
    name = refer(NameKind.FUNNEL, node.get("funnel"), context.declared.of(NameKind.FUNNEL), context.report)
    if name is None or name not in funnels:
        return None
    funnel = contexts(name)
    written, asked = node.get("assign"), node.get("where")
    where = context.expressions.compile(asked, funnel.scope)
    assign = None if written is None or not written.is_mapping else build_assign(written, funnel)
    if (written is not None and assign is None) or (asked is not None and where is None):
        return None
    return RoutingEntry(number=number, funnel=name, assign=assign, where=where)


def _check_reached(
    entry: RoutingEntry, node: Node, before: Sequence[RoutingEntry], funnel: Funnel, report: Report
) -> None:
    """Report an entry to which no deal comes: an earlier one takes them all, or its condition holds of no new deal."""
    new = [{**standing(funnel, each, each.first), "owner": None} for each in funnel.variants.values()]
    place = (node.get("where") or node.get("funnel") or node).place
    for earlier in before:
        if earlier.funnel == entry.funnel and _takes_all(earlier, entry, new):
            report.error(
                "V5708",
                place,
                Text(
                    "This entry is never reached: entry {number} takes all deals that could come to it.",
                    number=earlier.number,
                ),
                Text("Put it before entry {number}, or remove it.", number=earlier.number),
            )
            return
    where = None if entry.where is None else Possibility(entry.where.node)
    if where is not None and not any(where.can_hold(known) for known in new):
        report.error(
            "V5708",
            place,
            Text("This entry is never reached: its condition holds of no new deal of the funnel."),
            Text("Correct “where”: a new deal stands in the first stage, and nobody owns it yet."),
        )


def _takes_all(earlier: RoutingEntry, later: RoutingEntry, new: Iterable[Mapping[str, Value | None]]) -> bool:
    """Tell whether nothing is left of what the later entry is for; `new`: what is known of new deals, by case."""
    where = earlier.where
    if where is None or (later.where is not None and later.where.text == where.text):
        return True
    condition = Possibility(where.node)
    return all(condition.cannot_fail(known) for known in new)
