"""Whether a condition can hold at all: judged over everything that the types of its names allow.

A part that is more than a name is a term: it is tried like a name, over all that it may give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, reduce
from itertools import product
from math import inf, isfinite, nextafter, prod
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.expressions.boundaries import boundary
from voronka.expressions.environment import Env
from voronka.expressions.ir import (
    Both,
    Compare,
    Computed,
    Const,
    Either,
    IsMissing,
    Node,
    Not,
    Operator,
    Read,
    Within,
    walk,
)
from voronka.expressions.python_code import evaluator
from voronka.expressions.terms import Term, opened
from voronka.expressions.values import Kind, Value

__all__ = ["Possibility", "Results", "independent", "outcomes"]

_MOST = 4_096
"""So many combinations of values are tried; a condition that has more is taken for possible."""
_FEW = 600
"""So many, where every condition of a workspace is looked at."""
_ANY = frozenset({True, False, None})
_SURE = frozenset({True})
_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.LT: lt,
    Operator.LE: le,
    Operator.GT: gt,
    Operator.GE: ge,
}
_CALENDAR = WorkingCalendar(name="", week=((TimeSpan(0, 24 * 60),),) * 7)
_ORDERED = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DATETIME, Kind.NUMBER, Kind.PERCENT, Kind.DATE})
_START: Mapping[Kind, Value] = dict.fromkeys(_ORDERED, 0) | {
    Kind.NUMBER: 0.0,
    Kind.PERCENT: 0.0,
    Kind.DATE: "2000-01-01",
}
_WHOLE = (-(2**63), 2**63 - 1)
_NEXT = "\x01"
"""A text with this at its end comes right after the text itself."""

Results = frozenset[bool | None]
Values = Mapping[str, Value | None]
Domain = tuple[str, tuple[Value | None, ...]]
Range = tuple[Any, Any]
"""The least and the greatest value; None: there is no bound."""
Asked = Range | frozenset[Value | None]


class Possibility:
    """A condition, or several at once, made ready for being asked often whether it can be true, and of whom."""

    def __init__(self, *nodes: Node) -> None:
        self._nodes = tuple(opened(node) for node in nodes)
        self._atoms = [_Atom(part) for node in self._nodes for part in _atoms(node)]
        self._names = sorted({name for atom in self._atoms for name in atom.reads})
        self._told: dict[tuple[tuple[Results, ...], tuple[Value | None, ...]], bool] = {}
        self._held: dict[tuple[tuple[str, Value | None], ...], bool] = {}
        self._asked: dict[str, Asked] | None = None

    def both(self, other: Possibility) -> Possibility:
        """Return the condition that holds where this one and the `other` do."""
        joined = Possibility()
        joined._nodes = (*self._nodes, *other._nodes)
        joined._atoms = [*self._atoms, *other._atoms]
        joined._names = sorted({*self._names, *other._names})
        return joined

    def excludes(self, other: Possibility) -> bool:
        """Tell whether the two ask different values of one name. A quick look: others, too, may exclude each other."""
        asked = other._of_names()
        return any(_apart(mine, asked[name]) for name, mine in self._of_names().items() if name in asked)

    def can_hold(self, known: Values) -> bool:
        """Tell whether it may be true of a subject for which the names of `known` have these values.

        Other names take any value of their types: every option of a choice, and of a number or a date the values on
        both sides of each constant that it is compared with. What cannot be told is taken for possible.
        """
        read = {name: known[name] for name in self._names if name in known}
        given = tuple(read.items())
        if given not in self._held:
            self._held[given] = self._is_possible(read)
        return self._held[given]

    def _is_possible(self, read: dict[str, Value | None]) -> bool:
        undecided = {name for atom in self._atoms if not atom.rests_on(read) for name in atom.reads}
        case = (
            tuple(atom.results(read) for atom in self._atoms),
            tuple(value for name, value in read.items() if name in undecided),
        )
        if case not in self._told:
            self._told[case] = self._can_hold(read)
        return self._told[case]

    def cannot_fail(self, known: Values) -> bool:
        """Tell whether it is surely true of every such subject. What cannot be told may be false."""
        return self._results(known) == {True}

    def _of_names(self) -> Mapping[str, Asked]:
        """Return what is asked of each name that can be tried, whatever the others are."""
        if self._asked is None:
            kinds = {name: read.kind for atom in self._atoms for name, read in atom.reads.items()}
            self._asked = {}
            for name, values in _domains(self._atoms).items():
                held = [True in self._results({name: value}) for value in values]
                if kinds[name] in _ORDERED:
                    self._asked[name] = _range(values, held)
                elif kinds[name] is not Kind.TEXT:
                    self._asked[name] = frozenset(value for value, holds in zip(values, held, strict=True) if holds)
        return self._asked

    def _can_hold(self, known: dict[str, Value | None]) -> bool:
        if True not in self._results(known):
            return False
        # What one atom alone reads, and nothing beside it, excludes nothing.
        joined = _shared(self._atoms) | {name for atom in self._atoms if len(atom.reads) > 1 for name in atom.reads}
        domains = [
            (name, values) for name, values in _domains(self._atoms).items() if name not in known and name in joined
        ]
        return prod(len(values) for _, values in domains) > _MOST or self._holds_somewhere(known, domains)

    def _holds_somewhere(self, world: dict[str, Value | None], domains: Sequence[Domain]) -> bool:
        """Tell whether the names of `domains` have values that make it true; one after the other gets each of its."""
        if not domains:
            return True
        name, values = domains[0]
        for value in values:
            further = {**world, name: value}
            if True in self._results(further) and self._holds_somewhere(further, domains[1:]):
                return True
        return False

    def _results(self, world: Values) -> Results:
        of_atoms = {id(atom.node): atom.results(world) for atom in self._atoms}
        return reduce(_both, (_results(node, of_atoms) for node in self._nodes), _SURE)


def outcomes(nodes: Sequence[Node]) -> Iterator[tuple[Results, ...]]:
    """Yield what the conditions may give together, case by case; at least everything that they really may.

    Only names that several parts read are tried, for only these can make parts exclude each other. Of a field with a
    least or a greatest value no other is tried: that a record may still hold one is not asked here.
    """
    nodes = [opened(node) for node in nodes]
    atoms = [_Atom(part, bounded=True) for node in nodes for part in _atoms(node)]
    shared = _shared(atoms)
    domains = {}
    if shared:
        domains = {name: values for name, values in _domains(atoms, bounded=True).items() if name in shared}
    if prod(len(values) for values in domains.values()) > _FEW:
        domains = {}
    for values in product(*domains.values()):
        world = dict(zip(domains, values, strict=True))
        given = {id(atom.node): atom.results(world) for atom in atoms}
        yield tuple(_results(node, given) for node in nodes)


def independent(node: Node) -> bool:
    """Tell whether each of the atoms of a condition reads names, and none that another reads: they exclude nothing."""
    names: set[str] = set()
    for atom in _atoms(node):
        reads = {part.name for part in walk(atom) if isinstance(part, Read)}
        if not reads or not names.isdisjoint(reads):
            return False
        names |= reads
    return True


def _shared(atoms: Sequence[_Atom]) -> set[str]:
    """Return the names that several atoms read."""
    readers = Counter(name for atom in atoms for name in atom.reads)
    return {name for name, count in readers.items() if count > 1}


class _Atom:
    """A condition that holds no other: a comparison, a name. `reads`: its names.

    `compared`: the names that it compares with each other or with constants, and these; None of another condition.
    `bounded`: whether names keep within the bounds of their fields.
    """

    def __init__(self, node: Node, *, bounded: bool = False) -> None:
        self.node = node
        self.reads = {part.name: part for part in walk(node) if isinstance(part, Read)}
        self.compared = _compared(node)
        self._bounded = bounded
        self._results: dict[tuple[Value | None, ...], Results] = {}
        self._judge: Callable[[Values], Value | None] | None = None

    def rests_on(self, world: Values) -> bool:
        """Tell whether the atom reads no other names than those of `world`."""
        return self.reads.keys() <= world.keys()

    def results(self, world: Values) -> Results:
        """Return what the atom can give in a world of values."""
        if not self.rests_on(world):
            return self._possible
        values = tuple(world[name] for name in self.reads)
        if values not in self._results:
            if self._judge is None:
                self._judge = _judge(self.node)
            result = self._judge(world)
            self._results[values] = frozenset({result if isinstance(result, bool) else None})
        return self._results[values]

    @cached_property
    def _possible(self) -> Results:
        """What it can give at all."""
        match self.node:
            case Compare(left=Read(least=None, most=None) as read, right=Const()) if (
                read.kind in _ORDERED and type(read) is Read
            ):
                return _ANY  # most comparisons are such
        domains = _domains([self], bounded=self._bounded)
        if domains.keys() != self.reads.keys() or prod(len(values) for values in domains.values()) > _FEW:
            return _ANY
        worlds = (dict(zip(domains, values, strict=True)) for values in product(*domains.values()))
        return frozenset().union(*(self.results(world) for world in worlds))


def _judge(node: Node) -> Callable[[Values], Value | None]:
    """Return a function that gives the value of an atom. Of the usual ones it is made here: compiling takes longer."""
    match node:
        case Read(name=name):
            return lambda world: world[name]
        case IsMissing(operand=Read(name=name)):
            return lambda world: world[name] is None
        case Compare(operator=operator, left=Read(name=name), right=Const(value=value)) if value is not None:
            compare = _COMPARE[operator]
            return lambda world: None if world[name] is None else compare(world[name], value)
        case Within(operand=Read(name=name), options=options):
            values = {option.value for option in options}
            return lambda world: None if world[name] is None else world[name] in values
    evaluate = evaluator(node)
    return lambda world: evaluate(Env(values=world, now=0, zone="UTC", calendar=_CALENDAR))


def _atoms(node: Node) -> Iterator[Node]:
    match node:
        case Both(operands=operands) | Either(operands=operands):
            for each in operands:
                yield from _atoms(each)
        case Not(operand=operand) | Computed(body=operand) if operand.kind is Kind.BOOL:
            yield from _atoms(operand)
        case _:
            yield node


def _results(node: Node, of_atoms: Mapping[int, Results]) -> Results:
    match node:
        case Both(operands=operands):
            return reduce(_both, (_results(each, of_atoms) for each in operands))
        case Either(operands=operands):
            denied = (_negated(_results(each, of_atoms)) for each in operands)
            return _negated(reduce(_both, denied))
        case Not(operand=operand) if operand.kind is Kind.BOOL:
            return _negated(_results(operand, of_atoms))
        case Computed(body=body) if body.kind is Kind.BOOL:
            return _results(body, of_atoms)
    return of_atoms[id(node)]


@cache
def _negated(results: Results) -> Results:
    return frozenset(None if each is None else not each for each in results)


@cache
def _both(first: Results, second: Results) -> Results:
    return frozenset(
        False if a is False or b is False else None if a is None or b is None else True for a in first for b in second
    )


def _domains(atoms: Sequence[_Atom], *, bounded: bool = False) -> dict[str, tuple[Value | None, ...]]:
    """Return for each name that can be tried the values that tell all cases apart.

    Names that are compared with each other share their constants, and beside each as many values as there are names:
    so that every order in which they can stand is among the cases.
    """
    reads: dict[str, Read] = {}
    constants: dict[str, set[Value]] = {}
    vague: set[str] = set()
    circles: dict[str, set[str]] = {}
    for atom in atoms:
        reads |= atom.reads
        if atom.compared is None:
            vague |= atom.reads.keys()
            continue
        names, values = atom.compared
        for name in names:
            constants.setdefault(name, set()).update(values)
        circle = set(names).union(*(circles.get(name, ()) for name in names))
        circles |= dict.fromkeys(circle, circle)
    found = {}
    for name, read in reads.items():
        circle = circles.get(name, {name})
        known = {value for each in circle for value in constants.get(each, ())}
        ends = [(reads[each].least, reads[each].most) for each in circle if bounded or isinstance(reads[each], Term)]
        known |= {end for both in ends for end in both if end is not None}
        within = (read.least, read.most) if bounded or isinstance(read, Term) else (None, None)
        tried = _values(read, known, within, len(circle), vague=not vague.isdisjoint(circle))
        if tried is not None:
            found[name] = tried if read.present else (*tried, None)
    return found


def _range(values: Sequence[Value | None], held: Sequence[bool]) -> Range:
    """Return between which values all lie that hold: the next ones that were tried and do not, for what is between
    two tried ones is not known. A condition that holds of a missing value has no bounds."""
    if not any(held) or (values[-1] is None and held[-1]):
        return None, None
    tried = [value for value in values if value is not None]
    first, last = held.index(True), len(held) - 1 - held[::-1].index(True)
    return (tried[first - 1] if first else None), (tried[last + 1] if last + 1 < len(tried) else None)


def _apart(first: Asked, second: Asked) -> bool:
    if isinstance(first, frozenset) or isinstance(second, frozenset):
        return isinstance(first, frozenset) and isinstance(second, frozenset) and first.isdisjoint(second)
    (least, greatest), (other_least, other_greatest) = first, second
    below = greatest is not None and other_least is not None and greatest < other_least
    above = least is not None and other_greatest is not None and least > other_greatest
    return bool(below or above)


def _compared(node: Node) -> tuple[Sequence[str], Sequence[Value]] | None:
    """Return the names that a condition compares with each other or with constants, and these; None for another."""
    match node:
        case Compare(left=Read() | Const() as left, right=Read() | Const() as right, operator=operator):
            sides = (left, right)
            settled = any(isinstance(side, Term) and side.settled is not None for side in sides)
            if settled and operator not in {Operator.EQ, Operator.NE}:
                return None  # which of its texts lie between two others is not known
            names = [side.name for side in sides if isinstance(side, Read)]
            if len(names) == len(sides) and left.kind not in _ORDERED:
                return None
            return names, [side.value for side in sides if isinstance(side, Const) and side.value is not None]
        case Within(operand=Read(name=name), options=options):
            return (name,), [each.value for each in options if each.value is not None]
        case IsMissing(operand=Read(name=name)):
            return (name,), ()
        case Compare() if (found := boundary(node)) is not None:
            return (found[0],), found[1]
    return None


def _values(
    read: Read, constants: set[Value], within: tuple[Any, Any], beside: int, *, vague: bool
) -> tuple[Value, ...] | None:
    """Return values of each kind that the constants tell apart, so many `beside` each; None where they cannot be
    listed.
    """
    if read.kind is Kind.BOOL:
        return (True, False)
    if read.kind in (Kind.CHOICE, Kind.TEXT) and read.type.options:
        return read.type.options
    if vague:
        return None
    if read.kind in _ORDERED:
        least, most = within
        near = {value for each in constants or {_START[read.kind]} for value in _near(read.kind, each, beside)}
        return tuple(
            value for value in sorted(near) if (least is None or value >= least) and (most is None or value <= most)
        )
    if read.kind in (Kind.TEXT, Kind.REFERENCE, Kind.CHOICE):
        settled = read.settled if isinstance(read, Term) and read.settled is not None else str
        texts = {each for value in constants for each in (str(value), settled(str(value)) + _NEXT)}
        return (*sorted(each for each in texts if settled(each) == each), "")
    return None


def _near(kind: Kind, value: Any, steps: int) -> Iterator[Any]:  # noqa: ANN401 - of an ordered kind
    """Yield a value and so many of its neighbours on either side, as far as there are any."""
    yield value
    for sign in (-1, 1):
        if kind in (Kind.NUMBER, Kind.PERCENT):
            beside = float(value)
            for _ in range(steps):
                beside = nextafter(beside, sign * inf)
                if isfinite(beside):
                    yield beside
        elif kind is Kind.DATE:
            first = date.fromisoformat(value).toordinal()
            days = (first + sign * step for step in range(1, steps + 1))
            yield from (date.fromordinal(day).isoformat() for day in days if 1 <= day <= date.max.toordinal())
        else:
            yield from (
                each for step in range(1, steps + 1) if _WHOLE[0] <= (each := int(value) + sign * step) <= _WHOLE[1]
            )
