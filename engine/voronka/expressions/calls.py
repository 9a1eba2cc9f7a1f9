"""Functions and aggregates: what each takes and gives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from voronka.calendars import Unit
from voronka.expressions import conversion
from voronka.expressions.arguments import arguments, wrong
from voronka.expressions.counting import OF_KPIS, aggregated, count_rows
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.functions import LATER, SIGNATURES
from voronka.expressions.ir import (
    Aggregate,
    Arithmetic,
    Call,
    Changed,
    Computed,
    Const,
    DaysSince,
    DurationOf,
    Function,
    LastInteraction,
    Node,
    Operator,
    Previous,
    Visits,
)
from voronka.expressions.ledger import LEDGER
from voronka.expressions.moments import duration
from voronka.expressions.names import Found, find
from voronka.expressions.present_value import PRESENT_VALUE
from voronka.expressions.refusal import Refusal
from voronka.expressions.scope import Name
from voronka.expressions.value_functions import VALUE_FUNCTIONS
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.expressions.checker import Checker

__all__ = ["check_call"]

_BOOL = Type(Kind.BOOL)
_BUILT_IN = {PRESENT_VALUE.name: PRESENT_VALUE}
"""Functions of the language that are called as those that plugins add."""


def check_call(checker: Checker, tree: ast.Call) -> Node | None:
    """Return the typed form of a call, or None after reporting what is wrong with it."""
    name = checker.source.dotted(tree.func)
    if name is None or tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
        written = checker.source.written(tree)
        checker.report(
            "E1006",
            tree,
            Text("{written} is not in the language.", written=written),
            Text("Call a function by its name and give it values: {example}.", example="coalesce(x, 0)"),
        )
        return None
    check = _RULES.get(name)
    if check is None and (function := _BUILT_IN.get(name) or checker.scope.functions.find(name)) is not None:
        with checker.placing(tree):
            return _added(checker, tree, function)
        return None
    if check is None:
        _unknown(checker, tree, name)
        return None
    with checker.placing(tree):
        return check(checker, tree, name)
    return None


def _unknown(checker: Checker, tree: ast.Call, name: str) -> None:
    if name in LATER:
        checker.report(
            "E1106",
            tree.func,
            Text("The function {name} is not known yet.", name=name),
            Text("It comes with a later version; leave it out for now."),
        )
        return
    if name in {"now", "today"}:
        reason, remedy = Text("There is no function {name}.", name=name), Text("Write {name} alone.", name=name)
        checker.report("E1102", tree.func, reason, remedy, name)
        return
    added = checker.scope.functions
    if (why := added.why_not(name)) is not None:
        checker.report("E1102", tree.func, why, Text("Mend the plugin or install another version."))
        return
    meant = checker.suggest(name, [*SIGNATURES, *added.names()])
    signature = "" if meant is None else SIGNATURES.get(meant) or _signature(added.find(meant))
    checker.report(
        "E1102",
        tree.func,
        Text("There is no function {name}.", name=name),
        Text("Did you mean {meant}? It is written {signature}.", meant=meant, signature=signature)
        if meant
        else Text("docs/expressions.md lists all functions."),
        meant,
    )


def _signature(function: ExpressionFunction | None) -> str:
    return "" if function is None else function.signature


def _added(checker: Checker, tree: ast.Call, function: ExpressionFunction) -> Node | None:
    wrong = Refusal(
        "E1103",
        Text("{name} takes other arguments.", name=function.name),
        Text("Write {signature}.", signature=SIGNATURES.get(function.name) or function.signature),
    )
    if len(tree.args) != len(function.parameters):
        raise wrong
    operands = checker.check_all(tree.args)
    if operands is None:
        return None
    fitting = []
    for node, kind in zip(operands, function.parameters, strict=True):
        if kind is Kind.TEXT and node.kind in conversion.TEXTUAL:
            fitting.append(node)
            continue
        try:
            fitting.append(conversion.assigned(node, Type(kind), checker.scope.money_digits))
        except Refusal:
            raise wrong from None
    return Call(
        type=Type(function.result), text=checker.source.written(tree), function=function, operands=tuple(fitting)
    )


def _aggregate(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    function = Function(name)
    if checker.outside:
        return count_rows(checker, tree, function)
    if function in OF_KPIS:
        raise Refusal(
            "E1111",
            Text("{name} is known only in KPIs, over all the rows that one counts.", name=name),
            Text("Declare a KPI in a file of configs/kpis, or leave {name} out here.", name=name),
        )
    values = 0 if function is Function.COUNT else 1
    written = arguments(tree, name, 1 + values, 2 + values)
    if checker.collection is not None:
        raise Refusal(
            "E1006",
            Text("{name} stands inside another aggregate.", name=name),
            Text("Make the inner one a computed field, and read it as {subject}.x.", subject=checker.scope.subject),
        )
    collection = _collection(checker, written[0])
    if collection is None:
        return None
    with checker.inside(collection):
        value = checker.check(written[1]) if values else None
        condition = checker.condition(written[1 + values]) if len(written) > 1 + values else None
    if (values and value is None) or (len(written) > 1 + values and condition is None):
        return None
    text = checker.source.written(tree)
    if value is None:
        return Aggregate(type=Type(Kind.INTEGER), text=text, function=function, collection=collection, filter=condition)
    value = aggregated(function, value, checker.scope.money_digits)
    return Aggregate(
        type=value.type, text=text, function=function, collection=collection, value=value, filter=condition
    )


def _collection(checker: Checker, tree: ast.expr) -> str | None:
    name, collections = checker.source.dotted(tree), checker.scope.collections
    if name is not None and (full := checker.full(name)) in collections:
        return full
    meant = checker.suggest(name, collections) if name else None
    checker.report(
        "E1104",
        tree,
        Text("There is no collection {name} here.", name=name or checker.source.written(tree)),
        Text("Did you mean {meant}?", meant=meant)
        if meant
        else Text("An aggregate begins with a collection: {signature}.", signature=SIGNATURES["sum"]),
        meant,
    )
    return None


def _length(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    count = checker.check(arguments(tree, name, 1, 1)[0])
    if count is None:
        return None
    if count.kind is not Kind.INTEGER:
        raise wrong(name, count)
    text = checker.source.written(tree)
    if not isinstance(count, Const) or not isinstance(count.value, int):
        return DurationOf(type=Type(Kind.DURATION), text=text, unit=name, count=count)
    length = duration(count.value, name)
    if length is None:
        raise Refusal(
            "E1103",
            Text("There is no duration {text}.", text=text),
            Text("Write from 0 to a hundred years; to go back, subtract: today - days(2)."),
        )
    return Const(type=Type(Kind.DURATION), text=text, value=length)


def _days_since(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    node = checker.check(arguments(tree, name, 1, 1)[0])
    if node is None:
        return None
    text = checker.source.written(tree)
    day = conversion.to_date(node)
    return DaysSince(type=Type(Kind.INTEGER), text=text, operand=day, working=name == "workdays_since")


def _workdays_between(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    nodes = checker.check_all(arguments(tree, name, 2, 2))
    if nodes is None:
        return None
    start, end = (
        DaysSince(type=Type(Kind.INTEGER), text=f"workdays_since({node.text})", operand=day, working=True)
        for node in nodes
        for day in (conversion.to_date(node),)
    )
    text = checker.source.written(tree)
    return Arithmetic(type=Type(Kind.INTEGER), text=text, operator=Operator.SUB, left=start, right=end)


def _visits(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    node = checker.check(arguments(tree, name, 1, 1)[0])
    if node is None:
        return None
    if not isinstance(node, Const) or not isinstance(node.value, str) or node.kind is not Kind.TEXT:
        raise wrong(name, node)
    if checker.scope.subject not in ("deal", ""):
        raise Refusal(
            "E1107",
            Text("Only deals enter stages, and this is about another record."),
            Text("Leave {text} out.", text=checker.source.written(tree)),
        )
    stages = checker.scope.stages
    if stages is not None and node.value not in stages:
        meant = checker.suggest(node.value, stages)
        raise Refusal(
            "E1107",
            Text("There is no stage {stage}.", stage=node.value),
            Text("Did you mean {meant}?", meant=meant) if meant else Text("Write the name of a stage in quotes."),
            meant,
        )
    return Visits(type=Type(Kind.INTEGER), text=checker.source.written(tree), stage=node.value)


def _last_interaction(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    node = checker.check(arguments(tree, name, 1, 1)[0])
    if node is None:
        return None
    if node.kind is not Kind.REFERENCE or node.type.reference != "contact":
        raise wrong(name, node)
    text = checker.source.written(tree)
    if checker.full(LEDGER) not in checker.scope.collections:
        raise Refusal(
            "E1107",
            Text("Only deals have a ledger of interactions, and this is about another record."),
            Text("Leave {text} out.", text=text),
        )
    return LastInteraction(type=Type(Kind.DATETIME), text=text, operand=node)


def _field_of(checker: Checker, tree: ast.Call, name: str) -> Found | None:
    """Return the field that is the one argument of a function; None if there is none of the name, which is told."""
    argument = arguments(tree, name, 1, 1)[0]
    written = checker.source.dotted(argument)
    if written is None or written in {"now", "today"}:
        raise Refusal(
            "E1103",
            Text("{name} takes the name of a field.", name=name),
            Text("Write {signature}.", signature=SIGNATURES[name]),
        )
    return find(checker, argument, written)


def _before(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    found = _field_of(checker, tree, name)
    if found is None:
        return None
    full, declared, of_row = found
    _kept_before(name, full, declared, of_row=of_row)
    text = checker.source.written(tree)
    if name == "changed":
        return Changed(type=_BOOL, text=text, name=full)
    return Previous(type=declared.type, text=text, name=full)


def _stale(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    found = _field_of(checker, tree, name)
    if found is None:
        return None
    full = f"{found.full}.{name}"
    if found.of_row or full not in checker.scope.names:
        raise Refusal(
            "E1103",
            Text("Nobody has said how long {field} is good.", field=found.full),
            Text("Give the field a “ttl”, such as 180 days, or leave {text} out.", text=checker.source.written(tree)),
        )
    body = checker.formulas.inlined(Found(full, checker.scope.names[full], of_row=False), None, checker.level)
    return Computed(type=_BOOL, text=checker.source.written(tree), name=full, body=body)


def _kept_before(name: str, full: str, declared: Name, *, of_row: bool) -> None:
    if of_row:
        raise Refusal(
            "E1103",
            Text("{name} does not know columns of a collection.", name=name),
            Text("Ask it about a field."),
        )
    if declared.formula is not None or declared.deciding is not None:
        remedy = Text("Ask about the fields that it is computed from.")
        if declared.deciding is not None and declared.deciding.event:
            remedy = Text(
                "Trigger a rule by the event {event}: it happens when {full} changes. Its condition reads what"
                " {full} is now; what it was stands in the history.",
                event=declared.deciding.event,
                full=full,
            )
        raise Refusal(
            "E1103", Text("{full} is computed: {name} knows only fields that are set.", full=full, name=name), remedy
        )
    if declared.pii and name == "previous":
        raise Refusal(
            "E1206",
            Text("{name} is personal: its value never enters a decision.", name=full),
            Text("Ask only {name} is missing, {name} is not missing or changed({name}).", name=full),
        )


_RULES: dict[str, Callable[[Checker, ast.Call, str], Node | None]] = {
    **{function.value: _aggregate for function in Function},
    **VALUE_FUNCTIONS,
    **dict.fromkeys(Unit, _length),
    "days_since": _days_since,
    "workdays_since": _days_since,
    "workdays_between": _workdays_between,
    "visits": _visits,
    "changed": _before,
    "previous": _before,
    "stale": _stale,
    "last_interaction_with": _last_interaction,
}
