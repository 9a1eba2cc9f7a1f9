"""The glossary as a document: words with one meaning each, and the KPIs that are made of them."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.kpis import Counted, Kpi, Term
from voronka.definition.kpis.telling import TYPES, formula_of, told_targets, told_version, words_of
from voronka.definition.uses import names_read
from voronka.definition.wording import Naming, condition
from voronka.documents.parts import Block, Code, Document, Facts, Line, Paragraph, Section
from voronka.messages import Sentence, Text

__all__ = ["glossary", "kpi_facts"]

_COUNTED = {
    Counted.DEALS: Text("deals"),
    Counted.ACCOUNTS: Text("accounts"),
    Counted.CONTACTS: Text("contacts"),
    Counted.VISITS: Text("stays in stages"),
    Counted.INTERACTIONS: Text("interactions"),
    Counted.TASKS: Text("tasks"),
    Counted.ORDERS: Text("orders"),
}


def glossary(naming: Naming) -> Document:
    """Return the terms and the KPIs of a workspace, each in the order of the alphabet."""
    say, workspace = naming.say, naming.workspace
    blocks: list[Block] = []
    terms = sorted(workspace.terms.values(), key=lambda each: say(each.label).casefold())
    kpis = sorted(workspace.kpis.values(), key=lambda each: say(each.label).casefold())
    if terms:
        blocks.append(Section(say(Text("Terms")), tuple(_term(each, naming) for each in terms)))
    if kpis:
        blocks.append(Section(say(Text("KPIs")), tuple(_kpi(each, naming) for each in kpis)))
    if not blocks:
        blocks.append(Paragraph((say(Text("No terms and no KPIs are declared.")),)))
    return Document(
        name="glossary",
        title=say(Text("Glossary")),
        lead=say(Text("One word, one meaning: what is counted under each name, and who answers for it.")),
        blocks=tuple(blocks),
    )


def _term(term: Term, naming: Naming) -> Section:
    say = naming.say
    rows: list[tuple[str, Line]] = [(say(Text("Name")), (Code(term.name),))]
    if term.formula is not None:
        about = naming.about(term.of)
        rows.append((say(Text("Holds where")), (condition(term.formula, about),)))
        rows.append((say(Text("Formula")), (Code(term.formula.text),)))
    rows += ((say(name), told) for name, told in _common(term, naming))
    used = [each.label for each in naming.workspace.kpis.values() if term.name in names_read(each.current)]
    if used:
        rows.append((say(Text("Used in the KPIs")), (naming.listed(map(naming.quoted, used)),)))
    return Section(say(term.label), (Paragraph((say(term.definition),)), Facts(tuple(rows))))


def _common(entry: Term | Kpi, naming: Naming) -> Iterator[tuple[Text, Line]]:
    yield Text("Owner"), (naming.role(entry.owner),)
    if entry.aliases:
        yield Text("Also called"), (naming.listed(entry.aliases),)
    if entry.not_same_as:
        known: dict[str, Term | Kpi] = {**naming.workspace.terms, **naming.workspace.kpis}
        others = (naming.quoted(known[name].label) if name in known else name for name in entry.not_same_as)
        yield Text("Not the same as"), (naming.listed(others),)


def _kpi(kpi: Kpi, naming: Naming) -> Section:
    say = naming.say
    rows: list[tuple[str, Line]] = [(say(Text("Name")), (Code(kpi.name),))]
    rows += ((say(name), told) for name, told in kpi_facts(kpi, naming))
    for version in kpi.versions[:-1]:
        since = "" if version.since is None else f" {version.since.isoformat()}"
        rows.append((say(Text("Version {n}", n=version.number)) + since, (Code(formula_of(version.method)),)))
    return Section(say(kpi.label), (Paragraph((say(kpi.definition),)), Facts(tuple(rows))))


def kpi_facts(kpi: Kpi, naming: Naming) -> Iterator[tuple[Sentence, Line]]:
    """Yield what a KPI counts now and how, who answers for it and what is aimed at, each with what it is."""
    say = naming.say
    yield Text("Computed as"), (say(TYPES[type(kpi.current.method)][1]),)
    yield Text("Counts"), (say(_COUNTED[kpi.of]),)
    for name, text in told_version(kpi.current):
        yield name, (Code(text),)
    where = kpi.current.where
    if where is not None and kpi.of is Counted.DEALS:
        yield Text("In words"), (condition(where, naming),)
    yield from _common(kpi, naming)
    yield Text("Status"), (say(words_of(kpi.status)),)
    yield Text("Level"), (say(words_of(kpi.level)),)
    yield Text("Kind"), (say(words_of(kpi.kind)),)
    if kpi.good is not None:
        yield Text("Direction"), (say(words_of(kpi.good)),)
    targets = "; ".join(f"{period}: {value}" for period, value in told_targets(kpi))
    if targets:
        yield Text("Targets"), (targets,)
