"""From the typed form of an expression to SQL that gives what the Python code gives, for every record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isqrt
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from voronka.expressions.environment import Env
from voronka.expressions.ir import (
    Aggregate,
    Apply,
    Arithmetic,
    Both,
    Call,
    Coalesce,
    Compare,
    Computed,
    Const,
    Contains,
    Convert,
    DateOf,
    DaysSince,
    Decide,
    Either,
    Excess,
    Function,
    If,
    IsMissing,
    LastInteraction,
    Negate,
    Node,
    Not,
    Operator,
    Read,
    Shift,
    Visits,
    Within,
)
from voronka.expressions.layout import Bound, Cases, Let, Total, Weighted
from voronka.expressions.ledger import CONNECTED, INCOMING, LEDGER
from voronka.expressions.python_code import evaluator
from voronka.expressions.values import Kind, Type
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, Backend, type_of
from voronka.sql.bindings import Bindings
from voronka.sql.calls import called
from voronka.sql.columns import Columns, RowColumns
from voronka.sql.element import Sql
from voronka.sql.extent import depends_on_record, expanded
from voronka.sql.functions import applied
from voronka.sql.lengths import excess
from voronka.sql.support import Untranslatable, untranslatable
from voronka.sql.times import Threshold, Times, threshold
from voronka.sql.zones import Zone

__all__ = ["compile_sql"]

_EXACT = frozenset({Kind.INTEGER, Kind.MONEY})
_SPELLED = {Operator.EQ: "=", Operator.NE: "<>"}
# Which extreme of true (2), unknown (1) and false (0) tells; what decides, what it gives, and what is so of no rows.
_QUANTIFIED = {Function.ANY: ("max", 2, "TRUE", "FALSE"), Function.ALL: ("min", 0, "FALSE", "TRUE")}


def compile_sql(node: Node, columns: Columns, backend: Backend, env: Env, bindings: Bindings) -> ColumnElement[Any]:
    """Return what gives the value of `node` for a record whose values lie in `columns`, as `backend` says it.

    Of `env` the moment, the zone and the calendar are used. `bindings`, of the whole statement, learns which
    parameters are to be given for another moment. Raises `Untranslatable`.
    """
    for refusal in untranslatable(node):
        raise Untranslatable(refusal)
    return _Compiler(columns, backend, env, bindings).value(node)


class _Compiler:
    def __init__(self, columns: Columns, backend: Backend, env: Env, bindings: Bindings) -> None:
        self._columns = columns
        self._backend = backend
        self._env = env
        self._bindings = bindings
        self._times = Times(backend, Zone(env.zone, backend), env, bindings)
        self._row: RowColumns | None = None
        self._named: dict[int, ColumnElement[Any]] = {}
        # Kept with their nodes: of what is made on the way, another may come to lie where one was.
        self._fixed: dict[int, tuple[Node, bool]] = {}

    def value(self, node: Node) -> ColumnElement[Any]:
        """Return the SQL of a node; what rests on no record is computed beforehand."""
        if not self._is_fixed(node):
            return self._of_record(node)
        if isinstance(node, Const) or node.kind is Kind.MISSING:
            return self._backend.constant(node.value if isinstance(node, Const) else None, node.kind)
        value = evaluator(node)
        (name,) = self._bindings.add(lambda env: (value(env),))
        return self._backend.parameter(value(self._env), type_of(node.kind), name)

    def _is_fixed(self, node: Node) -> bool:
        if id(node) not in self._fixed:
            self._fixed[id(node)] = node, not depends_on_record(node)
        return self._fixed[id(node)][1]

    def _all(self, nodes: Sequence[Node]) -> list[ColumnElement[Any]]:
        return [self.value(node) for node in nodes]

    def _of_record(self, node: Node) -> ColumnElement[Any]:  # noqa: C901 - one case a node
        backend = self._backend
        match node:
            case Read(of_row=True) if self._row is not None:
                return self._row.read(node)
            case Read():
                formula = self._columns.formula(node)
                return self._columns.read(node) if formula is None else self.value(formula)
            case Computed(body=body):
                return self.value(body)
            case Not(operand=operand):
                return Sql(BOOL, "(NOT {0})", self.value(operand))
            case Both(operands=operands):
                return self._joined(" AND ", operands)
            case Either(operands=operands):
                return self._joined(" OR ", operands)
            case Compare():
                return self._compare(node)
            case Within(operand=operand, options=options):
                places = ", ".join(f"{{{n}}}" for n in range(1, len(options) + 1))
                return Sql(BOOL, f"({{0}} IN ({places}))", self.value(operand), *self._all(options))
            case Contains(choices=choices, item=item):
                return backend.holds(self.value(choices), self.value(item))
            case IsMissing(operand=operand):
                return Sql(BOOL, "({0} IS NULL)", self.value(operand))
            case If():
                return self._if(node)
            case Coalesce(operands=operands):
                places = ", ".join(f"{{{n}}}" for n in range(len(operands)))
                return Sql(type_of(node.kind), f"coalesce({places})", *self._all(operands))
            case Arithmetic(operator=operator, left=left, right=right):
                return self._arithmetic(operator, node.kind, self.value(left), self.value(right))
            case Negate(operand=operand) if node.kind in _EXACT:
                return backend.exact("-", backend.parameter(0, BIGINT), self.value(operand))
            case Negate(operand=operand):
                return Sql(DOUBLE, "(- {0})", self.value(operand))
            case Convert():
                return self._convert(node)
            case Apply(function=function, operands=operands):
                return applied(backend, function, node.kind, self._all(operands))
            case Call(operands=operands):
                return called(node.function, backend, *self._all(operands))
            case Decide() if (whole := expanded(node)) is not None:
                return self.value(whole)
            case Let(operands=operands):
                return backend.let(partial(self._within, node), *self._all(operands))
            case Bound():
                return self._named[id(node)]
            case Cases(conditions=conditions, results=results, otherwise=otherwise):
                return self._cases(conditions, results, otherwise)
            case Total(operands=operands):
                return self._total(operands)
            case Weighted():
                return self._weighted(node)
            case Aggregate():
                return self._aggregate(node)
            case LastInteraction(operand=operand):
                return self._last_interaction(self.value(operand))
            case Visits(stage=stage):
                return self._columns.visits(stage)
            case DateOf(operand=operand):
                return self._times.date_of(self.value(operand))
            case Excess():
                return excess(node, backend, self._env, self.value, self._is_fixed)
            case Shift():
                return self._times.shifted(node, self.value(node.operand))
            case DaysSince(operand=DateOf(operand=moment), working=working):
                return self._times.days_since(self._times.day_of(self.value(moment)), working=working)
            case DaysSince(operand=operand, working=working):
                return self._times.days_since(backend.day_number(self.value(operand)), working=working)
            case _:
                raise TypeError(node)

    def _if(self, node: If) -> ColumnElement[Any]:
        conditions: list[Node] = []
        results: list[Node] = []
        last: Node = node
        while isinstance(last, If) and not self._is_fixed(last):
            conditions.append(last.condition)
            results.append(last.then)
            last = last.otherwise
        return self._cases(conditions, results, last)

    def _cases(self, conditions: Sequence[Node], results: Sequence[Node], otherwise: Node) -> ColumnElement[Any]:
        count = len(conditions)
        whens = "".join(f" WHEN {{{n}}} THEN {{{n + count}}}" for n in range(count))
        parts = self._all((*conditions, *results, otherwise))
        return Sql(type_of(otherwise.kind), f"(CASE{whens} ELSE {{{2 * count}}} END)", *parts)

    def _within(self, node: Let, *values: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the body of a `Let` whose operands are called `values`."""
        self._named |= {id(name): value for name, value in zip(node.names, values, strict=True)}
        return self.value(node.body)

    def _total(self, operands: Sequence[Node]) -> ColumnElement[Any]:
        # In groups, for a sum of a thousand would be as many levels deep.
        size = max(isqrt(len(operands)), 2)
        places = [f"{{{n}}}" for n in range(len(operands))]
        groups = [f"({' + '.join(places[start : start + size])})" for start in range(0, len(places), size)]
        return Sql(BIGINT, f"({' + '.join(groups)})", *self._all(operands))

    def _weighted(self, node: Weighted) -> ColumnElement[Any]:
        backend, count = self._backend, len(node.operands)
        type_ = type_of(node.operands[0].kind)
        # Without brackets: doubles are added in this order, and a parser need not wait for the end of one.
        terms = "".join(f" + {{{n + count}}} * {{{n}}}" for n in range(count))
        times = (backend.parameter(each, type_) for each in node.times)
        found: ColumnElement[Any] = Sql(
            type_, f"{{{2 * count}}}{terms}", *self._all(node.operands), *times, backend.parameter(node.start, type_)
        )
        found = Sql(DOUBLE, "({0} / {1})", backend.real(found), backend.parameter(node.divisor, DOUBLE))
        if node.decimals is None:
            return found
        units = backend.parameter(10.0**node.decimals, DOUBLE)
        whole = backend.truncated(Sql(DOUBLE, "{0} * {1} + {2}", found, units, backend.parameter(0.5, DOUBLE)))
        return Sql(DOUBLE, "({0} / {1})", backend.real(whole), units)

    def _joined(self, word: str, operands: Sequence[Node]) -> ColumnElement[Any]:
        places = word.join(f"{{{n}}}" for n in range(len(operands)))
        return Sql(BOOL, f"({places})", *self._all(operands))

    def _compare(self, node: Compare) -> ColumnElement[Any]:
        found = threshold(node.operator, self._known(node.left), self._known(node.right), self._is_fixed)
        if found is not None and (bounds := self._bounds(found)) is not None:
            return self._by_threshold(found, bounds)
        left, right = self.value(node.left), self.value(node.right)
        if node.operator not in _SPELLED:
            left = self._backend.by_code_point(left)
        return Sql(BOOL, f"({{0}} {_SPELLED.get(node.operator, node.operator.value)} {{1}})", left, right)

    def _known(self, node: Node) -> Node:
        """Return what a node stands for: the formula of a name."""
        while True:
            match node:
                case Computed(body=body):
                    node = body
                case Read(of_row=False) if (formula := self._columns.formula(node)) is not None:
                    node = formula
                case _:
                    return node

    def _bounds(self, found: Threshold) -> list[ColumnElement[Any]] | None:
        """Return the constants of a threshold; None if there are none at this moment."""
        bounds = found.bounds(self._env)
        if bounds is None:
            self._bindings.add(lambda env: () if found.bounds(env) is None else None, 0)
            return None
        names = self._bindings.add(found.bounds, len(bounds))
        type_ = type_of(found.kind)
        return [self._backend.parameter(bound, type_, name) for bound, name in zip(bounds, names, strict=True)]

    def _by_threshold(self, found: Threshold, bounds: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        place = self._backend.by_code_point(self.value(found.operand))
        compared = found.joint.join(f"{{0}} {operator} {{{n}}}" for n, operator in enumerate(found.operators, 1))
        if len(bounds) == 1 or isinstance(found.operand, Read):  # a name is repeated: an index may be on it
            return Sql(BOOL, f"({compared})", place, *bounds)
        return self._backend.let(lambda v: Sql(BOOL, f"({compared})", v, *bounds), place)

    def _arithmetic(
        self, operator: Operator, kind: Kind, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        if operator is Operator.MOD:
            return self._backend.remainder(left, right)
        if kind in _EXACT:
            return self._backend.exact(operator.value, left, right)
        return self._backend.double(operator.value, left, right)

    def _convert(self, node: Convert) -> ColumnElement[Any]:
        backend, value = self._backend, self.value(node.operand)
        source, target = node.operand.kind, node.kind
        if source is Kind.MONEY:
            return Sql(DOUBLE, "({0} / {1})", backend.real(value), backend.parameter(float(10**node.digits), DOUBLE))
        if target is Kind.NUMBER:
            return backend.real(value)
        if source is Kind.INTEGER:
            return backend.exact("*", value, backend.parameter(10**node.digits, BIGINT))
        return backend.rounded(value, node.digits)

    def _aggregate(self, node: Aggregate) -> ColumnElement[Any]:
        rows = self._columns.rows(node.collection)
        outside, self._row = self._row, rows
        try:
            value = None if node.value is None else self.value(node.value)
            condition = None if node.filter is None else self.value(node.filter)
        finally:
            self._row = outside

        # The values are selected first: an aggregate of nothing but the subject's names would belong to the subject.
        given = Sql(BIGINT, "1") if value is None else value
        query = select(given.label("given")).select_from(rows.source).where(rows.owned)
        if condition is not None:
            query = query.where(condition)
        return self._over_rows(node, rows, query.correlate_except(rows.source))

    def _last_interaction(self, contact: ColumnElement[Any]) -> ColumnElement[Any]:
        rows = self._columns.rows(LEDGER)

        def column(name: str, kind: Kind = Kind.TEXT) -> ColumnElement[Any]:
            return rows.read(Read(type=Type(kind), text=name, name=name, of_row=True))

        reached = f"({{0}} = '{INCOMING}' OR {{1}} = '{CONNECTED}')"
        query = select(func.max(column("at", Kind.DATETIME))).select_from(rows.source).where(rows.owned)
        query = query.where(Sql(BOOL, "({0} = {1})", column("contact"), contact))
        query = query.where(Sql(BOOL, reached, column("direction"), column("outcome")))
        return Sql(BIGINT, "({0})", query.correlate_except(rows.source))

    def _over_rows(self, node: Aggregate, rows: RowColumns, query: Select[Any]) -> ColumnElement[Any]:
        type_, name = type_of(node.kind), self._backend.new_name()
        match node.function:
            case Function.COUNT:
                return Sql(BIGINT, f"(SELECT count(*) FROM ({{0}}) AS {name})", query)  # noqa: S608
            case Function.SUM:
                return Sql(BIGINT, self._backend.total(name), query)
            case Function.MIN | Function.MAX:
                best = f"{node.function.value}({self._backend.ordered('given', type_)})"
                return Sql(type_, f"(SELECT {best} FROM ({{0}}) AS {name})", query)  # noqa: S608
            case Function.ANY | Function.ALL:
                extreme, decisive, decided, usual = _QUANTIFIED[node.function]
                rank = "CASE given WHEN TRUE THEN 2 WHEN FALSE THEN 0 ELSE 1 END"
                found = f"CASE {extreme}({rank}) WHEN {decisive} THEN {decided} WHEN 1 THEN NULL ELSE {usual} END"
                return Sql(BOOL, f"(SELECT {found} FROM ({{0}}) AS {name})", query)  # noqa: S608
            case _:
                last = node.function is Function.LAST
                columns = map(self._backend.by_code_point, rows.order)
                order = [column.desc() if last else column.asc() for column in columns]
                return Sql(type_, "({0})", query.order_by(*order).limit(1))
