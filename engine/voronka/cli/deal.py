"""`voronka deal`: open, show, change, move and list deals."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import After, AsJson, At, Deal, Evidence, Key, Limit, Source, Values, commands, fields_of
from voronka.cli.provenance import WithProvenance, only_observed, tell_provenance
from voronka.cli.refusal import clearing
from voronka.cli.session import Session, opened
from voronka.messages import Label, Text, original

app = commands()


@app.command("new", help=original("Open a deal in the first stage of a funnel"))
def new(
    ctx: typer.Context,
    funnel: Annotated[
        str | None,
        typer.Argument(
            metavar="FUNNEL", help=original("The funnel's name; without it the routing chooses"), show_default=False
        ),
    ] = None,
    values: Values = None,
    parent: Annotated[
        str | None,
        typer.Option("--parent", metavar="DEAL", help=original("The deal that this one continues"), show_default=False),
    ] = None,
    source: Source = None,
    evidence: Evidence = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Open a deal."""
    if funnel is not None and "=" in funnel:
        values, funnel = [funnel, *(values or [])], None
    with opened(ctx) as session:
        answer = session.send(
            "deal.create",
            {"funnel": funnel, "fields": fields_of(values), "parent": parent, "from": source, "evidence": evidence},
            at=at,
            key=key,
            as_json=as_json,
        )
        if not as_json:
            told = {"number": answer["number"], "funnel": answer["funnel"]}
            routed = Text("Deal {number} is open in the funnel {funnel}.", **told)
            session.out.data(session.out.words(routed if funnel is None else Text("Deal {number} is open.", **told)))
            session.onward(answer, f"deal show {answer['number']}")


@app.command("show", help=original("Show a deal: its fields, its checklist, the ways on, what waits"))
def show(ctx: typer.Context, deal: Deal, provenance: WithProvenance = False, as_json: AsJson = False) -> None:
    """Show a deal."""
    with opened(ctx) as session:
        found = session.ask("deal.show", deal=deal)
        if as_json:
            session.out.json(found)
        else:
            _card(session, found, provenance)


@app.command("set", help=original("Set a deal's fields, its owner, account or contact among them"))
def set_(
    ctx: typer.Context,
    deal: Deal,
    values: Values = None,
    source: Source = None,
    evidence: Evidence = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Set fields."""
    with opened(ctx) as session:
        request = {"deal": deal, "fields": fields_of(values), "from": source, "evidence": evidence}
        answer = session.send("deal.set", request, at=at, key=key, as_json=as_json)
        if not as_json:
            _changed(session, answer)


@app.command("move", help=original("Move a deal to a stage; everything that is in the way is told at once"))
def move(
    ctx: typer.Context,
    deal: Deal,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help=original("The stage's name"))],
    values: Values = None,
    override: Annotated[
        str | None,
        typer.Option(
            "--override",
            metavar="REASON",
            help=original("Lift the conditions that your role may lift, for this reason"),
            show_default=False,
        ),
    ] = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Move a deal."""
    with opened(ctx) as session:
        answer = session.send(
            "deal.move",
            {"deal": deal, "to": stage, "fields": fields_of(values), "override": override},
            at=at,
            key=key,
            as_json=as_json,
        )
        if not as_json:
            _standing(session, answer)
            session.onward(answer, f"deal show {answer['number']}")


@app.command("log", help=original("Write a call, a letter, a meeting into a deal's ledger"))
def log(
    ctx: typer.Context, deal: Deal, values: Values = None, at: At = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Log an interaction."""
    with opened(ctx) as session:
        answer = session.send(
            "interaction.log", {"deal": deal, "fields": fields_of(values)}, at=at, key=key, as_json=as_json
        )
        if not as_json:
            _changed(session, answer)


@app.command("list", help=original("List deals by number: the open ones, unless told otherwise"))
def list_(
    ctx: typer.Context,
    funnel: Annotated[
        str | None, typer.Option(metavar="FUNNEL", help=original("Of this funnel"), show_default=False)
    ] = None,
    stage: Annotated[
        str | None, typer.Option(metavar="STAGE", help=original("In this stage"), show_default=False)
    ] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="USER", help=original("Of this user"), show_default=False)
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help=original("Of this account"), show_default=False)
    ] = None,
    contact: Annotated[
        str | None, typer.Option(metavar="NAME", help=original("Of this contact"), show_default=False)
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help=original("Closed deals only"))] = False,
    everything: Annotated[bool, typer.Option("--all", help=original("Open and closed deals"))] = False,
    limit: Limit = 100,
    after: After = 0,
    as_json: AsJson = False,
) -> None:
    """List deals."""
    list_page(
        ctx,
        "deal.list",
        {
            "funnel": funnel,
            "stage": stage,
            "owner": owner,
            "account": account,
            "contact": contact,
            "open": None if everything else not closed,
        },
        columns=deal_columns,
        numbers=(0,),
        nothing=Text("No deals.") if everything else Text("No closed deals.") if closed else Text("No open deals."),
        begin=["deal new FUNNEL"] if everything else ["deal list --all", "deal new FUNNEL"],
        onward=lambda found: [f"deal show {found[0]['number']}"],
        last=lambda deal: deal["number"],
    )


def deal_columns(session: Session) -> Columns:
    """Return what a list tells of each deal."""
    return (
        (Text("Number"), lambda deal: str(deal["number"])),
        (Text("Funnel"), lambda deal: session.named(deal["funnel"])),
        (Text("Stage"), lambda deal: session.named(deal["stage"])),
        (Text("Owner"), lambda deal: session.named(deal["owner"])),
        (Text("Account"), lambda deal: session.named(deal["account"])),
        (Text("Contact"), lambda deal: session.named(deal["contact"])),
        (Text("In the stage since"), lambda deal: session.moment(deal["entered_at"])),
    )


def _standing(session: Session, answer: dict[str, Any]) -> None:
    number = answer["number"]
    if answer["seen"]:
        found = session.ask("deal.show", deal=number)["stage"]
    else:
        found = {"name": answer["stage"], "label": answer["stage_label"]}
    session.out.data(
        session.out.words(Text("Deal {number} stands in {stage}.", number=number, stage=session.named(found)))
    )


def _changed(session: Session, answer: dict[str, Any]) -> None:
    number = answer["number"]
    if (kept := only_observed(answer)) is not None:
        session.out.data(session.out.words(kept))
    elif answer["events"]:
        session.out.data(session.out.words(Text("Deal {number} is changed.", number=number)))
        if "stage.entered" in answer["events"]:
            _standing(session, answer)
    else:
        session.out.data(session.out.words(Text("Deal {number} is as it was: nothing was new.", number=number)))
    session.onward(answer, f"deal show {number}")


def _card(session: Session, deal: dict[str, Any], provenance: bool) -> None:
    out = session.out
    out.data(
        out.words(
            Text(
                "Deal {number}: {funnel}, {stage}",
                number=deal["number"],
                funnel=session.named(deal["funnel"]),
                stage=session.named(deal["stage"]),
            )
        )
    )
    rows = [
        (Text("Owner"), session.named(deal["owner"])),
        (Text("Account"), session.named(deal["account"])),
        (Text("Contact"), session.named(deal["contact"])),
        (Text("Created"), session.moment(deal["created_at"])),
        (Text("In the stage since"), session.moment(deal["entered_at"])),
        (Text("Last contact"), session.moment(deal["last_interaction_at"])),
    ]
    if deal["case"] is not None:
        rows.insert(0, (Text("Variant"), deal["case"]))
    if deal["closed_at"] is not None:
        outcome = Text("won") if deal["outcome"] == "won" else Text("lost")
        rows.append((Text("Closed"), f"{session.moment(deal['closed_at'])}, {out.words(outcome)}"))
    out.pairs(rows)
    _fields(session, deal)
    if provenance:
        tell_provenance(session, deal["fields"])
    _scores(session, deal["scores"])
    _cells(session, deal["matrices"])
    _participants(session, deal["participants"])
    session.rows(deal)
    _lines(session, deal["lines"])
    if deal["checklist"]:
        out.heading(Text("Checklist"))
        for item in deal["checklist"]:
            out.data(f"  [{'x' if item['done'] else ' '}] {session.called(item['item'], item['label'])}")
    _ahead(session, deal)
    out.hint(*_onward(deal), f"why {deal['number']}")


def _fields(session: Session, deal: dict[str, Any]) -> None:
    """Write the fields by their groups, those without one first, and which groups are not disclosed yet."""
    out = session.out
    cells = {cell["name"]: cell for cell in deal["fields"]}
    grouped = {name for group in deal["groups"] for name in group["fields"]}
    if rest := [cell for name, cell in cells.items() if name not in grouped]:
        out.heading(Text("Fields"))
        out.pairs(session.fields(rest))
    later = []
    for group in deal["groups"]:
        mine = [cells[name] for name in group["fields"]]
        given = [cell for cell in mine if group["disclosed"] or not cell.get("computed")]
        asked = group["empty_labels"] if group["disclosed"] and deal["closed_at"] is None else []
        if given or asked:
            out.heading(Label(group["label"]))
            out.pairs(session.fields(given))
        if asked:
            out.data(f"  {out.words(_not_filled_in([out.words(Label(label)) for label in asked]))}")
        if not given and not group["disclosed"]:
            later.append(group)
    if later:
        out.heading(Text("Later on the card"))
        out.pairs(
            [
                (Label(group["label"]), out.words(Text("from {stage} on", stage=session.named(group["start"]))))
                for group in later
            ]
        )


_NAMED = 5
"""Fields of a group that are not filled in and are named."""


def _not_filled_in(labels: list[str]) -> Text:
    """Say which fields of a group are empty: the first few by name."""
    if len(labels) <= _NAMED:
        return Text("Not filled in: {fields}", fields=", ".join(labels))
    named = ", ".join(labels[:_NAMED])
    return Text("Not filled in: {fields} and {n} more", fields=named, n=len(labels) - _NAMED)


def _participants(session: Session, participants: list[dict[str, Any]]) -> None:
    """Write the people on the client's side as a table: the columns that any of them has, and the last contact."""
    if not participants:
        return
    cells = [{cell["name"]: cell for cell in each["fields"]} for each in participants]
    labels = {name: Label(cell["label"]) for each in cells for name, cell in each.items()}
    session.out.heading(Text("Participants"))
    session.out.table(
        [*labels.values(), Text("Last contact")],
        [
            [
                *(session.shown(known[name]) if name in known else "-" for name in labels),
                session.moment(each["last_interaction_at"]),
            ]
            for each, known in zip(participants, cells, strict=True)
        ],
    )


def _lines(session: Session, lines: list[dict[str, Any]]) -> None:
    """Write what is offered as a table: the columns that any line has, and what each line comes to."""
    out = session.out
    if not lines:
        return
    cells = [{cell["name"]: cell for cell in line["fields"]} for line in lines]
    labels = {name: Label(cell["label"]) for each in cells for name, cell in each.items()}

    def written(line: dict[str, Any], known: dict[str, Any], name: str) -> str:
        shown = session.shown(known[name]) if name in known else "-"
        return f"{shown} / {out.words(line['unit'])}" if name == "price" and name in known and line["unit"] else shown

    told = [name for name in ("item", "grade", "mode", "quantity", "price") if name in labels]
    reasons = ["reason"] if "reason" in labels else []
    out.heading(Text("What is offered"))
    out.table(
        [Text("Row"), *(labels[name] for name in told), Text("Sum"), *(labels[name] for name in reasons)],
        [
            [
                line["key"],
                *(written(line, known, name) for name in told),
                out.words(line["shown"]),
                *(written(line, known, name) for name in reasons),
            ]
            for line, known in zip(lines, cells, strict=True)
        ],
        numbers=[number for number, name in enumerate((*told, "sum"), 1) if name in {"quantity", "price", "sum"}],
    )


def _onward(deal: dict[str, Any]) -> list[str]:
    """Return the commands that bring a deal on, without those that would be refused."""
    if not deal["ways"]:
        return []
    number, way = str(deal["number"]), deal["ways"][0]
    if not way["gates"]:
        return [f"deal move {number} {way['to']['name']}"]
    return list(clearing(number, way["to"]["name"], way["gates"]))


def _scores(session: Session, scores: list[dict[str, Any]]) -> None:
    """Write how the deal scores, what is not known for it, and the question that may gain most."""
    out = session.out
    if scores:
        out.heading(Text("Scores"))
    for card in scores:
        band = out.words(card["band"]["label"]) if card["band"] else "—"
        out.data(f"  {out.words(card['label'])}: {out.words(card['shown'])} ({band})")
        if card["gaps"]:
            gaps = ", ".join(out.words(gap["label"]) for gap in card["gaps"])
            unknown = Text("Not known: {gaps}", gaps=gaps)
            out.data(f"    {out.words(unknown)}")
        if card["next"]:
            asked = Text("Ask next: {question}", question=out.words(card["next"]["ask"]))
            out.data(f"    {out.words(asked)}")


def _cells(session: Session, matrices: list[dict[str, Any]]) -> None:
    """Write in which cell of each matrix the deal stands, with the band on each axis."""
    out = session.out
    if matrices:
        out.heading(Text("Matrices"))
    for matrix in matrices:
        axes = ", ".join(
            f"{out.words(axis['label'])}: {out.words(axis['band']['label']) if axis['band'] else '—'}"
            for axis in matrix["axes"]
        )
        out.data(f"  {out.words(matrix['label'])}: {out.words(matrix['cell']['label'])} ({axes})")


def _ahead(session: Session, deal: dict[str, Any]) -> None:
    """Write what may come next: tasks, timers, ways on, automatic moves that a gate holds up."""
    out = session.out
    if deal["tasks"]:
        out.heading(Text("Open tasks"))
        for task in deal["tasks"]:
            who = f"  {session.present(task['assignee'], task)}" if task["away"] else ""
            out.data(f"  {task['task']}  {session.due(task)}  {out.words(task['title'])}{who}")
    if deal["timers"]:
        out.heading(Text("Due by the clock"))
        for timer in deal["timers"]:
            out.data(f"  {session.moment(timer['due'])}  {session.called(timer['event'], timer['label'])}")
    if deal["stopped"]:
        out.heading(Text("Automatic moves that wait for a gate"))
        for way in deal["stopped"]:
            gates = ", ".join(way["gates"])
            told = out.words(Text("the funnel has no such way")) if gates == "transition" else gates
            out.data(f"  {session.called(way['to']['name'], way['to']['label'])}: {told}")
    if deal["ways"]:
        out.heading(Text("Ways on"))
        for way in deal["ways"]:
            only = f": {', '.join(map(session.named, way['by']))}" if way["by"] else ""
            out.data(f"  {session.called(way['to']['name'], way['to']['label'])}{only}")
