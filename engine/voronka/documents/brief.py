"""The technical brief: what is to be built before any tool is, in the order in which it is worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from voronka.definition.fields import Subject
from voronka.definition.kpis.methods import Bottleneck, Hygiene
from voronka.definition.timed import TimedSource
from voronka.definition.uses import missing, orphans, uses
from voronka.definition.wording import Naming
from voronka.documents.catalogue import required_in
from voronka.documents.figures import figures, told_schedule
from voronka.documents.parts import Block, Bullet, Bullets, Code, Document, Facts, Grid, Line, Paragraph, Section
from voronka.documents.stages import journey_of
from voronka.messages import Plural, Sentence, Text

__all__ = ["brief"]

_SUBJECTS = {Subject.DEALS: Text("Deals"), Subject.ACCOUNTS: Text("Accounts"), Subject.CONTACTS: Text("Contacts")}


def brief(naming: Naming) -> Document:
    """Return the brief of a workspace: seven steps, each with what there is and what is missing, and the numbers."""
    say = naming.say
    steps = (
        (Text("Data model"), _data(naming), _data_gaps(naming)),
        (Text("Funnels"), _funnels(naming), _funnel_gaps(naming)),
        (Text("Stages"), _stages(naming), _stage_gaps(naming)),
        (Text("Fields"), _fields(naming), _field_gaps(naming)),
        (Text("Integration"), _integration(naming), _integration_gaps(naming)),
        (Text("Hygiene"), _hygiene(naming), _hygiene_gaps(naming)),
        (Text("Bottlenecks"), _bottlenecks(naming), _bottleneck_gaps(naming)),
    )
    numbered = tuple(
        Section(f"{number}. {say(title)}", (*present, *_missing(gaps, naming)))
        for number, (title, present, gaps) in enumerate(steps, 1)
    )
    return Document(
        name="brief",
        title=say(Text("Technical brief: {title}", title=naming.workspace.title)),
        lead=say(
            Text(
                "First the brief, then the tool: what the process needs, step by step, and what of it is still missing."
            )
        ),
        blocks=(
            Section(say(Text("Purpose")), tuple(_purpose(naming))),
            Section(say(Text("Roles and people")), (_people(naming),)),
            *numbered,
            Section(say(Text("KPIs and reviews")), tuple(_measuring(naming))),
            Section(say(Text("Scale and conditions")), (Facts(tuple(figures(naming))),)),
        ),
    )


def _missing(gaps: Iterable[Sentence], naming: Naming) -> Iterator[Block]:
    told = tuple(Bullet((naming.say(each),)) for each in gaps)
    if told:
        yield Section(naming.say(Text("Missing")), (Bullets(told),))
    else:
        yield Paragraph((naming.say(Text("Nothing that can be told from the files is missing.")),))


def _purpose(naming: Naming) -> Iterator[Block]:
    say = naming.say
    yield Paragraph(
        (say(Text("The sales process of “{title}”, as its configuration says it.", title=naming.workspace.title)),)
    )
    strategies: dict[str, list[str]] = {}
    for funnel in naming.workspace.funnels.values():
        strategies.setdefault((funnel.strategy or "—").upper(), []).append(naming.quoted(funnel.label))
    yield Facts(tuple((name, (naming.listed(funnels),)) for name, funnels in strategies.items()))


def _people(naming: Naming) -> Grid:
    held = Counter(user.role for user in naming.workspace.people.values())
    owned: dict[str, list[str]] = {}
    for funnel in naming.workspace.funnels.values():
        if funnel.owner is not None:
            owned.setdefault(funnel.owner, []).append(naming.say(funnel.label))
    rows = tuple(
        ((naming.say(role.label),), (str(held[name]),), (naming.listed(owned.get(name, ())),))
        for name, role in naming.workspace.roles.items()
    )
    return Grid(tuple(map(naming.say, (Text("Role"), Text("People"), Text("Owns the funnels")))), rows)


def _data(naming: Naming) -> tuple[Block, ...]:
    workspace, say = naming.workspace, naming.say
    rows = tuple(
        (
            (say(label),),
            (str(len(workspace.fields.get(of, {}))),),
            (str(sum(field.pii for field in workspace.fields.get(of, {}).values())),),
            (naming.listed(say(each.label) for each in workspace.collections.get(of, {}).values()),),
        )
        for of, label in _SUBJECTS.items()
    )
    columns = (Text("Record"), Text("Own fields"), Text("Personal ones"), Text("Tables of rows"))
    return (Grid(tuple(map(say, columns)), rows),)


def _data_gaps(naming: Naming) -> Iterator[Sentence]:
    workspace = naming.workspace
    for of, label in _SUBJECTS.items():
        if not workspace.fields.get(of):
            yield Text("{records}: no field of their own.", records=label)
    if not workspace.data_sources:
        yield Text("No source of data is declared: nobody can tell where a value comes from.")
    if not workspace.terms:
        yield Text("The glossary is empty: two departments may count the same word differently.")


def _funnels(naming: Naming) -> tuple[Block, ...]:
    rows = tuple(
        (
            (naming.say(funnel.label), " (", Code(funnel.name), ")"),
            ((funnel.strategy or "").upper(),),
            ("" if funnel.owner is None else naming.role(funnel.owner),),
            (str(len(funnel.variant(None).stages)),),
            (naming.listed(naming.option(funnel.variant_by or "", case) for case in funnel.variants if case),),
        )
        for funnel in naming.workspace.funnels.values()
    )
    columns = (Text("Funnel"), Text("Strategy"), Text("Owner"), Text("Stages"), Text("Variants"))
    return (Grid(tuple(map(naming.say, columns)), rows),)


def _funnel_gaps(naming: Naming) -> Iterator[Sentence]:
    known = {funnel.strategy for funnel in naming.workspace.funnels.values()}
    for strategy in ("reach", "react", "reengage", "refresh"):
        if strategy not in known:
            yield Text("No funnel follows the strategy {strategy}.", strategy=strategy.upper())
    for funnel in naming.workspace.funnels.values():
        if funnel.owner is None:
            yield Text("Nobody answers for the funnel “{funnel}”.", funnel=funnel.label)
    if len(naming.workspace.funnels) > 1 and not naming.workspace.routing:
        yield Text("There is no routing: whoever opens a deal chooses the funnel.")


def _stages(naming: Naming) -> tuple[Block, ...]:
    say = naming.say
    rows: list[tuple[Line, ...]] = []
    for funnel in naming.workspace.funnels.values():
        base = funnel.variant(None)
        stages = [stage for stage in base.stages.values() if stage.outcome is None]
        timed = [event for event in base.timed.values() if event.source is not TimedSource.SLA]
        rows.append(
            (
                (say(funnel.label),),
                (" → ".join(say(stage.label) for stage in stages),),
                (" → ".join(dict.fromkeys(step for stage in stages if (step := journey_of(stage, naming)))),),
                (f"{sum(stage.sla is not None for stage in stages)} / {len(stages)}",),
                (str(sum(len(gate.checks) for gate in base.gates)),),
                (str(len(timed)),),
            )
        )
    columns = (
        Text("Funnel"),
        Text("The way"),
        Text("Buyer's steps"),
        Text("With time allowed"),
        Text("Conditions"),
        Text("Timed events"),
    )
    return (Grid(tuple(map(say, columns)), tuple(rows)),)


def _stage_gaps(naming: Naming) -> Iterator[Sentence]:
    for funnel in naming.workspace.funnels.values():
        for stage in funnel.variant(None).stages.values():
            place = {"funnel": funnel.label, "stage": stage.label}
            if stage.outcome is None and stage.journey is None and stage.why is None:
                yield Text("{funnel}, “{stage}”: it is not said why the stage exists.", **place)
            if stage.outcome is None and stage.probability is None:
                yield Text("{funnel}, “{stage}”: no probability of winning.", **place)


def _fields(naming: Naming) -> tuple[Block, ...]:
    workspace, say = naming.workspace, naming.say
    required = required_in(naming)
    rows = tuple(
        (
            (say(each.label), " (", Code(each.name), ")"),
            (str(len(each.fields)),),
            (str(sum(name in required for name in each.fields)),),
            (str(sum(field.formula is not None for field in each.fields.values())),),
            (str(sum(bool(field.visible_to or field.set_by) for field in each.fields.values())),),
        )
        for each in workspace.sets.values()
        if each.fields
    )
    columns = (Text("Set"), Text("Fields"), Text("Required somewhere"), Text("Computed"), Text("Not for everybody"))
    return (Grid(tuple(map(say, columns)), rows),)


def _field_gaps(naming: Naming) -> Iterator[Sentence]:
    used_by = uses(naming.workspace)
    for subject, name in orphans(naming.workspace, used_by):
        yield Text("{field} is filled in and nothing uses it.", field=naming.about(subject).called(name))
    for subject, name in missing(naming.workspace, used_by):
        yield Text("Nobody is asked for {field}.", field=naming.about(subject).called(name))


def _integration(naming: Naming) -> tuple[Block, ...]:
    workspace, say = naming.workspace, naming.say
    told: tuple[tuple[Sentence, list[str]], ...] = (
        (Text("Plugins"), list(workspace.plugins)),
        (Text("Channels"), [f"{each.name} ({each.via})" for each in workspace.channels.values()]),
        (Text("Sources that are asked"), [f"{each.name} ({each.via})" for each in workspace.sources.values()]),
        (Text("Imports of files"), [*workspace.imports, *workspace.row_imports]),
        (Text("Catalogues"), [say(each.label) for each in workspace.catalogs.values()]),
        (Text("Where data come from"), [say(each.label) for each in workspace.data_sources.values()]),
    )
    return (Facts(tuple((say(name), (naming.listed(parts) or "—",)) for name, parts in told)),)


def _integration_gaps(naming: Naming) -> Iterator[Sentence]:
    workspace = naming.workspace
    if not workspace.channels:
        yield Text("No channel: messages cannot leave.")
    elif all(channel.via == "file" for channel in workspace.channels.values()):
        yield Text("Every channel writes into files: no message reaches anybody.")
    if not (workspace.imports or workspace.row_imports or workspace.sources):
        yield Text("Nothing comes in by itself: no import and no source is declared.")


def _hygiene(naming: Naming) -> tuple[Block, ...]:
    workspace, say = naming.workspace, naming.say
    kpis = [kpi for kpi in workspace.kpis.values() if isinstance(kpi.current.method, Hygiene)]
    fields = [field for declared in workspace.fields.values() for field in declared.values()]
    facts = (
        (say(Text("KPIs of the quality of data")), (naming.listed(naming.quoted(kpi.label) for kpi in kpis) or "—",)),
        (say(Text("Fields whose values grow old")), (str(sum(field.ttl is not None for field in fields)),)),
        (say(Text("Fields whose source is kept")), (str(sum(bool(field.sources) for field in fields)),)),
    )
    return (Facts(facts),)


def _hygiene_gaps(naming: Naming) -> Iterator[Sentence]:
    workspace = naming.workspace
    if not any(isinstance(kpi.current.method, Hygiene) for kpi in workspace.kpis.values()):
        yield Text("No KPI tells how complete, right and fresh the data are.")
    if not any(review.method == "hygiene" for review in workspace.reviews.values()):
        yield Text("No review of the quality of data is on the schedule.")


def _bottlenecks(naming: Naming) -> tuple[Block, ...]:
    workspace, say = naming.workspace, naming.say
    kpis = [kpi for kpi in workspace.kpis.values() if isinstance(kpi.current.method, Bottleneck)]
    looked = [review for review in workspace.reviews.values() if review.method in {"bottleneck", "funnel"}]
    facts = (
        (say(Text("KPIs of the bottleneck")), (naming.listed(naming.quoted(kpi.label) for kpi in kpis) or "—",)),
        (say(Text("Reviews")), (naming.listed(naming.quoted(review.label) for review in looked) or "—",)),
    )
    return (Facts(facts),)


def _bottleneck_gaps(naming: Naming) -> Iterator[Sentence]:
    workspace = naming.workspace
    measured = {k.current.method.funnel for k in workspace.kpis.values() if isinstance(k.current.method, Bottleneck)}
    for name, funnel in workspace.funnels.items():
        if name not in measured:
            yield Text("No KPI tells the bottleneck of the funnel “{funnel}”.", funnel=funnel.label)


def _measuring(naming: Naming) -> Iterator[Block]:
    workspace, say = naming.workspace, naming.say
    count = Plural(
        "{n} KPI is declared; the glossary tells each.",
        "{n} KPIs are declared; the glossary tells each.",
        n=len(workspace.kpis),
    )
    yield Paragraph((say(count),))
    if workspace.reviews:
        columns = (Text("Review"), Text("When"), Text("Owner"), Text("What it decides"))
        rows = tuple(
            (
                (say(review.label),),
                (told_schedule(review.schedule, naming),),
                (naming.role(review.owner),),
                ("" if review.decision is None else say(review.decision),),
            )
            for review in workspace.reviews.values()
        )
        yield Grid(tuple(map(say, columns)), rows)
    else:
        yield Paragraph((say(Text("No review is on the schedule.")),))
