"""What uses each field, and what sees to it that it is filled in: fields follow from decisions.

A field that is collected and used nowhere costs whoever fills it in; one that is used and collected nowhere leaves a
decision without its ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields as parts_of
from dataclasses import is_dataclass
from enum import StrEnum
from typing import NamedTuple

from voronka.definition.actions import AssignAction, MoveAction, OpenDealAction, PersonalValue, SetAction
from voronka.definition.fields import Field, Subject
from voronka.definition.funnels import Gate, Variant
from voronka.definition.kpis.kpi import Counted, Kpi
from voronka.definition.rules import Trigger, TriggerKind
from voronka.definition.sources import KNOWN_AT, STALE
from voronka.definition.timed import Anchor, AnchorKind
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression
from voronka.expressions.ir import names_in

__all__ = ["FieldKey", "Use", "UseKind", "collected", "missing", "names_read", "orphans", "uses"]

FieldKey = tuple[Subject, str]
"""Whose field, and its name."""

_HEADS = {"account": Subject.ACCOUNTS, "contact": Subject.CONTACTS, "deal": Subject.DEALS}
_COUNTED = {Counted.ACCOUNTS: Subject.ACCOUNTS, Counted.CONTACTS: Subject.CONTACTS}


class UseKind(StrEnum):
    """By what a field is used."""

    GATE = "gate"
    TIMED = "timed event"
    TRANSITION = "transition"
    VARIANT = "variants"
    ROUTING = "routing"
    RULE = "rule"
    SCORECARD = "scorecard"
    TABLE = "table"
    MATRIX = "matrix"
    WORK = "work"
    KPI = "kpi"
    SEGMENT = "segment"
    TEMPLATE = "template"
    FORMULA = "formula"
    IMPORT = "import"
    CHANNEL = "channel"


class Use(NamedTuple):
    """One use. `name`: of what uses it, as it is declared: ``react.needs.leave``, ``silent_client``."""

    kind: UseKind
    name: str


def uses(workspace: Workspace) -> Mapping[FieldKey, tuple[Use, ...]]:
    """Return by what each declared field is used, in the order of the configuration; none for one that nothing uses."""
    found: dict[FieldKey, dict[Use, None]] = {
        (subject, name): {}
        for subject, declared in workspace.fields.items()
        for name in declared
        if name not in BUILT_IN_FIELDS[subject]
    }
    for use, subject, names in _read(workspace):
        for name in dict.fromkeys(names):
            key = _key(subject, name)
            if key in found:
                found[key][use] = None
    return {key: tuple(each) for key, each in found.items()}


def orphans(workspace: Workspace, used_by: Mapping[FieldKey, tuple[Use, ...]]) -> Iterator[FieldKey]:
    """Yield the fields that somebody has to fill in and nothing uses. `used_by`: what `uses` gives.

    What the process sets costs nobody anything, unless a script asks for it, too, or `set_by` says who fills it in.
    """
    own = {_key(Subject.DEALS, name) for name in _set_by_process(workspace)}
    own -= {_key(Subject.DEALS, name) for name in _asked_in_scripts(workspace)}
    for key, used in used_by.items():
        field = workspace.fields[key[0]][key[1]]
        if not used and field.formula is None and (key not in own or field.set_by):
            yield key


def missing(workspace: Workspace, used_by: Mapping[FieldKey, tuple[Use, ...]]) -> Iterator[FieldKey]:
    """Yield the fields that are used and that nobody is asked for. `used_by`: what `uses` gives."""
    asked = collected(workspace)
    for key, used in used_by.items():
        field = workspace.fields[key[0]][key[1]]
        if used and field.formula is None and key not in asked:
            yield key


def collected(workspace: Workspace) -> frozenset[FieldKey]:
    """Return the fields that a gate asks for, a scorecard or a script has a question for, an action or an import sets,
    or that say themselves where they come from (`sources`) or who fills them in (`set_by`).
    """
    found: set[FieldKey] = {
        (subject, name)
        for subject, declared in workspace.fields.items()
        for name, field in declared.items()
        if field.sources or field.set_by
    }
    names = _set_by_process(workspace) | _asked_in_scripts(workspace)
    for funnel in workspace.funnels.values():
        for variant in funnel.variants.values():
            for gate in variant.gates:
                names |= {*gate.require, *(name for check in gate.checks for name in names_read(check.when))}
    for card in workspace.scorecards.values():
        if any(factor.ask is not None for factor in card.factors.values()):
            names |= set(names_read(card.total))
    return frozenset(found | {_key(Subject.DEALS, name) for name in names}).union(_imported(workspace))


def _imported(workspace: Workspace) -> Iterator[FieldKey]:
    for mapping in workspace.imports.values():
        for name in (*mapping.deal, *(name for event in mapping.events for name in event.set)):
            yield Subject.DEALS, name
    for rows in workspace.row_imports.values():
        if rows.collection is None:
            yield from ((rows.subject, name) for name in rows.values)


def _asked_in_scripts(workspace: Workspace) -> set[str]:
    scripts = workspace.playbooks.scripts.values()
    return {question.fills for script in scripts for question in script.questions.values()}


def _set_by_process(workspace: Workspace) -> set[str]:
    """Return what actions, rules and transitions set."""
    names: set[str] = set()
    for funnel in workspace.funnels.values():
        for variant in funnel.variants.values():
            for transition in variant.transitions.values():
                names |= transition.set.keys()
            names |= _set_by(variant.actions)
    for rule in workspace.rules.values():
        names |= _set_by(rule.done)
    return names


def _set_by(actions: Iterable[object]) -> set[str]:
    found: set[str] = set()
    for action in actions:
        if isinstance(action, SetAction):
            found |= action.values.keys()
        elif isinstance(action, (MoveAction, OpenDealAction)):
            found |= action.set.keys()
    return found


def _key(subject: Subject, name: str) -> FieldKey:
    """Return whose field a name means in an expression about `subject`; what is asked about a field means the field."""
    head, dot, rest = name.partition(".")
    if dot and rest in (KNOWN_AT, STALE):
        return subject, head
    if dot and head in _HEADS:
        return _HEADS[head], rest.partition(".")[0]
    return subject, name


def _read(workspace: Workspace) -> Iterator[tuple[Use, Subject, Iterable[str]]]:
    """Yield what uses fields, with the names that it reads and the subject of which they are written."""
    yield from _of_funnels(workspace)
    yield from _of_decisions(workspace)
    for kpi in workspace.kpis.values():
        yield Use(UseKind.KPI, kpi.name), _COUNTED.get(kpi.of, Subject.DEALS), names_read(kpi)
    for segment in workspace.segments.values():
        yield Use(UseKind.SEGMENT, segment.name), segment.of, names_read(segment.where)
    yield from _of_messages(workspace)
    for mapping in workspace.row_imports.values():
        yield Use(UseKind.IMPORT, mapping.name), mapping.subject, [key.field for key in mapping.match]
    for subject, declared in workspace.fields.items():
        for name, field in declared.items():
            if field.formula is not None:
                yield Use(UseKind.FORMULA, name), subject, names_read(field.formula)


def _of_funnels(workspace: Workspace) -> Iterator[tuple[Use, Subject, Iterable[str]]]:
    for funnel in workspace.funnels.values():
        if funnel.variant_by is not None:
            yield Use(UseKind.VARIANT, funnel.name), Subject.DEALS, (funnel.variant_by,)
        for variant in funnel.variants.values():
            for kind, name, part in _parts(variant):
                yield Use(kind, f"{funnel.name}.{name}"), Subject.DEALS, names_read(part)
    for entry in workspace.routing:
        yield Use(UseKind.ROUTING, str(entry.number)), Subject.DEALS, names_read(entry)


def _of_decisions(workspace: Workspace) -> Iterator[tuple[Use, Subject, Iterable[str]]]:
    for rule in workspace.rules.values():
        yield Use(UseKind.RULE, rule.name), Subject.DEALS, names_read(rule)
    for card in workspace.scorecards.values():
        yield Use(UseKind.SCORECARD, card.name), Subject.DEALS, names_read(card.total)
    for table in workspace.tables.values():
        yield Use(UseKind.TABLE, table.name), Subject.DEALS, [each.text for each in table.inputs]
    for matrix in workspace.matrices.values():
        yield Use(UseKind.MATRIX, matrix.name), Subject.DEALS, matrix.reads
    for work in workspace.work.values():
        yield Use(UseKind.WORK, work.name), Subject.DEALS, names_read(work)


def _of_messages(workspace: Workspace) -> Iterator[tuple[Use, Subject, Iterable[str]]]:
    for template in workspace.templates.values():
        for text in template.texts.values():
            yield Use(UseKind.TEMPLATE, template.name), Subject.DEALS, text.names
    for channel in workspace.channels.values():
        if channel.address is not None:
            yield Use(UseKind.CHANNEL, channel.name), Subject.CONTACTS, (channel.address,)


def _parts(variant: Variant) -> Iterator[tuple[UseKind, str, object]]:
    for gate in variant.gates:
        yield UseKind.GATE, gate.name, gate
    for transition in variant.transitions.values():
        yield UseKind.TRANSITION, transition.name, transition
    for event in variant.timed.values():
        yield UseKind.TIMED, event.name, event


def names_read(part: object) -> Iterator[str]:
    """Yield the names that a part of a definition reads, in whatever of it they stand."""
    if isinstance(part, Expression):
        yield from names_in(part.node)
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from names_read(each)
    elif isinstance(part, tuple):
        for each in part:
            yield from names_read(each)
    elif is_dataclass(part) and not isinstance(part, (type, Field)):
        yield from _own(part)
        for one in parts_of(part):
            yield from names_read(getattr(part, one.name))


def _own(part: object) -> Iterable[str]:
    """Return the names that stand in a part itself, not in an expression of it."""
    match part:
        case Gate():
            return part.require
        case Anchor(kind=AnchorKind.FIELD) | Trigger(kind=TriggerKind.FIELD) | PersonalValue():
            return (part.name,)
        case AssignAction():
            return (part.field or "",)
        case OpenDealAction():
            return part.copy
        case Kpi():
            return part.by
    return ()
