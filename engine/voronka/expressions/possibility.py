"""Whether a condition can hold at all: judged over everything that the types of its names allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import pairwise, product
from math import prod

from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.expressions.environment import Env
from voronka.expressions.ir import (
    Both,
    Compare,
    Computed,
    Const,
    Convert,
    Either,
    IsMissing,
    Node,
    Not,
    Read,
    Within,
    walk,
)
from voronka.expressions.python_code import evaluator
from voronka.expressions.values import Kind, Value

__all__ = ["Results", "can_both_hold", "can_hold", "cannot_fail", "outcomes"]

_MOST = 4_096
"""So many combinations of values are tried; a condition that has more is taken for possible."""

_FEW = 600
"""So many, where every condition of a workspace is looked at."""
_ANY = frozenset({True, False, None})
_CALENDAR = WorkingCalendar(name="", week=((TimeSpan(0, 24 * 60),),) * 7)
_PLAIN = (Compare, Within, IsMissing, Not, Both, Either, Const, Convert, Read, Computed)

Results = frozenset[bool | None]
Values = Mapping[str, Value | None]


def can_hold(node: Node, known: Values) -> bool:
    """Tell whether the condition `node` may be true of a subject for which the names of `known` have these values.

    Other names take any value of their types: every option of a choice, and of a number or a date the values on both
    sides of each constant that it is compared with. What cannot be told is taken for possible.
    """
    atoms = [_Atom(part) for part in _atoms(node)]
    if True not in _results(node, {id(atom.node): atom.results(known, ()) for atom in atoms}):
        return False
    domains = {name: values for name, values in _domains(atoms).items() if name not in known}
    names = list(domains)
    if prod(len(values) for values in domains.values()) > _MOST:
        return True
    for values in product(*domains.values()):
        world = {**known, **dict(zip(names, values, strict=True))}
        if True in _results(node, {id(atom.node): atom.results(world, names) for atom in atoms}):
            return True
    return False


def can_both_hold(conditions: Sequence[Node], known: Values) -> bool:
    """Tell whether several conditions may be true of one subject, likewise."""
    if not conditions:
        return True
    return can_hold(Both(type=conditions[0].type, text="", operands=tuple(conditions)), known)


def cannot_fail(node: Node, known: Values) -> bool:
    """Tell whether the condition `node` is surely true of every such subject. What cannot be told may be false."""
    atoms = [_Atom(part) for part in _atoms(node)]
    return _results(node, {id(atom.node): atom.results(known, ()) for atom in atoms}) == {True}


def outcomes(nodes: Sequence[Node]) -> Iterator[tuple[Results, ...]]:
    """Yield what the conditions may give together, case by case; at least everything that they really may.

    Only names that several parts read are tried, for only these can make parts exclude each other.
    """
    atoms = [_Atom(part) for node in nodes for part in _atoms(node)]
    readers = Counter(name for atom in atoms for name in atom.reads or ())
    domains = {name: values for name, values in _domains(atoms).items() if readers[name] > 1}
    if prod(len(values) for values in domains.values()) > _FEW:
        yield (_ANY,) * len(nodes)
        return
    for values in product(*domains.values()):
        world = dict(zip(domains, values, strict=True))
        given = {id(atom.node): atom.results(world, ()) for atom in atoms}
        yield tuple(_results(node, given) for node in nodes)


class _Atom:
    """A condition that holds no other: a comparison, a name. `reads`: its names; None if it rests on more."""

    def __init__(self, node: Node) -> None:
        self.node = node
        parts = list(walk(node))
        plain = all(isinstance(part, _PLAIN) and not (isinstance(part, Read) and part.of_row) for part in parts)
        self.reads = frozenset(part.name for part in parts if isinstance(part, Read)) if plain else None
        self._evaluate: Callable[[Env], Value | None] | None = None

    def results(self, world: Values, free: Sequence[str]) -> Results:
        """Return what the atom can give in a world of values; `free`: the names whose values are being tried."""
        if self.reads is None or not self.reads <= world.keys():
            return _ANY
        if self._evaluate is None:
            self._evaluate = evaluator(self.node)
        result = self._evaluate(Env(values=world, now=0, zone="UTC", calendar=_CALENDAR))
        return frozenset({result if isinstance(result, bool) else None})


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


def _negated(results: Results) -> Results:
    return frozenset(None if each is None else not each for each in results)


def _both(first: Results, second: Results) -> Results:
    return frozenset(
        False if a is False or b is False else None if a is None or b is None else True for a in first for b in second
    )


def _domains(atoms: Sequence[_Atom]) -> dict[str, tuple[Value | None, ...]]:
    """Return for each name that can be tried the values that tell all cases apart."""
    reads: dict[str, Read] = {}
    constants: dict[str, set[Value]] = {}
    vague: set[str] = set()
    for atom in atoms:
        for part in walk(atom.node) if atom.reads is not None else ():
            if isinstance(part, Read):
                reads[part.name] = part
        compared = _compared(atom.node)
        if compared is None:
            vague |= atom.reads or frozenset()
        else:
            constants.setdefault(compared[0].name, set()).update(compared[1])
    found = {}
    for name, read in reads.items():
        values = _values(read, constants.get(name, set()), vague=name in vague)
        if values is not None:
            found[name] = values if read.present else (*values, None)
    return found


def _compared(node: Node) -> tuple[Read, Sequence[Value]] | None:
    """Return the name that a condition compares with constants, and these; None for another condition."""
    match node:
        case Compare(left=Read() as read, right=Const(value=value)) if (
            value is not None and read.kind is node.right.kind
        ):
            return read, (value,)
        case Compare(left=Const(value=value), right=Read() as read) if (
            value is not None and read.kind is node.left.kind
        ):
            return read, (value,)
        case Within(operand=Read() as read, options=options):
            return read, [each.value for each in options if each.value is not None]
        case IsMissing(operand=Read() as read):
            return read, ()
    return None


def _values(read: Read, constants: set[Value], *, vague: bool) -> tuple[Value, ...] | None:
    """Return values of each kind that the constants tell apart; None where they cannot be listed."""
    if read.kind is Kind.BOOL:
        return (True, False)
    if read.kind is Kind.CHOICE and read.type.options:
        return read.type.options
    if vague:
        return None
    if read.kind in (Kind.INTEGER, Kind.MONEY, Kind.DATETIME):
        return tuple(sorted({int(value) + step for value in constants for step in (-1, 0, 1)} or {0}))  # type: ignore[arg-type] # numbers of this kind
    if read.kind in (Kind.NUMBER, Kind.PERCENT):
        return _between(sorted({float(value) for value in constants}))  # type: ignore[arg-type] # of this kind
    if read.kind is Kind.DATE:
        days = {date.fromisoformat(str(value)) for value in constants}
        near = {day + timedelta(days=step) for day in days for step in (-1, 0, 1)} or {date(2000, 1, 1)}
        return tuple(sorted(day.isoformat() for day in near))
    if read.kind in (Kind.TEXT, Kind.REFERENCE, Kind.CHOICE):
        return (*sorted({each for value in constants for each in (str(value), f"{value} ")}), "")
    return None


def _between(numbers: Sequence[float]) -> tuple[float, ...]:
    if not numbers:
        return (0.0,)
    middles = [(first + second) / 2 for first, second in pairwise(numbers)]
    return (numbers[0] - 1, *sorted((*numbers, *middles)), numbers[-1] + 1)
