"""Two versions of things that are told: what is added, dropped and otherwise now."""

from __future__ import annotations

import pytest

from voronka.definition.comparison import Alteration, Change, ChangeKind, Statement, Thing, changes
from voronka.messages import Label, Text

PART, SIDE = Text("Rules"), Text("Type")


def thing(title: str, **said: str) -> Thing:
    return Thing(
        part=PART,
        title=Label.plain(title),
        said={name: Statement(SIDE, Label.plain(text)) for name, text in said.items()},
    )


def altered(before: str | None, after: str | None) -> Alteration:
    before_it, after_it = (None if each is None else Label.plain(each) for each in (before, after))
    return Alteration(about=SIDE, before=before_it, after=after_it)


RENAMED = Alteration(about=Text("What it is called"), before=Label.plain("A"), after=Label.plain("B"))


@pytest.mark.parametrize(
    ("before", "after", "kind", "alterations"),
    [
        (None, thing("A", x="1"), ChangeKind.ADDED, (altered(None, "1"),)),
        (thing("A", x="1"), None, ChangeKind.DROPPED, ()),
        (thing("A", x="1"), thing("A", x="2"), ChangeKind.CHANGED, (altered("1", "2"),)),
        (thing("A", x="1"), thing("A"), ChangeKind.CHANGED, (altered("1", None),)),
        (thing("A"), thing("A", x="1"), ChangeKind.CHANGED, (altered(None, "1"),)),
        (thing("A", x="1", y="2"), thing("A", y="2", x="3"), ChangeKind.CHANGED, (altered("1", "3"),)),
        (thing("A", x="1", y="2"), thing("A", y="2", x="1"), None, ()),
        (thing("A"), thing("B"), ChangeKind.CHANGED, (RENAMED,)),
        (thing("A", x="1"), thing("B", x="2"), ChangeKind.CHANGED, (RENAMED, altered("1", "2"))),
    ],
)
def test_a_thing_is_told_by_what_has_become_of_it(
    before: Thing | None, after: Thing | None, kind: ChangeKind | None, alterations: tuple[Alteration, ...]
) -> None:
    found = changes({} if before is None else {"a": before}, {} if after is None else {"a": after})
    title = (after or before or thing("")).title
    expected = None if kind is None else Change(kind=kind, part=PART, title=title, alterations=alterations)
    assert found.get("a") == expected


def test_the_later_version_says_the_order_and_what_is_dropped_comes_last_in_its_part() -> None:
    other = Thing(part=Text("KPIs"), title=Label.plain("other"), said={})
    before = {"gone": thing("gone"), "b": thing("b", x="1"), "a": thing("a", x="1")}
    after = {"a": thing("a", x="2"), "new": thing("new"), "other": other, "b": thing("b", x="2")}
    assert list(changes(before, after)) == ["a", "new", "b", "gone", "other"]
