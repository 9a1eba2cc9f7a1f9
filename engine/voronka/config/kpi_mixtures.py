"""What is kept apart in the glossary and counted together all the same, such as leads and clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import combinations

from voronka.config.names import Declaration
from voronka.config.report import Report
from voronka.definition.kpis import Kpi, Term
from voronka.expressions import Expression
from voronka.expressions.ir import Arithmetic, Computed, Either, Node, Not, Operator, children
from voronka.messages import Text

__all__ = ["check_mixtures"]


def check_mixtures(
    kpis: Mapping[str, Kpi], terms: Mapping[str, Term], places: Mapping[str, Declaration], report: Report
) -> None:
    """Report a KPI or a term that counts together what terms say is not the same: joined by “or”, or added up.

    A share of one in the other, and a comparison of both, is no mixture.
    """
    apart = {frozenset({name, other}) for name, term in terms.items() for other in term.not_same_as}
    formulas = {name: [term.formula.node] for name, term in terms.items() if term.formula is not None}
    for name, nodes in {**formulas, **{name: list(_nodes(kpi)) for name, kpi in kpis.items()}}.items():
        pair = next((pair for node in nodes for pair in _mixed(node) if frozenset(pair) in apart), None)
        if pair is not None:
            first, second = pair
            report.error(
                "V5523",
                places[name].name.place,
                Text(
                    "{name} counts {first} and {second} together, which are not the same.",
                    name=name,
                    first=first,
                    second=second,
                ),
                Text("Count each by itself, and compare them as a share; or take “not_same_as” back."),
                related=places[first].name.place,
            )


def _nodes(kpi: Kpi) -> Iterator[Node]:
    """Yield the conditions and values of a KPI as it is computed now."""
    version = kpi.current
    parts = [version.where, *(getattr(version.method, part.name) for part in fields(version.method))]
    yield from (part.node for part in parts if isinstance(part, Expression))


def _mixed(node: Node) -> Iterator[tuple[str, str]]:
    """Yield pairs of terms of which a part counts both."""
    joined: Iterable[Node] = ()
    match node:
        case Either(operands=operands):
            joined = operands
        case Arithmetic(operator=Operator.ADD, left=left, right=right):
            joined = (left, right)
    for one, other in combinations([sorted(_terms(each)) for each in joined], 2):
        yield from ((first, second) for first in one for second in other)
    for each in children(node):
        yield from _mixed(each)


def _terms(node: Node) -> set[str]:
    """Return the names that a part reads and does not deny."""
    if isinstance(node, Computed):
        return {node.name}
    return set() if isinstance(node, Not) else {name for each in children(node) for name in _terms(each)}
