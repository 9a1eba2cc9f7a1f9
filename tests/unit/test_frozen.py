"""What a frozen value promises, whatever its `__init__` is made of."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from voronka.frozen import maker
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
