"""`voronka people`: who is there, what each may do, and who is away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from voronka.cli.handover import check_pack, tell_pack, write_pack
from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.definition.absence import FOREVER
from voronka.messages import Text, original

app = commands()

User = Annotated[str, typer.Argument(metavar="USER", help=original("The user's name"), show_default=False)]


@app.command("list", help=original("List the users with their roles and teams, and who is away"))
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the users."""
    with opened(ctx) as session:
        found = session.ask("people.list")
        if as_json:
            session.out.json(found)
        elif not found:
            session.out.note(Text("No users are declared."))
            session.out.hint("check")
        else:
            session.out.table(
                (Text("User"), Text("Role"), Text("Team"), Text("Reports to"), Text("Deputy"), Text("Away")),
                (
                    (
                        session.called(user["name"], user["label"]),
                        session.named(user["role"]),
                        session.named(user["team"]),
                        user["reports_to"] or "-",
                        user["deputy"] or "-",
                        _away(session, user),
                    )
                    for user in found
                ),
            )
            session.out.hint(f"people show {found[0]['name']}")


def _away(session: Session, user: dict[str, Any]) -> str:
    if not user["absent"]:
        return "-"
    if user["stand_in"] is None:
        return session.out.words(Text("away, nobody stands in"))
    return session.out.words(Text("away, {user} stands in", user=user["stand_in"]))


@app.command("show", help=original("Show what a user may do, and why"))
def show(ctx: typer.Context, user: User, as_json: AsJson = False) -> None:
    """Show a user's rights."""
    with opened(ctx) as session:
        found = session.ask("people.show", user=user)
        if as_json:
            session.out.json(found)
            return
        session.out.data(session.called(found["name"], found["label"]))
        session.out.pairs(
            [
                (Text("Role"), session.named(found["role"])),
                (Text("Team"), session.named(found["team"])),
                (Text("Reports to"), found["reports_to"] or "-"),
                (Text("Deputy"), found["deputy"] or "-"),
                (Text("Away"), _away(session, found)),
            ]
        )
        _absences(session, found["absences"])
        session.out.heading(Text("Rights"))
        session.out.data(*(f"  {session.out.words(right)}" for right in found["rights"]))
        session.out.hint(f"deal list --owner {user}")


def _absences(session: Session, absences: list[dict[str, Any]]) -> None:
    if absences:
        session.out.heading(Text("Absences"))
    for each in absences:
        session.out.data(f"  {_span(session, each)}")


def _span(session: Session, absence: dict[str, Any]) -> str:
    from voronka.calendars import show_date

    start = show_date(absence["from"], session.out.language)
    if absence["to"] == FOREVER:
        return session.out.words(Text("left on {start}", start=start))
    if absence["to"] is None:
        return session.out.words(Text("from {start}", start=start))
    return session.out.words(
        Text("from {start} to {end}", start=start, end=show_date(absence["to"], session.out.language))
    )


@app.command("absent", help=original("Tell that a user is away: the deputy has their rights meanwhile"))
def absent(
    ctx: typer.Context,
    user: User,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help=original("The first day; else today"), show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DAY", help=original("The last day; else until told otherwise"), show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell of an absence."""
    _tell(ctx, "people.absent", {"user": user, "from": start, "to": end}, as_json)


@app.command("present", help=original("Tell that a user is there again"))
def present(
    ctx: typer.Context,
    user: User,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help=original("The first day; else today"), show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell of a return."""
    _tell(ctx, "people.present", {"user": user, "from": start}, as_json)


def _tell(ctx: typer.Context, work: str, params: dict[str, Any], as_json: bool) -> None:
    with opened(ctx) as session:
        result = session.work(work, {name: value for name, value in params.items() if value is not None})
        if as_json:
            session.out.json(result)
            return
        if result["absences"]:
            session.out.data(session.out.words(Text("Absences of {user}:", user=result["user"])))
            session.out.data(*(f"  {_span(session, each)}" for each in result["absences"]))
        else:
            session.out.data(session.out.words(Text("{user} has no absences.", user=result["user"])))
        session.out.hint(f"people show {result['user']}")


@app.command("leave", help=original("Hand over what a user has to others, and put together what they have to know"))
def leave(
    ctx: typer.Context,
    user: User,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="USER", help=original("Who gets it; else as the routing says"), show_default=False
        ),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option("--pack", metavar="FILE", help=original("Write the handover pack (Markdown)"), show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=original("Only tell what would be done; nothing is kept"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hand over what a user has."""
    with opened(ctx) as session:
        if pack is not None:
            check_pack(pack)
        with session.out.progress(Text("Handing over")) as progress:
            report = session.work("people.leave", {"user": user, "to": to, "dry_run": dry_run}, progress)
        if pack is not None:
            write_pack(session, report, pack)
        if as_json:
            session.out.json(report)
            return
        out = session.out
        told = Text("{user} has left; what was theirs is handed over.", user=report["user"])
        out.data(out.words(Text("A rehearsal: nothing was kept.") if dry_run else told))
        names = [("deals", Text("Deals")), ("tasks", Text("Tasks")), ("accounts", Text("Accounts"))]
        out.pairs([(label, str(report[name])) for name, label in names])
        tell_pack(session, report["pack"])
        if report["heir"] is None:
            out.note(
                Text(
                    "Nobody takes the place of {user} in what comes later. Name somebody as `deputy` or `reports_to`.",
                    user=report["user"],
                )
            )
        out.hint(
            f"people leave {user}{'' if to is None else f' --to {to}'} --pack FILE"
            if dry_run
            else f"people show {user}"
        )
