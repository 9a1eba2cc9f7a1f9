"""`voronka kpi`: KPIs, what they mean, and their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voronka.cli.declared import declared
from voronka.cli.groups import Group
from voronka.cli.kpi_numbers import deals, show
from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, commands
from voronka.errors import UsageFault
from voronka.messages import Label, Sentence, Text, called, original

if TYPE_CHECKING:
    from voronka.definition.kpis import Kpi, Version
    from voronka.definition.workspace import Workspace


class _Kpis(Group):
    """The commands; any other word is the name of a KPI whose numbers are shown."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; what is none names a KPI."""
        if args[0] not in self.commands and not args[0].startswith("-") and "show" in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = commands(_Kpis)
app.command("show", help=original("Show a KPI's numbers; `voronka kpi NAME` does the same"))(show)
app.command("deals", help=original("List the deals behind a KPI's number"))(deals)


@app.command("list", help=original("List the KPIs with their owners"))
def list_kpis(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List KPIs as the files declare them."""
    from voronka.definition.kpis.telling import TYPES, type_of_kpi, words_of

    out, workspace = Output(ctx.obj), declared(ctx.obj)
    kpis = workspace.kpis.values()
    if as_json:
        out.json([_as_data(kpi, workspace) for kpi in kpis])
        return
    if not kpis:
        out.note(Text("No KPIs are declared."))
        out.hint("check")
        return
    headings = (Text("KPI"), Text("Label"), Text("How"), Text("Owner"), Text("Status"), Text("Version"))
    rows = [
        (
            kpi.name,
            out.words(kpi.label),
            out.words(TYPES[type(kpi.current.method)][1]),
            out.words(_owner(kpi.owner, workspace)),
            out.words(words_of(kpi.status)),
            str(kpi.current.number),
        )
        for kpi in sorted(kpis, key=type_of_kpi)
    ]
    out.table(headings, rows)
    out.hint(f"kpi explain {rows[0][0]}")


@app.command("explain", help=original("Tell what a KPI means, how it is computed and who answers for it"))
def explain(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="KPI", help=original("The KPI's name"), show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Explain a KPI as the files declare it."""
    out, workspace = Output(ctx.obj), declared(ctx.obj)
    kpi = _found(name, workspace)
    if as_json:
        out.json(_as_data(kpi, workspace))
        return
    out.data(out.words(called(kpi.name, kpi.label)), f"  {out.words(kpi.definition)}")
    out.pairs(list(_told(kpi, workspace, out)))
    for version in reversed(kpi.versions):
        out.heading(_version(version))
        out.pairs(list(_told_version(version)))
    if kpi.targets:
        from voronka.definition.kpis.telling import told_targets

        out.heading(Text("Targets"))
        out.pairs([(Label.plain(scope), value) for scope, value in told_targets(kpi)])


def _found(name: str, workspace: Workspace) -> Kpi:
    if name in workspace.kpis:
        return workspace.kpis[name]
    from voronka.expressions.suggestion import suggest

    labels = {text: each.name for each in workspace.kpis.values() for text in each.label.texts.values()}
    meant = labels.get(name) or suggest(name, workspace.kpis)
    raise UsageFault(
        Text("There is no KPI {name}.", name=name),
        Text("Did you mean {meant}?", meant=meant) if meant else Text("`voronka kpi list` lists them."),
    )


def _told(kpi: Kpi, workspace: Workspace, out: Output) -> Iterator[tuple[Sentence, str]]:
    from voronka.definition.kpis.telling import TYPES, words_of

    yield Text("How"), out.words(TYPES[type(kpi.current.method)][1])
    yield Text("Owner"), out.words(_owner(kpi.owner, workspace))
    yield Text("Status"), out.words(words_of(kpi.status))
    yield Text("Tells of"), f"{out.words(words_of(kpi.level))}, {out.words(words_of(kpi.kind))}"
    if kpi.good is not None:
        yield Text("Direction"), out.words(words_of(kpi.good))
    if kpi.by:
        yield Text("Told by"), ", ".join(kpi.by)
    yield Text("Periods"), ", ".join(kpi.grains)
    if kpi.aliases:
        yield Text("Also called"), ", ".join(kpi.aliases)
    if kpi.not_same_as:
        yield Text("Not the same as"), ", ".join(out.words(_word(each, workspace)) for each in kpi.not_same_as)
    if kpi.least > 1:
        yield Text("Hidden below"), f"n = {kpi.least}"
    if kpi.review is not None:
        yield Text("Review"), out.words(called(kpi.review, workspace.reviews[kpi.review].label))


def _version(version: Version) -> Sentence:
    if version.since is None:
        return Text("Version {number}", number=version.number)
    return Text("Version {number}, since {day}", number=version.number, day=version.since.isoformat())


def _told_version(version: Version) -> Iterator[tuple[Sentence, str]]:
    from voronka.definition.kpis.telling import told_version

    yield from told_version(version)


def _owner(name: str, workspace: Workspace) -> Sentence:
    if name in workspace.roles:
        return workspace.roles[name].label
    return workspace.people[name].label if name in workspace.people else Label.plain(name)


def _word(name: str, workspace: Workspace) -> Sentence:
    known = workspace.terms.get(name) or workspace.kpis.get(name)
    return Label.plain(name) if known is None else called(name, known.label)


def _as_data(kpi: Kpi, workspace: Workspace) -> dict[str, Any]:
    from voronka.definition.kpis.telling import formula_of, type_of_kpi

    return {
        "kpi": kpi.name,
        "label": dict(kpi.label.texts),
        "definition": dict(kpi.definition.texts),
        "type": type_of_kpi(kpi),
        "owner": kpi.owner,
        "status": kpi.status.value,
        "level": kpi.level.value,
        "kind": kpi.kind.value,
        "of": kpi.of.value,
        "unit": kpi.unit,
        "by": list(kpi.by),
        "grains": [grain.value for grain in kpi.grains],
        "aliases": list(kpi.aliases),
        "not_same_as": list(kpi.not_same_as),
        "good": None if kpi.good is None else kpi.good.value,
        "min_n": kpi.least,
        "review": kpi.review,
        "versions": [
            {
                "version": version.number,
                "since": None if version.since is None else version.since.isoformat(),
                "formula": formula_of(version.method),
                "where": None if version.where is None else version.where.text,
                "time": version.time,
            }
            for version in kpi.versions
        ],
        "targets": [
            {"period": each.period, "team": each.team, "value": each.value, "warn": each.warn} for each in kpi.targets
        ],
    }
