"""The scope: its depths in their order, and its areas."""

from __future__ import annotations

from itertools import pairwise

from voronka.config.build_roadmap import referred
from voronka.config.context import Context
from voronka.config.names import NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.scalars import label
from voronka.definition.strategy import Area, StrategyScope, quarter_of
from voronka.messages import Text

__all__ = ["build_scope"]


def build_scope(node: Node, context: Context) -> StrategyScope | None:
    """Return the scope at `node`; None if it has no depths or no area that could be read."""
    written, areas = node.get("depths"), node.get("areas")
    if written is None or areas is None:
        return None
    depths = {entry.key.text: label(entry.value, entry.key.text) for entry in written.items()}
    found = [area for entry in areas.items() if (area := _area(entry, [*depths], context)) is not None]
    return StrategyScope(depths=depths, areas=tuple(found)) if depths and found else None


def _area(entry: Entry, depths: list[str], context: Context) -> Area | None:
    node, name = entry.value, entry.key.text
    now = refer(NameKind.DEPTH, node.get("now"), depths, context.report)
    written = node.get("then")
    then = {}
    for each in written.items() if written is not None else ():
        quarter, depth = quarter_of(each.key.text), refer(NameKind.DEPTH, each.value, depths, context.report)
        if quarter is not None and depth is not None:
            then[quarter] = (depth, each)
    funnels = referred(NameKind.FUNNEL, node.get("funnels"), [*context.declared.of(NameKind.FUNNEL)], context)
    if now is None:
        return None
    path = [(now, None), *(then[quarter] for quarter in sorted(then))]
    for (before, _), (after, at) in pairwise(path):
        if at is not None and depths.index(after) <= depths.index(before):
            context.report.warning(
                "V5954",
                at.value.place,
                Text("{area} is at the depth {depth} already.", area=name, depth=after)
                if after == before
                else Text("{area} goes back from {before} to {after}.", area=name, before=before, after=after),
                Text("Name a deeper one, or remove the quarter; depths stand from the shallowest to the deepest."),
            )
    return Area(
        name=name,
        label=label(node.get("label"), name),
        now=now,
        then={quarter: depth for quarter, (depth, _) in then.items()},
        funnels=funnels,
    )
