"""What came about after a rule fired is the same only if it is the same thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from voronka.process import events as happened
from voronka.process.codec import encode
from voronka.process.commands import Chain, CreateDeal
from voronka.process.events import Event
from voronka.runtime.queries.firings import Afterwards, Doing
from voronka.runtime.queries.happenings import Happenings, Place, of_deal
from voronka.runtime.queries.telling import Telling
from voronka.storage import FIRED, FiringRow, Recorded

DEAL = bytes(16)
DAY = 86_400_000_000
DOING = Doing((), (2, 0), (2, 0), frozenset())
LABELLED = cast(Telling, SimpleNamespace(stage=str))
TELLING = cast(Telling, SimpleNamespace(funnel=str, row=lambda collection, values: str(values)))


def action(name: str = "erp", destination: str = "") -> Event:
    return happened.ActionRequested(n=1, action=name, arguments={}, at=0, destination=destination)


def logged(kind: str = "call", direction: str = "out", *, own: bool = False) -> Event:
    return happened.InteractionLogged(n=1, at=0, values={"kind": kind, "direction": direction}, own=own)


def opened(funnel: str) -> Event:
    command = encode(CreateDeal(funnel=funnel, fields={}))
    return happened.CommandQueued(n=1, target="deal:" + "0" * 32, command=command, chain=Chain(origin=""))


def outcomes(what: Mapping[str, Any], later: Event, *, at: int = 1) -> list[str]:
    entry = cast(Recorded, SimpleNamespace(seq=2, occurred_at=at, cause={}, events=(later,)))
    row = FiringRow(DEAL, 1, 1, "rule", 0, FIRED)
    happenings = Happenings([entry], of_deal, lambda each: each.seq)
    afterwards = Afterwards(happenings, row, DOING, until=5 * DAY, of_party=lambda party: happenings)
    return [thing.outcome for thing in afterwards.compared(what, TELLING)]


@pytest.mark.parametrize(
    ("done", "later", "outcome"),
    [
        (action(), action(), "same"),
        (action(), action("crm"), "nothing"),
        (action(destination="a"), action(destination="a"), "same"),
        (action(destination="a"), action(destination="b"), "other"),
        (logged(), logged(), "same"),
        (logged(), logged(direction="in"), "other"),
        (logged(), logged(own=True), "nothing"),
        (opened("service"), opened("service"), "same"),
        (opened("service"), opened("sales"), "other"),
        (opened("service"), action(), "nothing"),
    ],
)
def test_a_thing_is_compared_with_those_of_its_kind(done: Event, later: Event, outcome: str) -> None:
    assert outcomes(encode(done), later) == [outcome]
    assert outcomes(encode(done), later, at=5 * DAY) == ["nothing"]


def test_what_merely_follows_from_the_rest_is_no_thing() -> None:
    assert outcomes(encode(happened.RuleReset(rule="other")), action()) == []


class Entry(SimpleNamespace):
    """An entry that counts how often somebody goes through it."""

    looks = 0

    @property
    def events(self) -> tuple[Event, ...]:
        Entry.looks += 1
        return (happened.StageEntered(stage=self.stage, visit=1, at=0),)


def entries(*stages: str, late: int = 0) -> list[Recorded]:
    made = [
        Entry(seq=n, recorded_at=n, occurred_at=n - late * (n % 2), cause={"key": f"k{n}"}, stage=stage)
        for n, stage in enumerate(stages, 1)
    ]
    return cast(list[Recorded], made)


@pytest.mark.parametrize(
    ("since", "until", "but", "key", "came"),
    [
        ((1, 0), 9, (), "", {"a", "b", "c"}),
        ((2, 0), 9, (), "", {"a", "b", "c"}),
        ((4, 0), 9, (), "", {"a"}),
        ((4, 1), 9, (), "", set()),
        ((5, 0), 9, (), "", set()),
        ((1, 0), 3, (), "", {"a", "b", "c"}),
        ((1, 0), 1, (), "", {"a", "c"}),
        ((4, 0), 9, (), "k4", set()),
        ((1, 0), 9, (), "k2", {"a", "c"}),
        ((4, 0), 9, [(4, 0)], "", set()),
        ((1, 0), 9, [(2, 0), (3, 1)], "", {"a", "c"}),
    ],
)
def test_what_came_about_since_a_place_and_before_a_moment(
    since: Place, until: int, but: Sequence[Place], key: str, came: set[str]
) -> None:
    found = Happenings(entries("a", "b", "c", "a", late=3), of_deal, lambda each: each.seq)
    assert {name for name in "abc" if found.came("stage", name, since=since, until=until, but=but, key=key)} == came


def test_a_history_is_gone_through_once_however_many_firings_it_has() -> None:
    found = Happenings(entries(*"abab" * 50), of_deal, lambda each: each.seq)
    looks = Entry.looks
    for seq in range(200):
        row, doing = FiringRow(DEAL, seq, 1, "rule", 0, FIRED), Doing((), (seq + 1, 0), (seq + 1, 0), frozenset())
        later = Afterwards(found, row, doing, until=DAY, of_party=lambda party: found)
        assert [thing.outcome for thing in later.compared({"kind": "move", "to": "b"}, LABELLED)] == ["same"]
    assert Entry.looks == looks
