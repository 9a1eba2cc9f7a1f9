"""`voronka hint`: what helps in a deal, and answers that fill its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voronka.cli.groups import Group
from voronka.cli.parameters import AsJson, At, Deal, Key, commands, fields_of
from voronka.cli.session import Session, opened
from voronka.messages import Label, Sentence, Text, original


class _Hints(Group):
    """The commands on hints; a deal's number alone asks for those of the deal."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; what begins with a digit names a deal."""
        if args[0][:1].isdigit():
            args = ["list", *args]
        return super().resolve_command(ctx, args)


app = commands(_Hints)

_Hint = Annotated[
    str, typer.Argument(metavar="HINT", help=original("The script or the article, by its name"), show_default=False)
]
_Script = Annotated[str, typer.Argument(metavar="SCRIPT", help=original("The script's name"), show_default=False)]
_Answers = Annotated[
    list[str], typer.Argument(metavar="QUESTION=VALUE", help=original("What the client answers"), show_default=False)
]


@app.command("list", help=original("List what helps in a deal, the best first; a deal's number alone does the same"))
def list_(
    ctx: typer.Context,
    deal: Deal,
    objection: Annotated[
        str | None,
        typer.Option(
            "--objection", metavar="OBJECTION", help=original("What answers this objection"), show_default=False
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="WORDS", help=original("What says all of these words"), show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List hints."""
    with opened(ctx) as session:
        given = {"deal": deal, "objection": objection, "search": search}
        found = session.work("hint.ask", {name: value for name, value in given.items() if value is not None})
        if as_json:
            session.out.json(found)
            return
        hints = found["hints"]
        if not hints:
            session.out.note(Text("Nothing in the playbooks helps here; that it was asked for is kept for the report."))
            session.out.hint("report hints")
            return
        session.out.table(
            (Text("Hint"), Text("Kind"), Text("For"), Text("Fills")),
            [
                (
                    session.called(each["hint"], each["label"]),
                    session.out.words(_kind(each)),
                    session.out.words(_for(session, each)),
                    ", ".join(session.out.words(field["label"]) for field in each["fills"]) or "-",
                )
                for each in hints
            ],
        )
        session.out.hint(f"hint open {found['deal']} {hints[0]['hint']}")


def _kind(hint: Mapping[str, Any]) -> Sentence:
    if hint["kind"] == "script":
        return Text("script")
    return Text("article, out of date") if hint["stale"] else Text("article")


def _for(session: Session, hint: Mapping[str, Any]) -> Sentence:
    if hint["objections"]:
        return Label.plain(", ".join(session.out.words(each["label"]) for each in hint["objections"]))
    if hint["here"]:
        return Text("this stage and role") if hint["mine"] else Text("this stage")
    return Text("this role") if hint["mine"] else Text("any stage")


@app.command("open", help=original("Show a script with its questions, or an article"))
def open_(ctx: typer.Context, deal: Deal, hint: _Hint, as_json: AsJson = False) -> None:
    """Open a hint."""
    with opened(ctx) as session:
        found = session.work("hint.open", {"deal": deal, "hint": hint})
        out = session.out
        if as_json:
            out.json(found)
            return
        out.heading(Label(found["label"]))
        out.data(out.words(found["text"]).rstrip())
        if found["kind"] == "article":
            owner = out.words(found["owner"]["label"])
            told = Text("{owner} answers for it; to be looked through by {day}.", owner=owner, day=found["review_on"])
            out.data(out.words(told))
            if found["stale"]:
                out.note(Text("It is out of date: that day has passed, and nobody has looked through it."))
            return
        for each in found["questions"]:
            _question(session, each)
        if unanswered := [each["question"] for each in found["questions"] if not each["answered"]]:
            out.hint(f"hint answer {found['deal']} {found['hint']} {unanswered[0]}=…")


def _question(session: Session, question: Mapping[str, Any]) -> None:
    out = session.out
    field: Sentence = Label(question["field"]["label"])
    filled = Text("{field}, filled in", field=field) if question["answered"] else field
    out.data(f"  {question['question']}: {out.words(question['ask'])} → {out.words(filled)}")
    for answer in question["answers"]:
        out.data(f"    {session.called(answer['option'], answer['label'])}")


@app.command("answer", help=original("Fill a deal's fields by the answers to a script's questions"))
def answer(
    ctx: typer.Context,
    deal: Deal,
    script: _Script,
    answers: _Answers,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Answer a script."""
    given = fields_of(answers)
    with opened(ctx) as session:
        request = {"deal": deal, "hint": script, "answers": given, "occurred_at": at, "idempotency_key": key}
        params = {name: value for name, value in request.items() if value is not None}
        done = session.tell(session.work("hint.answer", params), params, as_json=as_json)
        if not as_json:
            session.out.data(session.out.words(Text("The answers stand in the fields of the deal.")))
            session.onward(done, f"deal show {done['number']} --provenance")
