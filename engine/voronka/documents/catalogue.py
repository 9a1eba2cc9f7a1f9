"""The field catalogue: what is kept of deals, accounts and contacts, by set and group, and why it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.definition.fields import Collection, Field, FieldSet, Subject
from voronka.definition.funnels import Funnel, Transition, Variant
from voronka.definition.sources import Merge
from voronka.definition.uses import FieldKey, Use, UseKind, missing, orphans, uses
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.wording import Naming, told_value
from voronka.documents.decisions import decision_sections
from voronka.documents.parts import Block, Bullet, Bullets, Code, Document, Grid, Line, Paragraph, Section
from voronka.documents.passport import told_access
from voronka.messages import Label, Text

__all__ = ["catalogue", "required_in", "told_origin", "told_type"]

_OF = {Subject.DEALS: Text("deal"), Subject.ACCOUNTS: Text("account"), Subject.CONTACTS: Text("contact")}
_MERGES = {
    Merge.PRIORITY: Text("the first that has a fresh value counts"),
    Merge.LATEST: Text("the newest value counts"),
    Merge.MAX: Text("the greatest value counts"),
    Merge.SUM: Text("the values are added up"),
}
_USES = {
    UseKind.GATE: Text("condition of a stage"),
    UseKind.TIMED: Text("timed event"),
    UseKind.TRANSITION: Text("move"),
    UseKind.VARIANT: Text("choice of the variant"),
    UseKind.ROUTING: Text("entry of the routing"),
    UseKind.RULE: Text("rule"),
    UseKind.SCORECARD: Text("scorecard"),
    UseKind.TABLE: Text("decision table"),
    UseKind.MATRIX: Text("matrix"),
    UseKind.WORK: Text("kind of work"),
    UseKind.KPI: Text("KPI"),
    UseKind.SEGMENT: Text("segment"),
    UseKind.TEMPLATE: Text("message template"),
    UseKind.FORMULA: Text("formula of the field"),
    UseKind.IMPORT: Text("key of the import"),
    UseKind.CHANNEL: Text("address of the channel"),
}


def catalogue(naming: Naming) -> Document:
    """Return the catalogue of all declared fields and collections."""
    say, workspace = naming.say, naming.workspace
    used_by = uses(workspace)
    required = required_in(naming)
    sections = [
        _set(each, used_by, required, naming) for each in workspace.sets.values() if each.fields or each.collections
    ]
    sections.append(_built_in(required, naming))
    sources = workspace.data_sources.values()
    if sources:
        told = tuple(Bullet((_told_source(each.name, naming),)) for each in sources)
        sections.append(Section(say(Text("Sources")), (Bullets(told),)))
    sections += decision_sections(naming)
    gaps = tuple(_gaps(used_by, naming))
    if gaps:
        sections.append(Section(say(Text("What does not fit yet")), (Bullets(gaps),)))
    return Document(
        name="fields",
        title=say(Text("Field catalogue")),
        lead=say(Text("What is kept, who fills it in and who sees it, and what it is needed for.")),
        blocks=tuple(sections),
    )


def required_in(naming: Naming) -> Mapping[str, tuple[str, ...]]:
    """Return by the name of each field, as a gate has it, where it must be filled in."""
    found: dict[str, dict[str, None]] = {}
    for funnel in naming.workspace.funnels.values():
        for variant in funnel.variants.values():
            for stage in variant.stages.values():
                place = {"funnel": funnel.label, "stage": stage.label}
                for names, told in (
                    (stage.enter.require, Text("{funnel}: to enter “{stage}”", **place)),
                    (stage.leave.require, Text("{funnel}: to go on from “{stage}”", **place)),
                ):
                    for name in names:
                        found.setdefault(name, {})[naming.say(told)] = None
            for move in variant.transitions.values():
                for name in move.gate.require:
                    where = Text("{funnel}: move {move}", funnel=funnel.label, move=_way(move, variant, naming))
                    found.setdefault(name, {})[naming.say(where)] = None
    return {name: tuple(places) for name, places in found.items()}


def _way(move: Transition, variant: Variant, naming: Naming) -> str:
    """Return a move by the stages between which it leads: it has no other name for people."""
    source, target = (naming.quoted(variant.stages[name].label) for name in (move.source, move.target))
    return f"{source} → {target}"


def _told_source(name: str, naming: Naming) -> str:
    """Return a source with its class, how far it is to be believed, and who answers for it."""
    source = naming.workspace.data_sources[name]
    told = [naming.say(source.label)]
    if source.confidence is not None:
        told.append(naming.say(Text("confidence {share}", share=f"{source.confidence:g}")))
    if source.owner is not None:
        told.append(naming.say(Text("answers for it: {role}", role=naming.role(source.owner))))
    return "; ".join(told)


def _set(
    of: FieldSet,
    used_by: Mapping[FieldKey, tuple[Use, ...]],
    required: Mapping[str, tuple[str, ...]],
    naming: Naming,
) -> Section:
    say = naming.say
    groups: dict[str | None, list[Field]] = {}
    for field in of.fields.values():
        groups.setdefault(field.group, []).append(field)
    blocks: list[Block] = [Paragraph((say(Text("Name")), ": ", Code(of.name)))]
    for name, fields in groups.items():
        rows = tuple(_row(each, used_by.get((each.of, each.name), ()), required, naming) for each in fields)
        grid = Grid(tuple(map(say, _COLUMNS)), rows)
        title = _group(name, naming)
        blocks.append(Section(title, (grid,)) if title or len(groups) > 1 else grid)
    blocks += [_collection(each, naming) for each in of.collections.values()]
    return Section(say(of.label), tuple(blocks))


_COLUMNS = (
    Text("Field"),
    Text("Of"),
    Text("Type"),
    Text("Required"),
    Text("Used by"),
    Text("Comes from"),
    Text("For whom"),
)


def _built_in(required: Mapping[str, tuple[str, ...]], naming: Naming) -> Section:
    """Return the fields that nobody has to declare."""
    declared = naming.workspace.fields
    rows = tuple(
        _row(declared.get(subject, {}).get(each.name, each), (), required, naming)
        for subject, fields in BUILT_IN_FIELDS.items()
        for each in fields.values()
    )
    return Section(naming.say(Text("Built-in fields")), (Grid(tuple(map(naming.say, _COLUMNS)), rows),))


def _group(name: str | None, naming: Naming) -> str:
    group = naming.workspace.groups.get(name or "")
    if group is not None:
        label = naming.say(group.label)
        if group.start is None:
            return label
        return naming.say(
            Text("{group}, shown from the stage {stage} on", group=label, stage=naming.stage(group.start))
        )
    return name or naming.say(Text("Without a group"))


def _row(
    field: Field, used: Iterable[Use], required: Mapping[str, tuple[str, ...]], naming: Naming
) -> tuple[Line, ...]:
    whole = field.name if field.of is Subject.DEALS else f"{field.of.value.removesuffix('s')}.{field.name}"
    by_kind: dict[str, dict[str, None]] = {}
    for use in used:
        kind, told = _use(use, naming)
        by_kind.setdefault(kind, {})[told] = None
    told_uses = "; ".join(f"{kind}: {naming.listed(names)}" for kind, names in by_kind.items())
    return (
        (naming.say(field.label), " (", Code(field.name), ")"),
        (naming.say(_OF[field.of]),),
        told_type(field, naming),
        ("; ".join(required.get(whole, ())),),
        (told_uses,),
        ("; ".join(told_origin(field, naming)),),
        ("; ".join(told_access(field.visible_to, field.set_by, naming)),),
    )


def told_type(field: Field, naming: Naming) -> Line:
    """Return of what type a field is: its options, its limits, what it is computed from."""
    say = naming.say
    told = [naming.type_name(field.type)]
    if field.options:
        told.append(naming.listed(say(label) for label in field.options.values()))
    if field.least is not None:
        told.append(say(Text("at least {value}", value=field.least.text)))
    if field.most is not None:
        told.append(say(Text("at most {value}", value=field.most.text)))
    if field.pii:
        told.append(say(Text("personal")))
    if field.help is not None:
        told.append(say(field.help))
    if field.formula is None:
        return ("; ".join(told),)
    told.append(say(Text("computed: {value}", value=told_value(field.formula, naming.about(field.of)))))
    return ("; ".join(told), " — ", Code(field.formula.text))


def told_origin(field: Field, naming: Naming) -> Iterator[str]:
    """Yield where the values of a field come from, and for how long they are good."""
    if field.sources:
        known = naming.workspace.data_sources
        yield naming.listed(naming.say(known[name].label) if name in known else name for name in field.sources)
        if len(field.sources) > 1:
            yield naming.say(_MERGES[field.merge])
    if field.ttl is not None:
        yield naming.say(Text("good for {duration}", duration=field.ttl.sentence()))


def _use(use: Use, naming: Naming) -> tuple[str, str]:
    """Return of what kind a use is, and what uses the field; the gate of a move is the move."""
    head, _, rest = use.name.partition(".")
    funnel = naming.workspace.funnels.get(head)
    kind = use.kind
    if kind is UseKind.GATE and funnel is not None and not _of_stage(funnel, rest):
        kind = UseKind.TRANSITION
    return naming.say(_USES[kind]), _used_by(use, naming)


def _of_stage(funnel: Funnel, gate: str) -> bool:
    stage = gate.partition(".")[0]
    return "." in gate and any(stage in each.stages for each in funnel.variants.values())


def _used_by(use: Use, naming: Naming) -> str:
    """Return what uses a field as people call it."""
    workspace = naming.workspace
    declared: Mapping[UseKind, Mapping[str, Label]] = {
        UseKind.RULE: {each.name: each.label for each in workspace.rules.values()},
        UseKind.SCORECARD: {each.name: each.label for each in workspace.scorecards.values()},
        UseKind.TABLE: {each.name: each.label for each in workspace.tables.values()},
        UseKind.MATRIX: {each.name: each.label for each in workspace.matrices.values()},
        UseKind.KPI: {each.name: each.label for each in workspace.kpis.values()},
        UseKind.SEGMENT: {each.name: each.label for each in workspace.segments.values()},
        UseKind.VARIANT: {each.name: each.label for each in workspace.funnels.values()},
    }
    if use.name in declared.get(use.kind, {}):
        return naming.quoted(declared[use.kind][use.name])
    if use.kind is UseKind.FORMULA:
        return next((naming.quoted(of[use.name].label) for of in workspace.fields.values() if use.name in of), use.name)
    head, _, rest = use.name.partition(".")
    if head in workspace.funnels and use.kind in {UseKind.GATE, UseKind.TIMED, UseKind.TRANSITION}:
        funnel = workspace.funnels[head]
        return f"{naming.say(funnel.label)} {_place(use, funnel, rest, naming)}"
    return use.name


def _place(use: Use, funnel: Funnel, name: str, naming: Naming) -> str:
    """Return the stage or the move of a funnel in which a field is used; a timed event by its name."""
    if use.kind is UseKind.GATE and _of_stage(funnel, name):
        return naming.stage(name.partition(".")[0], funnel.name)
    for variant in funnel.variants.values():
        if name in variant.transitions and use.kind is not UseKind.TIMED:
            return _way(variant.transitions[name], variant, naming)
    return name


def _collection(of: Collection, naming: Naming) -> Section:
    say = naming.say
    told = [say(Text("Rows of the {subject}", subject=_OF[of.of]))]
    if of.key is not None:
        told.append(say(Text("a row is known by {field}", field=naming.called(of.key, of.name))))
    if of.inbox:
        told.append(say(Text("a row comes with every note that is written down")))
    rows = tuple(
        (
            (say(field.label), " (", Code(field.name), ")"),
            told_type(field, naming),
            ("; ".join(told_access(field.visible_to, field.set_by, naming)),),
        )
        for field in of.fields.values()
    )
    columns = (Text("Field"), Text("Type"), Text("For whom"))
    blocks = (Paragraph(("; ".join(told), " (", Code(of.name), ")")), Grid(tuple(map(say, columns)), rows))
    return Section(say(of.label), blocks)


def _gaps(used_by: Mapping[FieldKey, tuple[Use, ...]], naming: Naming) -> Iterator[Bullet]:
    for subject, name in orphans(naming.workspace, used_by):
        field = naming.about(subject).called(name)
        yield Bullet((naming.say(Text("{field} is filled in and nothing uses it.", field=field)),))
    for subject, name in missing(naming.workspace, used_by):
        field = naming.about(subject).called(name)
        yield Bullet((naming.say(Text("Nobody is asked for {field}.", field=field)),))
