"""What a frozen value promises, whatever its `__init__` is made of."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field, fields, replace
from functools import cached_property
from types import FunctionType

import pytest

from voronka.frozen import frozen, maker
from voronka.process.events import Event, StageEntered, StageLeft, TimerEnded
from voronka.process.state import DealState, Progress, TimerKey, WorkspaceState

ENTERED = StageEntered(stage="needs", visit=1, at=5)


def test_parts_and_defaults_are_what_was_given():
    assert (ENTERED.stage, ENTERED.visit, ENTERED.at, ENTERED.via, ENTERED.forget) == ("needs", 1, 5, None, ())
    assert isinstance(ENTERED, Event)


def test_no_part_can_be_changed_or_removed():
    with pytest.raises(FrozenInstanceError):
        ENTERED.stage = "won"  # type: ignore[misc] # what is tried
    with pytest.raises(FrozenInstanceError):
        del ENTERED.stage  # type: ignore[misc] # what is tried
    with pytest.raises((FrozenInstanceError, TypeError, AttributeError)):
        ENTERED.colour = "red"  # type: ignore[attr-defined] # what is tried


def test_equal_by_kind_and_parts():
    assert StageEntered(stage="needs", visit=1, at=5) == ENTERED
    assert StageLeft(stage="needs", visit=1, at=5) != ENTERED
    assert hash(StageEntered(stage="needs", visit=1, at=5)) == hash(ENTERED)


MAKERS = pytest.mark.parametrize("make", [StageEntered, maker(StageEntered)], ids=["class", "maker"])


@MAKERS
def test_missing_unknown_and_positional_parts_are_refused(make):
    for wrong in ({"stage": "needs"}, {"stage": "needs", "visit": 1, "at": 5, "colour": "red"}):
        with pytest.raises(TypeError):
            make(**wrong)
    with pytest.raises(TypeError):
        make("needs", 1, 5)


@MAKERS
def test_a_maker_makes_what_the_class_makes(make):
    made = make(stage="needs", visit=1, at=5)
    assert (type(made), made, made.forget) == (StageEntered, ENTERED, ())
    with pytest.raises(FrozenInstanceError):
        made.stage = "won"


def test_a_maker_makes_what_a_named_tuple_makes():
    make = maker(Progress)
    assert [make(), make(5), make(5, fired=2)] == [Progress(), Progress(5), Progress(5, fired=2)]
    assert type(make()) is Progress
    with pytest.raises(TypeError):
        maker(TimerKey)(1, "e")  # type: ignore[call-arg] # what is tried


@pytest.mark.parametrize("make", [WorkspaceState, maker(WorkspaceState)], ids=["class", "maker"])
def test_each_instance_has_its_own_empty_mapping(make):
    assert make(seq=1, release="r").users is not make(seq=1, release="r").users


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_are_equal(twin_of):
    assert twin_of(ENTERED) == ENTERED
    assert type(twin_of(ENTERED)) is StageEntered


def test_a_changed_copy_leaves_the_first_alone():
    moved = replace(ENTERED, stage="won")
    assert (moved.stage, ENTERED.stage) == ("won", "needs")


def test_shown_with_its_parts():
    ended = TimerEnded(key=TimerKey(1, "e", 1, "", 1), result="fired", at=1, due=1, offset="1 day", anchor=0)
    assert repr(ended).startswith("TimerEnded(key=TimerKey(visit=1, event='e'")
    assert [part.name for part in fields(DealState)][:3] == ["id", "number", "seq"]


@frozen(kw_only=False)
class Point:
    """Parts of every sort."""

    x: int
    y: int = 0
    shown: Mapping[str, int] = field(default_factory=dict, hash=False)
    note: str = field(default="", compare=False, repr=False, kw_only=True)
    total: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("left of the edge")
        object.__setattr__(self, "total", self.x + self.y)


@frozen
class Named(Point):
    """A part more than its base has."""

    name: str


@frozen(slots=False)
class Circle:
    """What keeps something that it has worked out."""

    radius: int

    @cached_property
    def diameter(self) -> int:
        return self.radius * 2


@frozen(eq=False)
class Leaf:
    """One that is equal to itself alone."""

    text: str


def test_parts_by_place_by_keyword_and_worked_out():
    point = Point(1, 2, note="here")
    assert (point.x, point.y, point.shown, point.note, point.total) == (1, 2, {}, "here", 3)
    assert replace(point, x=5) == Point(5, 2)
    with pytest.raises(TypeError):
        Point(1, 2, {}, "here")  # type: ignore[misc] # what is tried
    with pytest.raises(ValueError, match="left of the edge"):
        Point(-1)


def test_what_is_not_compared_decides_nothing():
    assert Point(1, note="a") == Point(1, note="b")
    assert hash(Point(1, shown={"a": 1})) == hash(Point(1, note="b"))
    assert Point(1, shown={"a": 1}) != Point(1)
    assert repr(Point(1, note="a")) == "Point(x=1, y=0, shown={}, total=1)"


def test_a_derived_class_has_the_parts_of_its_base():
    named = Named(1, y=2, name="a")
    assert (type(named), named.total, named.name) == (Named, 3, "a")
    assert named != Point(1, 2)
    assert Point(1, 2) == Point(1, 2)
    assert pickle.loads(pickle.dumps(named)) == named


def test_without_slots_something_may_be_kept():
    circle = Circle(radius=2)
    assert (circle.diameter, circle) == (4, Circle(radius=2))
    assert copy.copy(circle).diameter == 4
    with pytest.raises(FrozenInstanceError):
        circle.radius = 3  # type: ignore[misc] # what is tried


def test_without_equality_each_is_itself():
    leaf = Leaf(text="a")
    assert leaf == leaf
    assert leaf != Leaf(text="a")
    assert len({leaf, Leaf(text="a"), leaf}) == 2


def test_a_class_costs_no_compiling_until_it_is_used():
    @frozen
    class Unused:
        """Parts."""

        a: int
        b: int

    before = Unused.__init__.__code__.co_varnames
    assert (Unused(a=1, b=2), Unused(a=1, b=2).b) == (Unused(b=2, a=1), 2)
    assert "a" not in before
    assert Unused.__init__.__code__.co_varnames == ("self", "a", "b")
    assert isinstance(Unused.__init__, FunctionType)
