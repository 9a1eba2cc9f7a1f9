"""`voronka strategy`: the documents of the strategy that the files declare, and its versions by release."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voronka.cli.declared import declared
from voronka.cli.output import Output
from voronka.cli.parameters import commands
from voronka.cli.report import tell_document
from voronka.cli.session import opened
from voronka.messages import original

if TYPE_CHECKING:
    from voronka.metrics.reports.document import Document

app = commands()

_PURPOSES = {
    "roadmap": original("Tell what is to be reached in which quarter, and what it touches"),
    "scope": original("Tell which areas are taken in, and how far each goes"),
    "case": original("Tell what the strategy costs and brings: net present value, payback, sensitivity"),
    "readiness": original("Tell which signs of unreadiness there are, and what to do about each"),
    "incentives": original("Tell what each role is recognised for, and what keeps it honest"),
}
_Form = Annotated[
    Literal["table", "json", "markdown", "html"],
    typer.Option("--format", help=original("For people, for programs, as a text or as a page")),
]


def _command(part: str) -> Callable[..., None]:
    def tell(ctx: typer.Context, form: _Form = "table") -> None:
        from voronka.metrics.strategy.documents import strategy_document

        _write(Output(ctx.obj), strategy_document(declared(ctx.obj), part), form, part)

    return tell


def _write(out: Output, document: Document, form: str, command: str) -> None:
    if form == "table":
        tell_document(out, document)
        out.hint(f"strategy {command} --format html")
    elif form == "json":
        from voronka.metrics.reports.wire import to_json

        out.json(to_json(document))
    elif form == "markdown":
        from voronka.metrics.reports.markdown import markdown_of

        print(markdown_of(document, out.language), end="")
    else:
        from voronka.metrics.reports.page import html_page

        print(html_page(document, out.language))


for _name, _purpose in _PURPOSES.items():
    app.command(_name, help=_purpose)(_command(_name))


@app.command("diff", help=original("Tell what a release says otherwise in the strategy than an earlier one"))
def diff(
    ctx: typer.Context,
    earlier: Annotated[
        str | None,
        typer.Argument(
            metavar="FROM",
            help=original("How the hash of a release begins; else the newest with another strategy"),
            show_default=False,
        ),
    ] = None,
    later: Annotated[
        str | None,
        typer.Argument(metavar="TO", help=original("Likewise; else the one in force"), show_default=False),
    ] = None,
    form: _Form = "table",
) -> None:
    """Compare the strategies of two releases."""
    from voronka.metrics.reports.wire import document_of

    with opened(ctx) as session:
        found = session.ask("strategy.diff", **{"from": earlier, "to": later})
        _write(session.out, document_of(found), form, " ".join(filter(None, ("diff", earlier, later))))
