"""`voronka import`: bring deals in from files, list what came in, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from voronka.cli.groups import Group
from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original


class Imports(Group):
    """A first word that names no command is a mapping: ``import crm_deals FILE`` is ``import file crm_deals FILE``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            args = ["file", *args]
        return super().resolve_command(ctx, args)


app = commands(cls=Imports)

_STATES = {"running": Text("not finished"), "finished": Text("finished"), "undone": Text("undone")}


@app.command("file", help=original("Bring a file in by a mapping; `import MAPPING FILE` says the same"))
def file(
    ctx: typer.Context,
    mapping: Annotated[
        str, typer.Argument(metavar="MAPPING", help=original("A file's name in configs/imports, without .yaml"))
    ],
    path: Annotated[Path, typer.Argument(metavar="FILE", help=original("The file to read"))],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=original("Only tell what would come in; nothing is kept"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import a file. It may be stopped and started again: nothing comes in twice."""
    with opened(ctx) as session:
        request = {"mapping": mapping, "file": str(path.absolute()), "dry_run": dry_run}
        with session.out.progress(Text("Importing")) as progress:
            report = session.client.work("import", request, progress)
        if as_json:
            session.out.json(report)
        else:
            _tell(session, report)


@app.command(
    "undo", help=original("Hide what an import brought in; deals changed since are named, and nothing is done")
)
def undo(
    ctx: typer.Context,
    import_id: Annotated[
        str, typer.Argument(metavar="ID", help=original("The import's id, as `import list` shows it"))
    ],
    as_json: AsJson = False,
) -> None:
    """Undo an import."""
    with opened(ctx) as session:
        with session.out.progress(Text("Undoing")) as progress:
            result = session.client.work("import.undo", {"import": import_id}, progress)
        if as_json:
            session.out.json(result)
            return
        told = Plural("{n} deal is hidden.", "{n} deals are hidden.", n=result["deals"])
        session.out.data(session.out.words(told))
        session.out.hint("import list")


@app.command("list", help=original("List imports, the newest first"))
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List imports."""
    with opened(ctx) as session:
        found = session.ask("imports")
        if as_json:
            session.out.json(found)
            return
        if not found:
            names = session.about["imports"]
            session.out.note(Text("No imports."))
            session.out.hint(f"import {names[0] if names else 'MAPPING'} FILE --dry-run")
            return
        session.out.table(
            (Text("Id"), Text("Mapping"), Text("File"), Text("State"), Text("Rows"), Text("Began")),
            (
                (
                    each["import"],
                    each["mapping"],
                    each["file"],
                    session.out.words(_STATES[each["state"]]),
                    str(each["position"]),
                    session.moment(each["started_at"]),
                )
                for each in found
            ),
            numbers=(4,),
        )
        session.out.hint(f"import undo {found[0]['import']}")


def _tell(session: Session, report: Mapping[str, Any]) -> None:
    session.out.json(report)
