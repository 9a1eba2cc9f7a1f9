"""Files of strategy into roadmap, scope, business case, readiness and incentives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from voronka.config.build_case import build_case
from voronka.config.build_incentives import build_incentives
from voronka.config.build_readiness import build_readiness, check_length, check_readiness
from voronka.config.build_roadmap import build_roadmap
from voronka.config.build_scope import build_scope
from voronka.config.context import Context
from voronka.config.names import twice
from voronka.config.node import Node
from voronka.definition.kpis import Kpi
from voronka.definition.strategy import Strategy

__all__ = ["build_strategy"]


def build_strategy(roots: Sequence[Node], kpis: Mapping[str, Kpi], context: Context) -> Strategy:
    """Return what the files with these `roots` declare; what is wrong is left out and reported.

    `kpis`: those that could be built.
    """
    parts = {key: _part(roots, key, context) for key in ("roadmap", "scope", "case", "readiness", "incentives")}
    roadmap = None if (node := parts["roadmap"]) is None else build_roadmap(node, context)
    goals = None if roadmap is None else roadmap.goals
    case = None if (node := parts["case"]) is None else build_case(node, goals, context)
    readiness = None if (node := parts["readiness"]) is None else build_readiness(node, context)
    check_readiness(readiness, parts, context.report)
    if readiness is not None:
        check_length(readiness, roadmap, case, parts, context.report)
    return Strategy(
        roadmap=roadmap,
        scope=None if (node := parts["scope"]) is None else build_scope(node, context),
        case=case,
        readiness=readiness,
        incentives=() if (node := parts["incentives"]) is None else build_incentives(node, kpis, context),
    )


def _part(roots: Iterable[Node], key: str, context: Context) -> Node | None:
    """Return the one part of this name; a second one is reported."""
    written = [node for root in roots if (node := root.key(key)) is not None]
    for other in written[1:]:
        twice(key, other.place, written[0].place, context.report)
    nodes = (root.get(key) for root in roots)
    found = next((node for node in nodes if node is not None), None)
    return found if found is not None and found.is_mapping else None
