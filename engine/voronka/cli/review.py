"""`voronka review`: the reports that are made on a schedule, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, commands
from voronka.cli.report import write_document
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

app = commands()

_Name = Annotated[str, typer.Argument(metavar="NAME", help=original("The review"), show_default=False)]


@app.command("list", help=original("List reviews: when each comes next, which nobody has read in time"))
def list_reviews(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the reviews."""
    with opened(ctx) as session:
        found = session.ask("reviews")
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.note(Text("There are no reviews for you; they are declared in configs/kpis."))
            return
        session.out.table(
            (Text("Review"), Text("Owner"), Text("Last made"), Text("State"), Text("Next")),
            [
                (
                    session.called(each["review"], each["label"]),
                    each["owner"],
                    session.moment(None if each["last"] is None else each["last"]["made_at"]),
                    session.out.words(_state(each)),
                    session.moment(each["next"]),
                )
                for each in found
            ],
        )
        session.out.hint(*(f"review show {each['review']}" for each in found if each["overdue"]))


def _state(review: Mapping[str, Any]) -> Text:
    last = review["last"]
    if last is None:
        return Text("not made yet")
    if last["decided_at"] is not None:
        return Text("decided")
    if last["read_at"] is not None:
        return Text("read")
    return Text("overdue") if review["overdue"] else Text("unread")


@app.command("show", help=original("Show a review as it was when it was made"))
def show(
    ctx: typer.Context,
    name: _Name,
    back: Annotated[
        int, typer.Option("--back", metavar="N", min=0, max=9999, help=original("So many before the last"))
    ] = 0,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help=original("Write a page with pictures to a file"), show_default=False
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help=original("Answer in CSV, for spreadsheets"))] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was made of a review."""
    from voronka.metrics.reports.wire import document_of

    with opened(ctx) as session:
        found = session.ask("review.show", review=name, back=back)
        if as_json:
            session.out.json(found)
            return
        if html is None and not as_csv:
            session.out.data(session.out.words(found["label"]))
            _marks(session, found)
        write_document(session, document_of(found["document"]), html, as_csv=as_csv)
        if back == 0 and found["read_at"] is None:
            session.out.hint(f"review read {name}")


def _marks(session: Session, found: Mapping[str, Any]) -> None:
    out = session.out
    if found["read_at"] is not None:
        by, at = session.named(found["read_by"]), session.moment(found["read_at"])
        out.data(out.words(Text("Read by {user}, {moment}.", user=by, moment=at)))
    if found["decided_at"] is not None:
        by, at = session.named(found["decided_by"]), session.moment(found["decided_at"])
        told = Text("Decided by {user}, {moment}: {decision}", user=by, moment=at, decision=found["decided"])
        out.data(out.words(told))


@app.command("read", help=original("Mark a review as read"))
def read(ctx: typer.Context, name: _Name, as_json: AsJson = False) -> None:
    """Mark what was made last as read."""
    _mark(ctx, {"review": name}, as_json=as_json)


@app.command("decide", help=original("Write down what is decided by a review"))
def decide(
    ctx: typer.Context,
    name: _Name,
    decision: Annotated[str, typer.Argument(metavar="TEXT", help=original("What is decided"), show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Keep a decision with what was made last."""
    _mark(ctx, {"review": name, "decision": decision}, as_json=as_json)


def _mark(ctx: typer.Context, params: dict[str, str], *, as_json: bool) -> None:
    with opened(ctx) as session:
        found = session.work("review.mark", params)
        if as_json:
            session.out.json(found)
            return
        _marks(session, found)
        session.out.hint("review list")
