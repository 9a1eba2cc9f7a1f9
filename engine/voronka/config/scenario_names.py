"""What a scenario may name of its funnel, and its values as fields hold them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from voronka.calendars import TimeError, parse_datetime
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import day, many, refuse
from voronka.definition.actions import Action, TaskAction
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.funnels import Funnel, Gate, Variant
from voronka.definition.people import LOCAL_ACTOR
from voronka.definition.scenarios import PartyName, Values, Written
from voronka.definition.values import ValueFault, read_value
from voronka.definition.vocabulary import (
    BUILT_IN_COLLECTIONS,
    BUILT_IN_FIELDS,
    COMPUTED_NAMES,
    WRITABLE_COLLECTIONS,
)
from voronka.definition.workspace import Workspace
from voronka.expressions import Kind, Value
from voronka.messages import Label, Text

__all__ = ["REFUSALS", "ScenarioNames", "gate_conditions", "unescaped", "written"]

REFUSALS = ("move", "transition", "deal", "account", "contact", "changes")
"""Under which names a step is refused that nothing in the funnel refuses: there is no such move, for a person or for an
action; the deal is closed, or the record hidden from whoever acts; or they may see it, but not change it."""
_COMPUTED = {Kind.BOOL: FieldType.BOOL, Kind.INTEGER: FieldType.INTEGER, Kind.DATETIME: FieldType.DATETIME}
_PARTIES = {"account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}
_BY_NAME = frozenset({FieldType.ACCOUNT, FieldType.CONTACT})


def written(node: Node) -> Written:
    """Return where a node stands."""
    return Written(node.place.file, node.place.line, node.place.column)


def unescaped(node: Node) -> str:
    """Return the text at a node: ``==`` at its beginning stands for a text that begins with ``=``."""
    return node.text.removeprefix("=") if node.text.startswith("==") else node.text


def gate_conditions(gate: Gate) -> Iterator[str]:
    """Yield the names of everything that a gate asks for, as refusals name them."""
    yield from (f"{gate.name}.require.{name}" for name in gate.require)
    yield from (check.name for check in gate.checks)
    yield from (f"{gate.name}.checklist.{name}" for name in gate.checklist)


class ScenarioNames:
    """The names that one funnel and its workspace have, over all variants of the funnel."""

    def __init__(self, workspace: Workspace, funnel: Funnel, report: Report) -> None:
        self.workspace = workspace
        self.funnel = funnel
        self.report = report
        self.variants = tuple(funnel.variants.values())

    def refer(self, kind: NameKind, node: Node | None, known: Collection[str]) -> str | None:
        """Return the name at `node` if it is `known`; else None, and say so."""
        return refer(kind, node, known, self.report)

    def names(self, kind: NameKind, node: Node | None, known: Iterable[str]) -> tuple[str, ...]:
        """Return the known ones of the names at `node`; the others are reported."""
        names = frozenset(known)
        found = (self.refer(kind, each, names) for each in many(node))
        return tuple(name for name in found if name is not None)

    @cached_property
    def stages(self) -> frozenset[str]:
        """Every stage of any variant."""
        return frozenset(name for variant in self.variants for name in variant.stages)

    @cached_property
    def timed(self) -> frozenset[str]:
        """Every timed event of any variant."""
        return frozenset(name for variant in self.variants for name in variant.timed)

    @cached_property
    def gates(self) -> frozenset[str]:
        """The name of everything that can refuse a step."""
        imports = self.workspace.imports.values()
        found = {*REFUSALS, *(f"import.{each.name}" for each in imports if each.funnel == self.funnel.name)}
        found.update(f"import.{name}" for name in self.workspace.row_imports)
        found.update(f"set.{name.rpartition('.')[2]}" for name, field in self.settable.items() if field.formula is None)
        for name, columns in self.writable.items():
            found.update(f"{name.rpartition('.')[2]}.{column}" for column in columns)
        for variant in self.variants:
            for gate in _gates(variant):
                found.update(gate_conditions(gate))
            found.update(f"{way.name}.by" for way in variant.transitions.values() if way.by)
        return frozenset(found)

    def actor(self, node: Node) -> str | None:
        """Return who takes the step at `node` by its key `as`; None: the owner."""
        return self.refer(NameKind.USER, node.get("as"), {*self.workspace.people, LOCAL_ACTOR})

    def item(self, node: Node) -> str | None:
        """Return the name of the gate of a checklist item, given by that name or by its own if it is unique."""
        items = {name for name in self.gates if ".checklist." in name}
        whole = [name for name in items if node.text in (name, name.rpartition(".")[2])]
        if len(whole) == 1:
            return whole[0]
        if whole:
            self.report.error(
                "V3120",
                node.place,
                Text("Several checklists have an item “{item}”.", item=node.text),
                Text("Write one of: {names}.", names=", ".join(sorted(whole))),
            )
            return None
        return self.refer(NameKind.ITEM, node, {*items, *(name.rpartition(".")[2] for name in items)})

    @cached_property
    def titles(self) -> frozenset[str]:
        """The titles of all tasks that the funnel and the rules open, in every language."""
        by_rules = (action for rule in self.workspace.rules.values() for action in rule.actions)
        return frozenset(
            text
            for action in (*by_rules, *(each for variant in self.variants for each in _actions(variant)))
            if isinstance(action, TaskAction)
            for text in action.title.texts.values()
        )

    @cached_property
    def settable(self) -> Mapping[str, Field]:
        """The fields that a scenario may set: the deal's, and dotted those of its account and contact."""
        declared = self.workspace.fields
        own = declared.get(Subject.DEALS, {})
        deal = {
            **BUILT_IN_FIELDS[Subject.DEALS],
            **{name: field for name, field in own.items() if name in self.funnel.fields},
        }
        parties = {
            f"{party}.{name}": field
            for party, subject in _PARTIES.items()
            for name, field in {**BUILT_IN_FIELDS[subject], **declared.get(subject, {})}.items()
        }
        return {**deal, **parties}

    @cached_property
    def told(self) -> Mapping[str, Field]:
        """The fields whose values a scenario may expect: computed ones too."""
        computed = {
            name: Field(
                name=name,
                type=_COMPUTED.get(known.type.kind, FieldType.TEXT),
                label=Label.plain(name),
                of=Subject.DEALS,
            )
            for name, known in COMPUTED_NAMES[Subject.DEALS].items()
            if name not in ("id", "number", "stage", "funnel")
        }
        return {**computed, **self.settable}

    def party_fields(self, party: str) -> Mapping[str, Field]:
        """Return the fields of an account or a contact."""
        subject = _PARTIES[party]
        return {**BUILT_IN_FIELDS[subject], **self.workspace.fields.get(subject, {})}

    @cached_property
    def writable(self) -> Mapping[str, Mapping[str, Field]]:
        """The fields of the collections whose rows can be put, by collection."""
        return self._collections(WRITABLE_COLLECTIONS)

    @cached_property
    def collections(self) -> Mapping[str, Mapping[str, Field]]:
        """The fields of every collection that the deal has, by collection."""
        return self._collections(BUILT_IN_COLLECTIONS)

    def _collections(self, built_in: Iterable[str]) -> dict[str, Mapping[str, Field]]:
        declared = self.workspace.collections
        own = {name: each for name, each in declared.get(Subject.DEALS, {}).items() if name in self.funnel.collections}
        parties = {
            f"{party}.{name}": each.fields
            for party, subject in _PARTIES.items()
            for name, each in declared.get(subject, {}).items()
        }
        return {
            **{name: BUILT_IN_COLLECTIONS[name].fields for name in built_in},
            **{name: each.fields for name, each in own.items()},
            **parties,
        }

    def moment(self, node: Node | None) -> int | None:
        """Return the moment at `node` in UTC microseconds."""
        if node is None:
            return None
        try:
            return parse_datetime(node.text, self.workspace.timezone)
        except TimeError as fault:
            refuse(node, fault, self.report)
            return None

    def date(self, node: Node | None) -> str | None:
        """Return the date at `node` as ISO 8601."""
        found = None if node is None else day(node, self.report)
        return None if found is None else found.isoformat()

    def values(
        self, node: Node | None, fields: Mapping[str, Field], *, kind: NameKind = NameKind.FIELD, computed: bool = False
    ) -> Values:
        """Return the values at `node` by field. `computed`: they are expected, so that a formula may stand there."""
        found: dict[str, Value | PartyName | None] = {}
        for entry in node.items() if node is not None else ():
            name = self.refer(kind, entry.key, fields)
            if name is None:
                continue
            field = fields[name]
            if field.formula is not None and not computed:
                self.report.error(
                    "V3403",
                    entry.key.place,
                    Text("The field {field} is computed by its formula and cannot be set.", field=name),
                    Text("Set the fields that its formula reads."),
                )
                continue
            found[name] = self.value(field, entry.value)
        return found

    def value(self, field: Field, node: Node) -> Value | PartyName | None:
        """Return the value at `node` as `field` holds it; accounts and contacts under their names, None for null."""
        if node.is_null or node.is_empty:
            return None
        text = unescaped(node)
        if node.is_sequence and field.type is not FieldType.CHOICES:
            self.report.error(
                "V2003",
                node.place,
                Text("{field} holds one value, not a list.", field=field.name),
                Text("Write the value without brackets."),
            )
            return None
        if field.type is FieldType.USER:
            return self.refer(NameKind.USER, node, self.workspace.people)
        if field.type in _BY_NAME:
            return PartyName(field.type.value, text.strip())
        if field.type is FieldType.BOOL and text not in {"true", "false"}:
            self.report.error(
                "V2009",
                node.place,
                Text("`{text}` is neither `true` nor `false`.", text=text),
                Text("Write `true` or `false`."),
            )
            return None
        if node.is_sequence:
            text = ", ".join(each.text for each in node.elements)
        try:
            return read_value(_stored(field), text, currency=self.workspace.currency, timezone=self.workspace.timezone)
        except ValueFault as fault:
            refuse(node, fault, self.report)
            return None


def _stored(field: Field) -> Field:
    """Return a field without its formula: what is expected of a computed one is read like any other value."""
    if field.formula is None:
        return field
    return Field(name=field.name, type=field.type, label=field.label, of=field.of, options=field.options)


def _gates(variant: Variant) -> Iterator[Gate]:
    for stage in variant.stages.values():
        yield from (stage.enter, stage.leave)
    for way in variant.transitions.values():
        yield way.gate


def _actions(variant: Variant) -> Iterator[Action]:
    for gate in _gates(variant):
        yield from gate.actions
    for event in variant.timed.values():
        yield from event.actions
