"""What releases change for people, and who has read that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voronka.definition.comparison import Change
from voronka.definition.rights import people_under
from voronka.documents.release_notes import ReleaseNotes
from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Sentence, Text
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.queries.shown import Shown
from voronka.runtime.viewer import Forbidden
from voronka.runtime.words import Json, words
from voronka.storage import Reader
from voronka.storage.releases import Activation, activations, read_by

__all__ = ["activation_of", "list_releases", "list_unread", "show_release_notes"]


class _NothingBefore(VoronkaError):  # noqa: N818 - an answer, not an error
    """There is nothing with which a release could be compared."""

    exit_code = 4


@parameters("limit")
def list_releases(asked: Asked) -> Json:
    """Answer with the releases that came into force, the newest first, each with when whoever asks has read it."""
    read = read_by(asked.reader.connection)
    found = activations(asked.reader.connection)[::-1]
    return [
        {
            "release": each.release,
            "since": each.since,
            "in_force": n == 0,
            "read_at": read.get((each.release, each.since), {}).get(asked.viewer.actor),
        }
        for n, each in enumerate(found[: asked.limit()])
    ]


@parameters("release", "user")
def show_release_notes(asked: Asked) -> Json:
    """Answer with what a release (the one in force) changes for a user (whoever asks): parameters release, user.

    Of the operator, who is no user, with everything that is otherwise in the process.
    """
    activation = activation_of(asked.reader, asked.text("release"))
    notes = _notes(asked, activation)
    named = asked.colleague("user")
    name = named or (asked.viewer.actor if asked.viewer.actor in asked.workspace.people else None)
    if name is None:
        return {**_head(activation), "user": None, "read_at": None, **_told(notes.every)}
    _check_leads(asked, name)
    user = notes.new.people.get(name, asked.workspace.people[name])
    return {
        **_head(activation),
        "user": Shown(asked.reader, asked.workspace).user(name),
        "read_at": read_by(asked.reader.connection).get(activation[:2], {}).get(name),
        **_told(notes.of(user)),
    }


@parameters("release", "team")
def list_unread(asked: Asked) -> Json:
    """Answer with those for whom a release (the one in force) changes something, each with how much and with when they
    have read that: parameters release, and team for those who report to whoever asks; whoever may change everybody's
    records asks about everybody.
    """
    activation = activation_of(asked.reader, asked.text("release"))
    notes, people = _notes(asked, activation), asked.workspace.people
    actor, of_team = asked.viewer.actor, asked.flag("team")
    if actor not in people or (of_team and asked.viewer.rights.changes_all):
        names: Iterable[str] = people
    else:
        names = (actor, *(people_under(people, actor) if of_team else ()))
    read = read_by(asked.reader.connection).get(activation[:2], {})
    shown = Shown(asked.reader, asked.workspace)
    found = [
        {"user": shown.user(name), "n": n, "read_at": read.get(name)}
        for name in dict.fromkeys(names)
        if (n := len(notes.of(notes.new.people.get(name, people[name]))))
    ]
    return {
        **_head(activation),
        "concerned": len(found),
        "read": sum(each["read_at"] is not None for each in found),
        "people": found,
    }


def activation_of(reader: Reader, named: str | None) -> Activation:
    """Return when a release, given by the beginning of its hash, last came into force; None: the one in force.

    Raises `UsageFault` where there is none, or several begin so.
    """
    every = activations(reader.connection)
    found = [each for each in every if each.release.startswith(named or "")]
    if named is None and found:
        return found[-1]
    several = {each.release for each in found}
    if len(several) == 1:
        return found[-1]
    raise UsageFault(
        Text("Several releases begin with {name}.", name=named)
        if several
        else Text("There is no release {name}.", name=named or "—"),
        Text("Look it up: voronka release list"),
    )


def _notes(asked: Asked, activation: Activation) -> ReleaseNotes:
    if activation.before is None:
        raise _NothingBefore(
            Text("The release {release} is the first: there is none before it.", release=activation.release[:8]),
            Text("What holds now stands in the documents of the process: voronka docs"),
        )
    former = FormerReleases(asked)
    return ReleaseNotes(former.read(activation.before), former.read(activation.release))


def _check_leads(asked: Asked, user: str) -> None:
    viewer, people = asked.viewer, asked.workspace.people
    if not viewer.rights.changes_all and user != viewer.actor and user not in people_under(people, viewer.actor):
        raise Forbidden(
            Text("What changes for {user} is not yours to see.", user=people[user].label),
            Text("They see it, those to whom they report, and whoever may change everybody's records."),
        )


def _head(activation: Activation) -> dict[str, Any]:
    return {"release": activation.release, "since": activation.since, "before": activation.before}


def _told(changes: tuple[Change, ...]) -> dict[str, Any]:
    return {"n": len(changes), "changes": [_change(each) for each in changes]}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "part": words(change.part),
        "title": words(change.title),
        "alterations": [
            {"about": _or_none(each.about), "before": _or_none(each.before), "after": _or_none(each.after)}
            for each in change.alterations
        ],
    }


def _or_none(sentence: Sentence | None) -> dict[str, str] | None:
    return None if sentence is None else words(sentence)
