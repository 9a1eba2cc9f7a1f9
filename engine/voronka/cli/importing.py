"""`voronka import`: bring deals in from files, list what came in, take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from voronka.cli.groups import Group
from voronka.cli.output import Output, quoted
from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.messages import Label, Plural, Sentence, Text, original


class Imports(Group):
    """A first word that names no command is a mapping: ``import crm_deals FILE`` is ``import file crm_deals FILE``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            args = ["file", *args]
        return super().resolve_command(ctx, args)


app = commands(cls=Imports)

FINDINGS = 1
"""The exit code of an import that refused rows, or of a rehearsal that would."""

_LINES = 10
"""So many lines are named of one cause."""

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
        request = {
            "mapping": mapping,
            "file": str(path.absolute()),
            "dry_run": dry_run,
            "language": session.out.language,
        }
        with session.out.progress(Text("Importing")) as progress:
            report = session.work("import", request, progress)
        if as_json:
            session.out.json(report)
        else:
            _tell(session, report)
        if report["refused"]:
            raise typer.Exit(FINDINGS)


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
            result = session.work("import.undo", {"import": import_id}, progress)
        if as_json:
            session.out.json(result)
            return
        out = session.out
        out.data(out.words(Plural("{n} deal is hidden.", "{n} deals are hidden.", n=result["deals"])))
        names = [
            ("accounts", Text("Accounts hidden")),
            ("contacts", Text("Contacts hidden")),
            ("kept", Text("Kept, because something else uses them")),
            ("rows", Text("Rows that may come again")),
        ]
        out.pairs([(told, str(result[name])) for name, told in names if result[name]])
        for other, rows in result["others"].items():
            out.note(Text("With these deals went {rows} rows of the import {id}.", rows=rows, id=other))
        if result["personal"]:
            out.note(
                Plural(
                    "{n} personal value of what was hidden is still kept; to erase it: {command}",
                    "{n} personal values of what was hidden are still kept; to erase them: {command}",
                    n=result["personal"],
                    command=f"voronka person erase --import {result['import']}",
                )
            )
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
        left = [each["import"] for each in found if each["undone_at"] is None]
        session.out.hint(f"import undo {left[0]}" if left else "deal list")


def _tell(session: Session, report: Mapping[str, Any]) -> None:
    out = session.out
    names: list[tuple[str, Sentence]] = [
        ("rows", Text("Rows")),
        ("taken", Text("Taken")),
        ("added", Text("of these new")),
        ("updated", Text("of these changed")),
        ("known", Text("Known already")),
        ("changed", Text("of these otherwise now, left as they were")),
        ("ignored", Text("Meant nothing here")),
        ("refused", Text("Refused")),
        ("deals", Text("Deals made")),
        ("accounts", Text("Accounts made")),
        ("contacts", Text("Contacts made")),
        ("users", Text("Outside users added")),
    ]
    out.data(out.words(_outcome(report)))
    if report["resumed"]:
        out.data(out.words(Text("It went on where it had stopped.")))
    always = ("rows", "taken", "refused")
    out.pairs([(told, str(report[name])) for name, told in names if report[name] or name in always])
    if report["violations"]:
        out.heading(Text("Moves of the past that a gate would have refused today"))
        out.pairs([(Label.plain(gate), str(count)) for gate, count in report["violations"].items()])
    if report["refusals"]:
        out.heading(Text("Refused rows"))
        for cause, lines in _by_cause(out, report["refusals"]).items():
            out.data(out.words(_refused(cause, lines)), f"    {cause.remedy}")
        if report["refusals_file"] is not None:
            out.note(Text("All {n} refused rows are in {file}.", n=report["refused"], file=report["refusals_file"]))
    if report["dry_run"] and report["taken"]:
        out.hint(f"import {report['mapping']} {quoted(report['file'])}")
    elif report["import"] is not None:
        funnels = session.about["funnels"]
        out.hint(
            f"funnel {funnels[0]['name']}" if len(funnels) == 1 else "deal list", f"import undo {report['import']}"
        )


def _outcome(report: Mapping[str, Any]) -> Text:
    if not report["rows"]:
        return Text("The file has a header and no rows.")
    if report["dry_run"]:
        return Text("A rehearsal: nothing was kept.")
    if report["import"] is None:
        return Text("Nothing new came in.")
    return Text("Import {id} is done.", id=report["import"])


class _Cause(NamedTuple):
    """Why rows are refused: the column, the reason and the remedy, in words."""

    column: str
    reason: str
    remedy: str


def _by_cause(out: Output, refusals: Iterable[Mapping[str, Any]]) -> Mapping[_Cause, list[int]]:
    """Return the lines of refused rows by their cause, in the order of the first."""
    causes: dict[_Cause, list[int]] = {}
    for refusal in refusals:
        reason = f"{out.words(refusal['reason'])}{f'  [{gate}]' if (gate := refusal['gate']) else ''}"
        cause = _Cause(refusal["column"] or "", reason, out.words(refusal["remedy"]))
        causes.setdefault(cause, []).append(refusal["line"])
    return causes


def _refused(cause: _Cause, lines: Sequence[int]) -> Text:
    shown: object = ", ".join(map(str, lines[:_LINES]))
    if (more := len(lines) - _LINES) > 0:
        shown = Text("{numbers} and {more} more", numbers=shown, more=more)
    where = Text("line {line}", line=shown) if len(lines) == 1 else Text("lines {lines}", lines=shown)
    if cause.column:
        return Text("  {where}, {column}: {reason}", where=where, column=cause.column, reason=cause.reason)
    return Text("  {where}: {reason}", where=where, reason=cause.reason)
