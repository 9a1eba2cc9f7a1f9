"""What a version of a definition says of each part of the process, and what is otherwise in the next one for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from voronka.definition.comparison import Change, ChangeKind, Thing, changes
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.funnels import Funnel, Gate, Stage, Variant
from voronka.definition.kpis import Kpi
from voronka.definition.people import OWNER
from voronka.definition.rules import Mode, Rule
from voronka.definition.wording import Naming
from voronka.definition.workspace import Workspace
from voronka.documents.audience import Audience
from voronka.documents.catalogue import told_origin, told_type
from voronka.documents.gates import told_gate, told_timed
from voronka.documents.glossary import kpi_facts
from voronka.documents.passport import rule_funnels, told_access, told_routing, told_rule
from voronka.documents.stages import SPREAD, moves_from, spread_in, stage_facts, timed_in, told_across, told_way
from voronka.documents.statements import Namings, Told, namings_of, plain, plain_bullet, statements
from voronka.messages import Sentence, Text

__all__ = ["changes_between"]

_Key: TypeAlias = tuple[str, ...]
_Found: TypeAlias = Mapping[_Key, tuple[Thing, Audience]]


def changes_between(old: Workspace, new: Workspace) -> tuple[tuple[Change, Audience], ...]:
    """Return what is otherwise in the newer of two versions of a workspace, each with whom it concerns."""
    before, after = (
        _told(of, namings_of(of, old, new), frozenset(old.funnels.keys() & new.funnels)) for of in (old, new)
    )
    found = changes(
        {key: thing for key, (thing, _) in before.items()}, {key: thing for key, (thing, _) in after.items()}
    )
    return tuple(
        (change, _audience(before.get(key), after.get(key))) for key, change in _without_repeats(found).items()
    )


def _audience(before: tuple[Thing, Audience] | None, after: tuple[Thing, Audience] | None) -> Audience:
    audiences = [each[1] for each in (before, after) if each is not None]
    return audiences[0] if len(audiences) == 1 else audiences[0] | audiences[1]


def _without_repeats(found: Mapping[_Key, Change]) -> dict[_Key, Change]:
    """Return the changes without those of a variant that are told of its base."""
    kept: dict[_Key, Change] = {}
    for key, change in found.items():
        base = found.get(("funnel", key[1], "", key[3])) if key[0] == "funnel" and key[2] else None
        if base is None or base.kind is not change.kind:
            kept[key] = change
        elif change.kind is ChangeKind.CHANGED:
            own = tuple(each for each in change.alterations if each not in base.alterations)
            if own:
                kept[key] = replace(change, alterations=own)
    return kept


def _told(workspace: Workspace, namings: Namings, lasting: frozenset[str]) -> _Found:
    """Return everything that is said. `lasting`: the funnels of both versions; others are told as a whole."""
    found: dict[_Key, tuple[Thing, Audience]] = {}
    for funnel in workspace.funnels.values():
        things = _of_funnel(funnel, namings) if funnel.name in lasting else _passport(funnel, namings)
        concerned = Audience(funnels=frozenset({funnel.name}))
        found |= {("funnel", funnel.name, *key): (thing, concerned) for key, thing in things}
    for subject, fields in workspace.fields.items():
        for field in fields.values():
            told = statements(_about(namings, subject), partial(_field, field))
            thing = Thing(part=_FIELDS[subject], title=field.label, said=told)
            found["field", subject.value, field.name] = thing, _of_whom(workspace, subject, field)
    for subject, collections in workspace.collections.items():
        for rows in collections.values():
            told = statements(_about(namings, subject), partial(_rows, rows))
            thing = Thing(part=_ROWS[subject], title=rows.label, said=told)
            found["rows", subject.value, rows.name] = thing, _of_whom(workspace, subject, rows)
    for rule in workspace.rules.values():
        if rule.mode is not Mode.OFF:
            thing = Thing(part=_RULES, title=rule.label, said=statements(namings, partial(_rule, rule)))
            found["rule", rule.name] = thing, Audience(funnels=frozenset(rule_funnels(rule, workspace)))
    for kpi in workspace.kpis.values():
        thing = Thing(part=_KPIS, title=kpi.label, said=statements(namings, partial(_kpi, kpi)))
        found["kpi", kpi.name] = thing, Audience(names=_answering(workspace, kpi))
    return found


_FIELDS = {
    Subject.DEALS: Text("Fields of deals"),
    Subject.ACCOUNTS: Text("Fields of accounts"),
    Subject.CONTACTS: Text("Fields of contacts"),
}
_ROWS = {
    Subject.DEALS: Text("Lists of deals"),
    Subject.ACCOUNTS: Text("Lists of accounts"),
    Subject.CONTACTS: Text("Lists of contacts"),
}
_RULES, _KPIS = Text("Rules"), Text("KPIs")


def _about(namings: Namings, subject: Subject) -> Namings:
    return {language: naming.about(subject) for language, naming in namings.items()}


def _passport(funnel: Funnel, namings: Namings) -> Iterator[tuple[_Key, Thing]]:
    """Yield a funnel that is new or gone, as a whole: its stages stand in its passport."""
    part = Text("Funnel “{funnel}”", funnel=funnel.label)
    yield ("", ""), Thing(part=part, title=_whole(funnel), said=statements(namings, partial(_path, funnel)))


def _of_funnel(declared: Funnel, namings: Namings) -> Iterator[tuple[_Key, Thing]]:
    funnel = _renamed(declared, namings)
    part = Text("Funnel “{funnel}”", funnel=funnel.label)
    told = statements(namings, partial(_rules_of, funnel))
    yield ("", ""), Thing(part=part, title=_whole(declared), said=told)
    for case, variant in funnel.variants.items():
        of = part if case is None else _variant(funnel, case, namings)
        for stage in variant.stages.values():
            title = Text("Stage “{stage}”", stage=declared.variants[case].stages[stage.name].label)
            told = statements(namings, partial(_stage, stage, variant))
            yield (case or "", stage.name), Thing(part=of, title=title, said=told)
        across = statements(namings, partial(_across, variant))
        yield (case or "", _ACROSS), Thing(part=of, title=SPREAD, said=across)


_ACROSS = "*"
"""Stands for several stages, where the name of one stands."""


def _whole(funnel: Funnel) -> Sentence:
    return Text("“{funnel}” as a whole", funnel=funnel.label)


def _renamed(funnel: Funnel, namings: Namings) -> Funnel:
    """Return a funnel with the labels that it and its stages have in the newer version."""
    named = next(iter(namings.values())).workspace.funnels[funnel.name]
    labels = {stage.name: stage.label for variant in named.variants.values() for stage in variant.stages.values()}

    def renamed(variant: Variant) -> Variant:
        same = named.variant(variant.case).stages
        stages = {
            name: replace(stage, label=same[name].label if name in same else labels.get(name, stage.label))
            for name, stage in variant.stages.items()
        }
        return replace(variant, stages=stages)

    variants = {case: renamed(variant) for case, variant in funnel.variants.items()}
    return replace(funnel, label=named.label, variants=variants)


def _variant(funnel: Funnel, case: str, namings: Namings) -> Sentence:
    field = next((naming.field_of(funnel.variant_by or "") for naming in namings.values()), None)
    label = field.options.get(case) if field is not None else None
    return Text("Funnel “{funnel}”, variant “{case}”", funnel=funnel.label, case=label or case)


def _path(funnel: Funnel, naming: Naming) -> Iterator[Told]:
    stages = (naming.say(each.label) for each in funnel.variant(None).stages.values() if each.outcome is None)
    yield "path", Text("Stages"), " → ".join(stages)


def _rules_of(funnel: Funnel, naming: Naming) -> Iterator[Told]:
    if funnel.owner is not None:
        yield "owner", Text("Owner"), naming.role(funnel.owner)
    yield from _path(funnel, naming)
    routed = (entry for entry in naming.workspace.routing if entry.funnel == funnel.name)
    for n, entry in enumerate(routed, 1):
        yield f"routing.{n}", Text("New deals"), plain_bullet(told_routing(entry, naming))


def _stage(stage: Stage, variant: Variant, naming: Naming) -> Iterator[Told]:
    for of, line in stage_facts(stage, naming):
        yield f"fact.{of.original}", of, plain(line)
    for place, about, gate in (
        ("enter", Text("To enter it"), stage.enter),
        ("leave", Text("To go on from it"), stage.leave),
    ):
        for name, one in _parts(gate):
            yield f"{place}.{name}", about, "; ".join(map(plain_bullet, told_gate(one, naming)))
    for event in timed_in(stage, variant):
        yield f"timed.{event.name}", Text("By the clock"), plain_bullet(told_timed(event, naming))
    for move in moves_from(stage, variant):
        yield f"move.{move.name}", Text("Special moves from here"), plain_bullet(told_way(move, variant, naming))


def _parts(gate: Gate) -> Iterator[tuple[str, Gate]]:
    """Yield everything that a gate asks and does as a gate of its own."""
    for name in gate.require:
        yield f"require.{name}", Gate(name=gate.name, require=(name,))
    for check in gate.checks:
        yield f"check.{check.name}", Gate(name=gate.name, checks=(check,))
    for item in gate.checklist.values():
        yield f"item.{item.name}", Gate(name=gate.name, checklist={item.name: item})
    for n, action in enumerate(gate.actions, 1):
        yield f"do.{n}", Gate(name=gate.name, actions=(action,))


def _across(variant: Variant, naming: Naming) -> Iterator[Told]:
    for event in spread_in(variant):
        yield f"timed.{event.name}", None, plain_bullet(told_across(event, variant, naming))


def _field(field: Field, naming: Naming) -> Iterator[Told]:
    yield "type", Text("Type"), plain(told_type(field, naming))
    if origin := "; ".join(told_origin(field, naming)):
        yield "origin", Text("Comes from"), origin
    if access := "; ".join(told_access(field.visible_to, field.set_by, naming)):
        yield "access", Text("For whom"), access
    group = naming.workspace.groups.get(field.group or "")
    if group is not None:
        yield "group", Text("Group of the card"), naming.quoted(group.label)


def _rows(rows: Collection, naming: Naming) -> Iterator[Told]:
    for field in rows.fields.values():
        access = "; ".join(told_access(field.visible_to, field.set_by, naming))
        told = plain(told_type(field, naming))
        yield (
            f"column.{field.name}",
            Text("Column “{field}”", field=field.label),
            f"{told}; {access}" if access else told,
        )


def _rule(rule: Rule, naming: Naming) -> Iterator[Told]:
    for name, told in told_rule(rule, naming).items():
        yield name, None, told


def _kpi(kpi: Kpi, naming: Naming) -> Iterator[Told]:
    yield "definition", Text("Definition"), naming.say(kpi.definition)
    for of, line in kpi_facts(kpi, naming):
        yield f"fact.{of.render()}", of, plain(line)


def _of_whom(workspace: Workspace, subject: Subject, of: Field | Collection) -> Audience:
    """Return who works with a field or a collection: in the funnels that have it, if it is not hidden from them."""
    seers: Iterable[str] = of.visible_to if isinstance(of, Field) else ()
    names = frozenset(seers) if seers and OWNER not in seers else None
    if subject is not Subject.DEALS:
        return Audience(names=names)
    having = (each for each in workspace.funnels.values() if of.name in (each.fields | each.collections))
    return Audience(funnels=frozenset(each.name for each in having), names=names)


def _answering(workspace: Workspace, kpi: Kpi) -> frozenset[str]:
    """Return the roles and users who answer for a KPI, are recognised by it, or are told of it on a schedule."""
    names = {kpi.owner}
    for incentive in () if workspace.strategy is None else workspace.strategy.incentives:
        if kpi.name in (incentive.kpi, incentive.counterweight):
            names.add(incentive.role)
    for review in workspace.reviews.values():
        if kpi.name in review.kpis:
            names |= {review.owner, *review.to}
    return frozenset(names)
