"""The Python backend: from the typed form to functions.

A function takes an environment and returns a value. In the generated source `env` is the environment, `g` holds the
subject's values, `r` is the row at hand; `t1`, `t2` … are temporaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor
from typing import Any, NamedTuple

from voronka.expressions import aggregation, durations, moments
from voronka.expressions.environment import Env, RowsNotLoaded
from voronka.expressions.ir import (
    Aggregate,
    Apply,
    Arithmetic,
    Between,
    Both,
    BuiltIn,
    Call,
    Changed,
    Clock,
    Coalesce,
    Compare,
    Computed,
    Const,
    Contains,
    Convert,
    DateOf,
    DaysSince,
    Decide,
    DurationOf,
    DurationSum,
    Either,
    Excess,
    Function,
    If,
    IsMissing,
    LastInteraction,
    LocalTime,
    Negate,
    Node,
    Not,
    Operator,
    Previous,
    Read,
    Shift,
    Visits,
    Within,
    children,
)
from voronka.expressions.leaves import LEAVES, Leaf
from voronka.expressions.ledger import last_with
from voronka.expressions.money import to_money
from voronka.expressions.texts import lower
from voronka.expressions.values import Kind, Value

__all__ = ["HIGH", "Strict", "Way", "Writer", "evaluator", "leaf_reader", "replayers"]

_LEAST, _MOST = -(2**63), 2**63 - 1
HIGH = 10
"""A subtree this high becomes a function of its own: CPython's tokenizer takes 200 nested parentheses."""

_EXACT = (Kind.INTEGER, Kind.MONEY)

# Dates are ISO texts, whose parts stand at fixed places.
_APPLIED = {
    BuiltIn.START_OF_WEEK: "start_of_week({})",
    BuiltIn.START_OF_MONTH: '({}[:8] + "01")',
    BuiltIn.START_OF_QUARTER: "start_of_quarter({})",
    BuiltIn.START_OF_YEAR: '({}[:5] + "01-01")',
    BuiltIn.YEAR: "integer({}[:4])",
    BuiltIn.MONTH: "integer({}[5:7])",
    BuiltIn.DAY: "integer({}[8:])",
    BuiltIn.WEEKDAY: "weekday({})",
    BuiltIn.CONTAINS: "({1} in {0})",
    BuiltIn.STARTS_WITH: "{}.startswith({})",
    BuiltIn.ENDS_WITH: "{}.endswith({})",
    BuiltIn.LOWER: "lower({})",
    BuiltIn.TRIM: '{}.strip(" ")',
    BuiltIn.LENGTH: "length({})",
    BuiltIn.CONCAT: "({} + {})",
    BuiltIn.ABS: "absolute({})",
    BuiltIn.FLOOR: "floor({})",
    BuiltIn.CEIL: "ceil({})",
}
_CHECKED = frozenset({BuiltIn.ABS, BuiltIn.FLOOR, BuiltIn.CEIL})


def evaluator(node: Node) -> Callable[[Env], Value | None]:
    """Return a function that gives the value of `node` over an environment; it may raise `RowsNotLoaded`."""
    writer = Writer()
    writer.define("result", node)
    return writer.functions()["result"]  # type: ignore[no-any-return] # made just now


def leaf_reader(leaves: Mapping[Leaf, Node]) -> Callable[[Env], dict[str, Value | None]]:
    """Return a function that reads all `leaves`, leaving out those whose rows are not loaded.

    A leaf that others are written like is never left out: what is recorded under that text is none of its own.
    """
    writer = Writer()
    names = {leaf.key: node for leaf, node in leaves.items() if isinstance(node, Read)}
    body = [f"found = {{{', '.join(f'{key!r}: {writer.code(node)}' for key, node in names.items())}}}"]
    for leaf, node in leaves.items():
        if leaf.key not in names:
            place = f"found[{leaf.key!r}]"
            without = f"    {place} = None" if leaf.shared else "    pass"
            body += ["try:", f"    {place} = {writer.code(node)}", "except RowsNotLoaded:", without]
    writer.add("read", "env", ["g = env.values", "r = env.row", *body, "return found"])
    return writer.functions()["read"]  # type: ignore[no-any-return] # made just now


def replayers(
    nodes: Sequence[Node], leaves: Mapping[int, Leaf]
) -> list[Callable[[Mapping[str, Value | None]], Value | None]]:
    """Return for each node a function that gives its value from the recorded `leaves`; parts come before wholes."""
    writer = Writer(replay=leaves)
    names = [writer.step(node) for node in nodes]
    functions = writer.functions()
    return [functions[name] for name in names]


class Way(NamedTuple):
    """A way in which something can be missing: whether it is so, whether it is not, and the first asked once more.

    The first two set the temporary that the last one reads.
    """

    unknown: str
    known: str
    again: str


Strict = tuple[list[Way], str]
"""The ways in which something can be missing, and what it is else: over what the ways have set."""


def _unless(unknown: Sequence[str], known: str) -> str:
    """Return code for what is `known`, or None where something is `unknown`."""
    return f"None if {' or '.join(dict.fromkeys(unknown))} else {known}" if unknown else known


def _may_give_none(node: Node) -> bool:
    """Tell whether what is computed of values that are all there may be missing without a condition that says so."""
    match node:
        case (
            Call()
            | LastInteraction()
            | DateOf()
            | DurationOf()
            | Between()
            | DurationSum()
            | Excess()
            | Shift()
            | DaysSince()
        ):
            return True
        case Convert(operand=operand):
            return node.kind in _EXACT and operand.kind is not Kind.INTEGER
    return False


class Writer:
    """Collects the source of functions."""

    def __init__(self, *, replay: Mapping[int, Leaf] | None = None) -> None:
        self._replay = replay
        self._source: list[str] = []
        self._heights: dict[int, int] = {}
        self._steps: dict[int, str] = {}
        self._made = 0
        self._temporaries = 0
        self._functions: dict[str, Callable[..., Value | None]] = {}

    def functions(self) -> dict[str, Any]:
        """Compile what was written."""
        scope: dict[str, Any] = {
            "__builtins__": {"reversed": reversed},
            "RowsNotLoaded": RowsNotLoaded,
            "total": aggregation.total,
            "mean": aggregation.mean,
            "rows": aggregation.rows,
            "last_with": last_with,
            "to_money": to_money,
            "today": moments.today,
            "moment": moments.moment,
            "start_of_week": moments.start_of_week,
            "start_of_quarter": moments.start_of_quarter,
            "weekday": moments.weekday,
            "integer": int,
            "length": len,
            "lower": lower,
            "absolute": abs,
            "floor": floor,
            "ceil": ceil,
            "least": min,
            "greatest": max,
            "local_date": moments.local_date,
            "days_since": moments.days_since,
            "working_days_since": moments.working_days_since,
            "duration": moments.duration,
            "days_between": durations.days_between,
            "minutes_between": durations.minutes_between,
            "total_duration": durations.total,
            "excess": durations.excess,
            "shift_date": moments.shift_date,
            "shift_moment": moments.shift_moment,
            **self._functions,
        }
        exec(compile("\n".join(self._source), "<expression>", "exec"), scope)  # noqa: S102 - our own source
        return scope

    def step(self, node: Node) -> str:
        """Write the function of a step, to be called by the steps above it, and return its name."""
        name = self._name("step")
        self.define(name, node)
        self._steps[id(node)] = name
        return name

    def add(self, name: str, arguments: str, body: Iterable[str]) -> None:
        """Write one function."""
        self._source += [f"def {name}({arguments}):", *("    " + line for line in body)]

    def define(self, name: str, node: Node) -> str:
        """Write the function of a whole expression and return its name."""
        look_up, at_hand = ("g = env", "None") if self._replay is not None else ("g = env.values", "env.row")
        body = self._statements(node) if isinstance(node, (Both, Either)) else [f"return {self.code(node)}"]
        row = [f"r = {at_hand}"] if any("(env, g, r)" in line or "r.get(" in line for line in body) else []
        self.add(name, "env", [look_up, *row, *body])
        return name

    def _statements(self, node: Both | Either) -> list[str]:
        """Write the outermost conjunction or disjunction as statements: faster than one expression."""
        both = isinstance(node, Both)
        lines: list[str] = []
        unknown: list[str] = []
        for operand in node.operands:
            false, true, ways = self._tests(operand)
            lines += [f"if {false if both else true}:", f"    return {not both}"]
            unknown += ways
        return [*lines, f"return {_unless(unknown, str(both))}"]

    def code(self, node: Node) -> str:
        """Return the source of `node` as one bracketed Python expression."""
        if id(node) in self._steps:
            return f"{self._steps[id(node)]}(env)"
        if self._replay is not None and isinstance(node, LEAVES):
            leaf = self._replay[id(node)]
            return f"g.get({leaf.key!r}{f', g.get({leaf.written!r})' if leaf.shared else ''})"
        if (height := self._height(node)) and height % HIGH == 0:
            name = self._name("part")
            self.add(name, "env, g, r", [f"return {self._code(node)}"])
            return f"{name}(env, g, r)"
        return self._code(node)

    def _height(self, node: Node) -> int:
        key = id(node)
        if key not in self._heights:
            self._heights[key] = 1 + max((self._height(child) for child in children(node)), default=-1)
        return self._heights[key]

    def _name(self, stem: str) -> str:
        self._made += 1
        return f"{stem}{self._made}"

    def _function(self, function: Callable[..., Value | None]) -> str:
        name = self._name("function")
        self._functions[name] = function
        return name

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def _code(self, node: Node) -> str:  # noqa: C901 - one case a node
        if (strict := self._strict(node)) is not None:
            ways, result = strict
            return f"({_unless([way.unknown for way in ways], result)})"
        match node:
            case Const(value=value):
                return f"({value!r})"
            case Read(name=name, of_row=of_row):
                return f"{'r' if of_row else 'g'}.get({name!r})"
            case Computed(body=body):
                return self.code(body)
            case Not(operand=IsMissing(operand=operand)):
                return f"(({self._temporary()} := {self.code(operand)}) is not None)"
            case IsMissing(operand=operand):
                return f"(({self._temporary()} := {self.code(operand)}) is None)"
            case Both(operands=operands):
                return self._both(operands)
            case Either(operands=operands):
                return self._either(operands)
            case If(condition=condition, then=then, otherwise=otherwise):
                return f"({self.code(then)} if {self.code(condition)} else {self.code(otherwise)})"
            case Coalesce(operands=operands):
                return self._coalesce(operands)
            case Decide(decision=decision, operands=operands):
                return f"{self._function(decision.function)}({', '.join(self.code(each) for each in operands)})"
            case Aggregate():
                name = self._name("aggregate")
                self.add(name, "env, g", self._aggregate(node))
                return f"{name}(env, g)"
            case _:
                return self._of_environment(node)

    def _of_environment(self, node: Node) -> str:
        match node:
            case Clock():
                return "env.now" if node.kind is Kind.DATETIME else "today(env)"
            case LocalTime(wall=wall):
                return f"moment({wall!r}, env.zone)"
            case Visits(stage=stage):
                return f"env.visits.get({stage!r}, 0)"
            case Changed(name=name):
                return f"(env.previous is not None and env.previous.get({name!r}) != g.get({name!r}))"
            case Previous(name=name):
                return f"(g.get({name!r}) if env.previous is None else env.previous.get({name!r}))"
            case _:
                raise TypeError(node)

    def _strict(self, node: Node) -> Strict | None:  # noqa: C901 - one case a node
        """Return the parts of a node that is missing where an operand is; None for any other node."""
        match node:
            case Not(operand=IsMissing()):
                return None
            case Not(operand=operand):
                return self._parts("not {}", operand)
            case Compare(operator=operator, left=left, right=right):
                return self._parts(f"{{}} {operator} {{}}", left, right)
            case Within(operand=operand, options=options):
                return self._parts(f"{{}} in {{{{{', '.join(repr(option.value) for option in options)}}}}}", operand)
            case Contains(choices=choices, item=item):
                return self._parts("{1} in {0}", choices, item)
            case Arithmetic():
                return self._arithmetic(node)
            case Negate(operand=operand):
                return self._parts("-{}", operand, check=node.kind)
            case Convert():
                return self._convert(node)
            case Call(function=function, operands=operands):
                name = self._function(function.call)
                return self._parts(f"{name}({', '.join('{}' for _ in operands)})", *operands)
            case Apply(function=BuiltIn.LEAST | BuiltIn.GREATEST as function, operands=operands):
                return self._parts(f"{function}({', '.join('{}' for _ in operands)})", *operands)
            case Apply(function=function, operands=operands):
                return self._parts(_APPLIED[function], *operands, check=node.kind if function in _CHECKED else None)
            case LastInteraction(operand=operand):
                return self._parts("last_with({}, env)", operand)
            case DateOf(operand=operand):
                return self._parts("local_date({}, env.zone)", operand)
            case DurationOf(unit=unit, count=count):
                return self._parts(f"duration({{}}, {unit!r})", count)
            case Between(end=end, start=start):
                between = "days_between" if end.kind is Kind.DATE else "minutes_between"
                return self._parts(f"{between}({{}}, {{}})", end, start)
            case DurationSum(left=left, right=right, sign=sign):
                return self._parts(f"total_duration({{}}, {{}}, {sign})", left, right)
            case Excess(left=left, right=right):
                return self._parts("excess({}, {})", left, right)
            case Shift(operand=operand, duration=duration, sign=sign):
                shift = "shift_date" if node.kind is Kind.DATE else "shift_moment"
                return self._parts(f"{shift}({{}}, {{}}, {sign}, env)", operand, duration)
            case DaysSince(operand=operand, working=working):
                return self._parts(f"{'working_' if working else ''}days_since({{}}, env)", operand)
        return None

    def _inline(self, node: Node) -> Strict | None:
        """Return the parts of a strict node whose code may stand within that of another."""
        height = self._height(node)
        if _may_give_none(node):
            return None
        if (
            id(node) in self._steps
            or (self._replay is not None and isinstance(node, LEAVES))
            or (height and height % HIGH == 0)
        ):
            return None
        return self._strict(node)

    def _parts(self, pattern: str, *operands: Node, check: Kind | None = None, unless: str = "") -> Strict:
        """Return the parts of what is missing where an operand is, `unless` holds, or it is no value of `check`."""
        places: list[str] = []
        ways: list[Way] = []
        for operand in operands:
            if isinstance(operand, Const) and operand.value is not None:
                places.append(f"({operand.value!r})")
            elif (strict := self._inline(operand)) is not None:
                ways += strict[0]
                places.append(f"({strict[1]})")
            else:
                place, way = self._place(operand)
                places.append(place)
                ways.append(way)
        if unless:
            nothing = unless.format(*places)
            ways.append(Way(nothing, f"not {nothing}", nothing))
        result = pattern.format(*places)
        if check is not None:
            value = self._temporary()
            low, high = (f"{_LEAST} <=", f"<= {_MOST}") if check in _EXACT else ("-1e999 <", "< 1e999")
            within = f"{low} ({value} := {result}) {high}"
            ways.append(Way(f"not {within}", within, f"not {low} {value} {high}"))
            result = value
        return ways, result

    def _place(self, operand: Node) -> tuple[str, Way]:
        """Return where the value of an operand stands once it was asked for, and the way in which it is missing."""
        name = self._temporary()
        asked = f"({name} := {self.code(operand)})"
        return name, Way(f"{asked} is None", f"{asked} is not None", f"{name} is None")

    def _both(self, operands: tuple[Node, ...]) -> str:
        tests = [self._tests(operand) for operand in operands]
        known = _unless([each for _, _, unknown in tests for each in unknown], "True")
        return f"(False if {' or '.join(false for false, _, _ in tests)} else {known})"

    def _either(self, operands: tuple[Node, ...]) -> str:
        tests = [self._tests(operand) for operand in operands]
        known = _unless([each for _, _, unknown in tests for each in unknown], "False")
        return f"(True if {' or '.join(true for _, true, _ in tests)} else {known})"

    def _tests(self, node: Node) -> tuple[str, str, list[str]]:
        """Return whether a condition is false, whether it is true, and, for after one of them, how it is unknown."""
        if (strict := self._inline(node)) is not None:
            ways, result = strict
            known = "".join(f"{way.known} and " for way in ways)
            return f"({known}not ({result}))", f"({known}({result}))", [way.again for way in ways]
        if isinstance(node, IsMissing) or (isinstance(node, Not) and isinstance(node.operand, IsMissing)):
            code = self.code(node)
            return f"not {code}", code, []
        _, way = self._place(node)
        value = way.unknown.removesuffix(" is None")
        return f"{value} is False", f"{value} is True", [way.again]

    def _coalesce(self, operands: tuple[Node, ...]) -> str:
        parts = []
        for node in operands[:-1]:
            name = self._temporary()
            parts.append(f"{name} if ({name} := {self.code(node)}) is not None else ")
        return f"({''.join(parts)}{self.code(operands[-1])})"

    def _arithmetic(self, node: Arithmetic) -> Strict:
        left, right = node.left, node.right
        if node.operator is Operator.MOD:
            return self._parts("{} % {}", left, right, unless="{1} == 0")
        unless = "{1} == 0" if node.operator is Operator.DIV else ""
        return self._parts(f"{{}} {node.operator} {{}}", left, right, check=node.kind, unless=unless)

    def _convert(self, node: Convert) -> Strict:
        source, target = node.operand.kind, node.kind
        if source is Kind.MONEY:
            return self._parts(f"{{}} / {float(10**node.digits)!r}", node.operand)
        if target is Kind.NUMBER:
            return self._parts("{} * 1.0", node.operand)
        if source is Kind.INTEGER:
            return self._parts(f"{{}} * {10**node.digits}", node.operand, check=Kind.MONEY)
        return self._parts(f"to_money({{}}, {node.digits})", node.operand)

    def _aggregate(self, node: Aggregate) -> list[str]:
        start, step, end = self._loop(node)
        rows = f"rows(env, {node.collection!r})"
        if node.function is Function.LAST:
            rows = f"reversed({rows})"
        inner = step
        if node.filter is not None:
            inner = [f"if {self.code(node.filter)}:", *("    " + line for line in step)]
        return [*start, f"for r in {rows}:", *("    " + line for line in inner), *end]

    def _loop(self, node: Aggregate) -> tuple[list[str], list[str], list[str]]:
        """Return what is done before, for each row, and after."""
        if node.value is None:
            return ["n = 0"], ["n += 1"], ["return n"]
        value = self.code(node.value)
        known = [f"x = {value}", "if x is not None:"]
        match node.function:
            case Function.FIRST | Function.LAST:
                return [], [f"return {value}"], ["return None"]
            case Function.ANY | Function.ALL:
                decisive = node.function is Function.ANY
                step = [f"x = {value}", f"if x is {decisive}:", f"    return {decisive}", "if x is None:"]
                return [f"end = {not decisive}"], [*step, "    end = None"], ["return end"]
            case Function.MIN | Function.MAX:
                better = "<" if node.function is Function.MIN else ">"
                step = [f"x = {value}", f"if x is not None and (best is None or x {better} best):", "    best = x"]
                return ["best = None"], step, ["return best"]
            case Function.SUM if node.kind in _EXACT:
                end = [f"return total if {_LEAST} <= total <= {_MOST} else None"]
                return ["total = 0"], [*known, "    total += x"], end
            case _:
                result = f"return {'mean' if node.function is Function.AVG else 'total'}(values)"
                return ["values = []"], [*known, "    values.append(x)"], [result]
