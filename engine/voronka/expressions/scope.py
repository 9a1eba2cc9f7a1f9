"""What an expression may name: the checker's view of a subject and of the collections that hang on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from voronka.expressions.decision import Deciding
from voronka.expressions.function import NO_FUNCTIONS, Functions
from voronka.expressions.values import Kind, Type, Value
from voronka.frozen import frozen

if TYPE_CHECKING:
    from voronka.expressions.ir import Node
    from voronka.expressions.problem import Problem

__all__ = ["Name", "Scope"]


@frozen(kw_only=False)
class Name:
    """One name. `pii`: only whether it is missing or changed may be asked. `formula`: it is computed from others.

    `present`: it is never missing, as ``replied`` or ``stage`` of a deal; this only spares a warning. `defined` gives a
    name whose type is that of its formula. `deciding`: it is what a decision gives. `within`: where the names of its
    formula lie, as ``account`` for one of the deal's account. `least` and `most` bound what is given to it; a record
    may hold what was given under other bounds.
    """

    type: Type
    pii: bool = False
    formula: str | None = None
    present: bool = False
    deciding: Deciding | None = None
    within: str = ""
    least: Value | None = None
    most: Value | None = None

    @classmethod
    def defined(cls, formula: str) -> Name:
        """Return a name for an expression."""
        return cls(Type(Kind.MISSING), formula=formula)


@frozen(kw_only=False)
class Scope:
    """Everything an expression may name.

    `names`: of the subject, dotted ones (``account.turnover``) in full. `collections`: the columns of the rows, by
    the collection's name. `money_digits`: of the workspace's currency. `stages`: what ``visits("…")`` may name;
    None: not checked. `subject`: the word by which a row's condition reaches the subject (``deal.amount``).
    `functions`: those that plugins add. `of_deals`: what deals have and the subject, another record, has not.
    `zone`: that in which moments are told; empty: UTC.
    `counted`: in a KPI, the rows over all of which its aggregates range: a collection, else the subjects themselves;
    outside of an aggregate no name of a row can be read.
    """

    names: Mapping[str, Name]
    collections: Mapping[str, Mapping[str, Name]] = field(default_factory=dict)
    money_digits: int = 2
    stages: frozenset[str] | None = None
    subject: str = "deal"
    functions: Functions = NO_FUNCTIONS
    zone: str = ""
    of_deals: frozenset[str] = frozenset()
    counted: str | None = None
    # A formula is worked out once, however many expressions read it.
    formulas: dict[tuple[str | None, str], tuple[Node | None, tuple[Problem, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
