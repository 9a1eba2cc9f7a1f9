"""What is said of things, compared with what was said of them before: what is added, dropped and otherwise now."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import TypeVar

from voronka.frozen import frozen
from voronka.messages import Sentence, Text

__all__ = ["Alteration", "Change", "ChangeKind", "Statement", "Thing", "changes"]

_Key = TypeVar("_Key", bound=Hashable)
_CALLED = Text("What it is called")


class ChangeKind(StrEnum):
    """What has become of a thing."""

    ADDED = "added"
    DROPPED = "dropped"
    CHANGED = "changed"


@frozen(kw_only=False)
class Statement:
    """Something said of a thing. `about`: which side of it; None: the sentence says that itself."""

    about: Sentence | None
    text: Sentence


@frozen
class Thing:
    """A thing as one version tells it. `part`: of which part of the whole it is; `said`: statements by a name that is
    the same in every version and language."""

    part: Sentence
    title: Sentence
    said: Mapping[str, Statement]


@frozen
class Alteration:
    """A statement that differs. `before` is None where nothing was said, `after` where nothing is said any more."""

    about: Sentence | None
    before: Sentence | None
    after: Sentence | None


@frozen
class Change:
    """What has become of one thing; of an added one the alterations are all that is said of it, of a dropped one none
    is told."""

    kind: ChangeKind
    part: Sentence
    title: Sentence
    alterations: tuple[Alteration, ...] = ()


def changes(before: Mapping[_Key, Thing], after: Mapping[_Key, Thing]) -> dict[_Key, Change]:
    """Return what has become of the things of two versions, by their keys: part by part in the order of the later,
    within a part those that were dropped last.

    A thing is the same in both where its key is.
    """
    found: dict[_Key, Change] = {}
    for key, thing in after.items():
        former = before.get(key)
        altered = tuple(_altered({} if former is None else former.said, thing.said))
        if former is not None and former.title != thing.title:
            altered = (Alteration(about=_CALLED, before=former.title, after=thing.title), *altered)
        if former is None:
            found[key] = Change(kind=ChangeKind.ADDED, part=thing.part, title=thing.title, alterations=altered)
        elif altered:
            found[key] = Change(kind=ChangeKind.CHANGED, part=thing.part, title=thing.title, alterations=altered)
    for key, thing in before.items():
        if key not in after:
            found[key] = Change(kind=ChangeKind.DROPPED, part=thing.part, title=thing.title)
    places = {part: n for n, part in enumerate(dict.fromkeys(change.part for change in found.values()))}
    return dict(sorted(found.items(), key=lambda each: places[each[1].part]))


def _altered(before: Mapping[str, Statement], after: Mapping[str, Statement]) -> list[Alteration]:
    names = dict.fromkeys((*after, *before))
    found = []
    for name in names:
        old, new = before.get(name), after.get(name)
        before_it, after_it = (None if each is None else each.text for each in (old, new))
        if before_it != after_it:
            latest = new or old
            found.append(Alteration(about=None if latest is None else latest.about, before=before_it, after=after_it))
    return found
