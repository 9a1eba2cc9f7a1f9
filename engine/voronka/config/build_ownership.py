"""The cost of ownership that a field set declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.config.build_fields import DeclaredFields
from voronka.config.context import Context
from voronka.config.expressions_check import Expressions
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.fields import Collection, FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.ownership import CostOfOwnership
from voronka.expressions import Expression, Kind, Scope, Type, compile_expression
from voronka.messages import Text

__all__ = ["build_ownership"]

_NAMES = frozenset({FieldType.CHOICE, FieldType.TEXT})


def build_ownership(
    fields: DeclaredFields, funnels: Mapping[str, Funnel], scope: Callable[[], Scope], context: Context
) -> dict[str, CostOfOwnership]:
    """Return what the field sets declare under ``tco``, by set. `scope`: what an expression about any deal may name.

    Of two whose costs the deals of one funnel have, the second is refused: a deal has one cost of ownership.
    """
    nodes = {name: each.value.get("tco") for name, each in context.declared.of(NameKind.FIELD_SET).items()}
    declared = {name: node for name, node in nodes.items() if node is not None}
    if not declared:
        return {}
    of_deals, named = fields.collections[Subject.DEALS], scope()
    built = {
        name: _ownership(node, of_deals, named, context.expressions, context.report) for name, node in declared.items()
    }
    found = {name: each for name, each in built.items() if each is not None}
    _check_single(found, funnels, context)
    return found


def _check_single(found: Mapping[str, CostOfOwnership], funnels: Mapping[str, Funnel], context: Context) -> None:
    sets = context.declared.of(NameKind.FIELD_SET)
    keys = {name: key for name in found if (key := sets[name].value.key("tco")) is not None}
    for funnel in funnels.values():
        theirs = [name for name, each in found.items() if each.costs in funnel.collections]
        for name in theirs[1:]:
            context.report.error(
                "V3422",
                keys[name].place,
                Text(
                    "The funnel {funnel} would have two costs of ownership: the field sets {first} and {second} declare"
                    " “tco”.",
                    funnel=funnel.name,
                    first=theirs[0],
                    second=name,
                ),
                Text("Take one of them away, or name in “fields” of the funnel only the set that it is to have."),
                related=keys[theirs[0]].place,
            )


def _ownership(
    node: Node, collections: Mapping[str, Collection], scope: Scope, expressions: Expressions, report: Report
) -> CostOfOwnership | None:
    costs = _collection(node.get("costs"), collections, report)
    if costs is None:
        return None
    component, supplier = (_column(node.get(key), costs, report) for key in ("component", "supplier"))
    value = _first(node.get("value"), costs.name, Type(Kind.MONEY), scope, expressions)
    asked = node.get("confirmed")
    confirmed = None if asked is None else _confirmed(asked, collections, scope, expressions, report)
    text = node.get("value")
    if component is None or supplier is None or value is None or text is None:
        return None
    if asked is not None and confirmed is None:
        return None
    return CostOfOwnership(
        costs=costs.name, component=component, supplier=supplier, value=value, text=text.text, confirmed=confirmed
    )


def _collection(node: Node | None, collections: Mapping[str, Collection], report: Report) -> Collection | None:
    name = refer(NameKind.COLLECTION, node, collections, report)
    return None if name is None else collections.get(name)


def _column(node: Node | None, costs: Collection, report: Report) -> str | None:
    """Return a column that names something; another type cannot tell suppliers or components apart."""
    name = refer(NameKind.COLUMN, node, costs.fields, report)
    if name is None or node is None:
        return None
    if costs.fields[name].type not in _NAMES or costs.fields[name].pii:
        report.error(
            "V3420",
            node.place,
            Text("The column {column} does not name what a cost is paid for, or to whom.", column=name),
            Text("Take a column of the type choice or text that is not personal."),
        )
        return None
    return name


def _first(
    node: Node | None, collection: str, wanted: Type, scope: Scope, expressions: Expressions
) -> Expression | None:
    """Return the expression at `node`, which is about a row, as one about the first row of the collection."""
    if node is None or expressions.compile(node, scope, wanted, collection=collection) is None:
        return None
    made = compile_expression(f"first({collection}, {node.text})", scope, expect=wanted)
    return made if isinstance(made, Expression) else None


def _confirmed(
    node: Node, collections: Mapping[str, Collection], scope: Scope, expressions: Expressions, report: Report
) -> tuple[str, Expression] | None:
    rows = _collection(node.get("rows"), collections, report)
    if rows is None:
        return None
    if rows.key is None:
        report.error(
            "V3421",
            (node.get("rows") or node).place,
            Text(
                "The rows of {collection} have no key, so they do not tell of which component they are.",
                collection=rows.name,
            ),
            Text("Give the collection a “key”: the column that names the component."),
        )
        return None
    when = _first(node.get("when"), rows.name, Type(Kind.BOOL), scope, expressions)
    return None if when is None else (rows.name, when)
