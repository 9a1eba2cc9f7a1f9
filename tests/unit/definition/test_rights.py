"""Whose records somebody's rights reach is found by one look at each person, and once per release."""

from __future__ import annotations

from collections.abc import Iterator, ValuesView
from dataclasses import replace

from tests.integration.sales_workspace import FILES
from voronka.config import read_workspace
from voronka.definition.people import Reach, Role, User
from voronka.definition.rights import owners_of_deal, people_under, rights_of
from voronka.messages import Label


class Counted(dict[str, User]):
    """People who count how often one of them is looked at."""

    looks = 0

    def values(self) -> ValuesView[User]:
        return _Looks(self)


class _Looks(ValuesView[User]):
    def __init__(self, people: Counted) -> None:
        super().__init__(people)
        self._people = people

    def __iter__(self) -> Iterator[User]:
        for name in self._people:
            self._people.looks += 1
            yield self._people[name]


def someone(name: str, reports_to: str | None) -> User:
    return User(name=name, label=Label.plain(name), role="head", reports_to=reports_to)


def test_a_long_line_of_reporting_is_followed_by_one_look_at_each_person() -> None:
    line = Counted({f"u{n}": someone(f"u{n}", f"u{n - 1}" if n else None) for n in range(60)})
    assert list(people_under(line, "u0")) == [f"u{n}" for n in range(1, 60)]
    assert line.looks == 60


def test_a_circle_of_reporting_ends() -> None:
    people = {"a": someone("a", "b"), "b": someone("b", "a")}
    assert list(people_under(people, "a")) == ["b"]


def test_rights_are_worked_out_once_for_a_release() -> None:
    read = read_workspace({name: text.encode() for name, text in FILES.items()}).workspace
    assert read is not None
    head = Role(name="head", label=Label.plain("Head"), sees=Reach.TEAM, changes=Reach.OWN)
    people = {"petr": someone("petr", None), "anna": someone("anna", "petr")}
    release = replace(read, people=people, roles={"head": head})
    (first,), (again,) = (rights_of(release, {}, "petr", at).standings for at in (0, 1))
    assert first is again
    assert (first.sees, first.changes) == (frozenset({"", "petr", "anna"}), frozenset({"", "petr"}))
    moved = replace(release, people={**people, "anna": someone("anna", None)})
    assert rights_of(moved, {}, "petr", 0).standings[0].sees == frozenset({"", "petr"})


def test_a_deal_may_be_changed_by_whom_a_record_of_its_owner_may() -> None:
    read = read_workspace({name: text.encode() for name, text in FILES.items()}).workspace
    assert read is not None
    roles = {str(reach): Role(name=reach, label=Label.plain(reach), sees=Reach.ALL, changes=reach) for reach in Reach}
    people = {str(reach): replace(someone(reach, None), role=reach) for reach in Reach}
    release = replace(read, people=people, roles=roles)
    owners = [None, *people, "somebody"]
    for actor in [*people, "operator"]:
        rights = rights_of(release, {}, actor, 0)
        changed = [owner for owner in owners if rights.changes_of(owner)]
        assert changed == [owner for owner in owners if rights.changes(owners_of_deal(owner))]
