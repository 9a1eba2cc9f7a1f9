"""`voronka glossary`: what the words mean, and who answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from voronka.cli.declared import declared
from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.messages import Label, Sentence, Text, original

if TYPE_CHECKING:
    from voronka.definition.kpis import Kpi, Term
    from voronka.definition.workspace import Workspace

app = single()


@app.command(help=original("Write the glossary: terms and KPIs, what they mean and who answers for them"))
def glossary(
    ctx: typer.Context,
    form: Annotated[
        Literal["md", "json"], typer.Option("--format", help=original("Markdown for people, or JSON"))
    ] = "md",
) -> None:
    """Write the glossary as the files declare it."""
    out, workspace = Output(ctx.obj), declared(ctx.obj)
    if form == "json":
        terms = [_as_data(each) for each in workspace.terms.values()]
        out.json([*terms, *(_as_data(each) for each in workspace.kpis.values())])
        return
    if not workspace.terms and not workspace.kpis:
        out.note(Text("No terms and no KPIs are declared."))
        out.hint("check")
        return
    title = Text("Glossary")
    out.data(f"# {out.words(title)}")
    sections: tuple[tuple[Text, list[Term | Kpi]], ...] = (
        (Text("Terms"), [*workspace.terms.values()]),
        (Text("KPIs"), [*workspace.kpis.values()]),
    )
    for heading, entries in sections:
        if entries:
            out.data("", f"## {out.words(heading)}")
        for each in sorted(entries, key=lambda each: out.words(each.label).casefold()):
            out.data("", f"### {out.words(each.label)}", "", out.words(each.definition), "")
            out.data(*(f"- {out.words(name)}: {value}" for name, value in _told(each, workspace, out)))


def _told(entry: Term | Kpi, workspace: Workspace, out: Output) -> list[tuple[Sentence, str]]:
    from voronka.definition.kpis import Term
    from voronka.definition.kpis.telling import formula_of

    told: list[tuple[Sentence, str]] = [(Text("Name"), f"`{entry.name}`")]
    if isinstance(entry, Term):
        formula = None if entry.formula is None else entry.formula.text
    else:
        formula = formula_of(entry.current.method)
    if formula is not None:
        told.append((Text("Formula"), f"`{formula}`"))
    if entry.aliases:
        told.append((Text("Also called"), ", ".join(entry.aliases)))
    if entry.not_same_as:
        told.append((Text("Not the same as"), ", ".join(_labels(entry.not_same_as, workspace, out))))
    owner = workspace.roles.get(entry.owner) or workspace.people.get(entry.owner)
    told.append((Text("Owner"), out.words(Label.plain(entry.owner) if owner is None else owner.label)))
    return told


def _labels(names: tuple[str, ...], workspace: Workspace, out: Output) -> list[str]:
    known: dict[str, Term | Kpi] = {**workspace.terms, **workspace.kpis}
    return [out.words(known[name].label) if name in known else name for name in names]


def _as_data(entry: Term | Kpi) -> dict[str, Any]:
    from voronka.definition.kpis import Term
    from voronka.definition.kpis.telling import formula_of

    term = isinstance(entry, Term)
    if isinstance(entry, Term):
        formula = None if entry.formula is None else entry.formula.text
    else:
        formula = formula_of(entry.current.method)
    return {
        "kind": "term" if term else "kpi",
        "name": entry.name,
        "label": dict(entry.label.texts),
        "definition": dict(entry.definition.texts),
        "of": entry.of.value,
        "formula": formula,
        "aliases": list(entry.aliases),
        "not_same_as": list(entry.not_same_as),
        "owner": entry.owner,
    }
