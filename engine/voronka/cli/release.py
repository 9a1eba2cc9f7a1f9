"""`voronka release`: what releases change for people, and who has read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.messages import Label, Plural, Sentence, Text, original

app = commands()

_Release = Annotated[
    str | None,
    typer.Argument(metavar="RELEASE", help=original("How its hash begins; else the one in force"), show_default=False),
]


@app.command("list", help=original("List the releases that came into force, and which of them you have read"))
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the releases."""
    with opened(ctx) as session:
        found = session.ask("release.list")
        if as_json:
            session.out.json(found)
            return
        session.out.table(
            (Text("Release"), Text("In force since"), Text("You have read it")),
            [(each["release"][:8], session.moment(each["since"]), session.moment(each["read_at"])) for each in found],
        )
        session.out.hint("release notes")


@app.command("notes", help=original("Tell what a release changes for you, or for somebody who reports to you"))
def notes(
    ctx: typer.Context,
    release: _Release = None,
    user: Annotated[
        str | None, typer.Option("--for", metavar="USER", help=original("The user; else you"), show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is otherwise in a release than in the one before it."""
    with opened(ctx) as session:
        found = session.ask("release.notes", release=release, user=user)
        if as_json:
            session.out.json(found)
            return
        session.out.data(session.out.words(_head(session, found)))
        for part, changes in groupby(found["changes"], key=lambda change: session.out.words(change["part"])):
            session.out.data("", part)
            for change in changes:
                session.out.data(*_lines(session, change))
        if found["read_at"] is not None:
            session.out.data("", session.out.words(Text("Read {moment}.", moment=session.moment(found["read_at"]))))
        elif found["user"] is not None and user is None and found["n"]:
            session.out.hint("release read" if release is None else f"release read {release}")
        elif found["user"] is None:
            session.out.hint("release unread")


def _head(session: Session, found: Mapping[str, Any]) -> Sentence:
    about = {"release": found["release"][:8], "moment": session.moment(found["since"]), "n": found["n"]}
    if found["user"] is None:
        return Plural(
            "The release {release}, in force since {moment}: {n} change in the process.",
            "The release {release}, in force since {moment}: {n} changes in the process.",
            **about,
        )
    user = session.named(found["user"])
    if not found["n"]:
        return Text(
            "The release {release}, in force since {moment}, changes nothing for {user}.",
            release=about["release"],
            moment=about["moment"],
            user=user,
        )
    return Plural(
        "The release {release}, in force since {moment}: {n} change for {user}.",
        "The release {release}, in force since {moment}: {n} changes for {user}.",
        user=user,
        **about,
    )


def _lines(session: Session, change: Mapping[str, Any]) -> Iterator[str]:
    title = Label(change["title"])
    match change["kind"]:
        case "added":
            yield f"  {session.out.words(Text('{how}: {text}', how=_NEW, text=title))}"
        case "dropped":
            yield f"  {session.out.words(Text('{how}: {text}', how=_GONE, text=title))}"
        case _:
            yield f"  {session.out.words(title)}"
    for each in change["alterations"]:
        if session.out.words(each["before"]) != session.out.words(each["after"]):  # else in another language alone
            yield from (f"    {session.out.words(told)}" for told in _told(change["kind"], each))


_NEW, _GONE, _WAS, _IS = Text("new"), Text("no longer"), Text("was"), Text("is now")


def _told(kind: str, alteration: Mapping[str, Any]) -> Iterator[Sentence]:
    before, after = alteration["before"], alteration["after"]
    about = None if alteration["about"] is None else Label(alteration["about"])
    if kind == "added":
        yield Label(after) if about is None else Text("{how}: {text}", how=about, text=Label(after))
    elif before is None:
        yield _line(about, _NEW, after)
    elif after is None:
        yield _line(about, _GONE, before)
    else:
        yield _line(about, _WAS, before)
        yield _line(about, _IS, after)


def _line(about: Sentence | None, how: Sentence, text: Mapping[str, str]) -> Sentence:
    if about is None:
        return Text("{how}: {text}", how=how, text=Label(text))
    return Text("{about}, {how}: {text}", about=about, how=how, text=Label(text))


@app.command("read", help=original("Say that you have read what a release changes for you"))
def read(ctx: typer.Context, release: _Release = None, as_json: AsJson = False) -> None:
    """Mark a release as read."""
    with opened(ctx) as session:
        found = session.work("release.read", {} if release is None else {"release": release})
        if as_json:
            session.out.json(found)
            return
        told = Text(
            "The release {release} is read, {moment}.",
            release=found["release"][:8],
            moment=session.moment(found["read_at"]),
        )
        session.out.data(session.out.words(told))


@app.command("unread", help=original("Tell who has not read what a release changes for them"))
def unread(
    ctx: typer.Context,
    release: _Release = None,
    team: Annotated[bool, typer.Option("--team", help=original("Of those who report to you, too"))] = False,
    as_json: AsJson = False,
) -> None:
    """Tell who has not read a release; of the operator, of all users."""
    with opened(ctx) as session:
        found = session.ask("release.unread", release=release, team=team or None)
        if as_json:
            session.out.json(found)
            return
        session.out.data(session.out.words(_share(session, found)))
        waiting = [each for each in found["people"] if each["read_at"] is None]
        if waiting:
            session.out.table(
                (Text("Not read by"), Text("Changes")),
                [(session.named(each["user"]), str(each["n"])) for each in waiting],
                numbers=(1,),
            )
            session.out.hint(f"release notes --for {waiting[0]['user']['name']}")


def _share(session: Session, found: Mapping[str, Any]) -> Sentence:
    about = {"release": found["release"][:8], "moment": session.moment(found["since"])}
    if not found["concerned"]:
        return Text("The release {release}, in force since {moment}, changes nothing for anybody asked about.", **about)
    return Plural(
        "The release {release}, in force since {moment}, changes something for {n} user; read by {read}.",
        "The release {release}, in force since {moment}, changes something for {n} users; read by {read}.",
        n=found["concerned"],
        read=found["read"],
        **about,
    )
