"""Accounts and contacts that are probably one, and making one of two: the same commands for both."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import AsJson, Key, Limit, Skip
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

__all__ = ["add_merging"]


def add_merging(app: typer.Typer, kind: str) -> None:
    """Give the commands of ``account`` or ``contact`` those that look for duplicates and merge them."""

    @app.command("duplicates", help=original("Propose pairs that are probably one, by name, number, address or key"))
    def duplicates(ctx: typer.Context, limit: Limit = 100, skip: Skip = 0, as_json: AsJson = False) -> None:
        """List pairs."""
        list_page(
            ctx,
            f"{kind}.duplicates",
            {},
            columns=_pairs,
            nothing=Text("Nothing looks like a duplicate."),
            begin=[f"{kind} list"],
            onward=lambda found: [f"{kind} merge {found[0]['keep']['id']} {found[0]['drop']['id']} --dry-run"],
        )

    @app.command("merge", help=original("Make one of two: what hangs on DROP moves to KEEP, and DROP is hidden"))
    def merge(
        ctx: typer.Context,
        keep: Annotated[str, typer.Argument(metavar="KEEP", help=original("The name, or the id"))],
        drop: Annotated[str, typer.Argument(metavar="DROP", help=original("The name, or the id"))],
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help=original("Only tell what would be done; nothing is kept"))
        ] = False,
        key: Key = None,
        as_json: AsJson = False,
    ) -> None:
        """Merge two records."""
        with opened(ctx) as session:
            request = {"keep": keep, "drop": drop, "dry_run": dry_run, "key": key}
            with session.out.progress(Text("Merging")) as progress:
                report = session.work(f"{kind}.merge", request, progress)
            if as_json:
                session.out.json(report)
            else:
                _merged(session, kind, report)


def _pairs(session: Session) -> Columns:
    return (
        (Text("Keep"), lambda pair: str(pair["keep"]["name"])),
        (Text("Id"), lambda pair: str(pair["keep"]["id"])),
        (Text("Drop"), lambda pair: str(pair["drop"]["name"])),
        (Text("Id"), lambda pair: str(pair["drop"]["id"])),
        (Text("Alike by"), lambda pair: ", ".join(pair["by"])),
    )


def _merged(session: Session, kind: str, report: dict[str, Any]) -> None:
    out = session.out
    done = Text("The two are one now.")
    out.data(out.words(Text("A rehearsal: nothing was kept.") if report["dry_run"] else done))
    out.pairs(
        [
            (told, ", ".join(found) if isinstance(found := report[name], list) else str(found))
            for name, told in (
                ("taken", Text("Fields taken over")),
                ("differing", Text("Fields that were otherwise, and stay")),
                ("deals", Text("Deals moved")),
                ("accounts", Text("Accounts that named it")),
                ("contacts", Text("Contacts moved")),
                ("rows", Text("Rows moved")),
            )
            if report[name]
        ]
    )
    again = f"{kind} merge {report['kept']} {report['gone']}"
    out.hint(again if report["dry_run"] else f"{kind} show {report['kept']}")
