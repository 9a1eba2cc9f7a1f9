"""What is declared where, and "did you mean" for what is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum

from voronka.config.alphabets import foreign
from voronka.config.finding import Place
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.expressions import suggest
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Declaration", "Declared", "NameKind", "meant_by", "not_used", "refer", "twice"]


class NameKind(StrEnum):
    """What a name can be the name of."""

    ARTICLE = "article"
    ASSUMPTION = "assumption"
    AXIS = "axis"
    CALENDAR = "calendar"
    CATALOG = "catalogue"
    CASE_FIELD = "choice field"
    CHANNEL = "channel"
    COLLECTION = "collection"
    COLUMN = "column"
    DEPTH = "depth"
    FIELD = "field"
    FIELD_SET = "field set"
    FUNNEL = "funnel"
    GATE = "gate"
    GOAL = "goal"
    IMPORT = "import"
    INTERACTION = "interaction"
    ITEM = "checklist item"
    KPI = "kpi"
    MATRIX = "matrix"
    OBJECTION = "objection"
    OPTION = "option"
    PACK = "pack"
    PARAMETER = "parameter"
    REVIEW = "review"
    ROLE = "role"
    RULE = "rule"
    SCORECARD = "scorecard"
    SCRIPT = "script"
    SEGMENT = "segment"
    SOURCE = "source"
    STAGE = "stage"
    TABLE = "table"
    TASK = "task"
    TEAM = "team"
    TEMPLATE = "template"
    TERM = "term"
    TIMED = "timed event"
    TRANSITION = "transition"
    USER = "user"
    WORK = "work"


# Whole sentences, since a translation needs more than the noun put in.
_MISSING: Mapping[NameKind, Callable[[str], Text]] = {
    NameKind.ASSUMPTION: lambda name: Text("The business case has no assumption “{name}”.", name=name),
    NameKind.AXIS: lambda name: Text("The matrix has no axis “{name}”.", name=name),
    NameKind.CALENDAR: lambda name: Text("There is no calendar “{name}”.", name=name),
    NameKind.CASE_FIELD: lambda name: Text("There is no choice field “{name}” among the deal's fields.", name=name),
    NameKind.CHANNEL: lambda name: Text("There is no channel “{name}”.", name=name),
    NameKind.COLLECTION: lambda name: Text("There is no collection “{name}” here.", name=name),
    NameKind.COLUMN: lambda name: Text("The rows have no field “{name}”.", name=name),
    NameKind.DEPTH: lambda name: Text("The scope has no depth “{name}”.", name=name),
    NameKind.FIELD: lambda name: Text("There is no field “{name}” here.", name=name),
    NameKind.FIELD_SET: lambda name: Text("There is no field set “{name}”.", name=name),
    NameKind.FUNNEL: lambda name: Text("There is no funnel “{name}”.", name=name),
    NameKind.GATE: lambda name: Text("Nothing in this funnel refuses under the name “{name}”.", name=name),
    NameKind.GOAL: lambda name: Text("The roadmap has no goal “{name}”.", name=name),
    NameKind.IMPORT: lambda name: Text("There is no import “{name}” into this funnel.", name=name),
    NameKind.INTERACTION: lambda name: Text("An interaction has no “{name}”.", name=name),
    NameKind.ITEM: lambda name: Text("No checklist of this funnel has an item “{name}”.", name=name),
    NameKind.KPI: lambda name: Text("There is no KPI “{name}”.", name=name),
    NameKind.OBJECTION: lambda name: Text("There is no objection “{name}”.", name=name),
    NameKind.OPTION: lambda name: Text("The field that selects the case has no option “{name}”.", name=name),
    NameKind.PACK: lambda name: Text("There is no pack “{name}”.", name=name),
    NameKind.PARAMETER: lambda name: Text("The profit model has no parameter “{name}”.", name=name),
    NameKind.REVIEW: lambda name: Text("There is no review “{name}”.", name=name),
    NameKind.ROLE: lambda name: Text("There is no role “{name}”.", name=name),
    NameKind.RULE: lambda name: Text("There is no rule “{name}”.", name=name),
    NameKind.SCORECARD: lambda name: Text("There is no scorecard “{name}”.", name=name),
    NameKind.SEGMENT: lambda name: Text("There is no segment “{name}”.", name=name),
    NameKind.SOURCE: lambda name: Text("There is no source of values “{name}”.", name=name),
    NameKind.STAGE: lambda name: Text("There is no stage “{name}” in this funnel.", name=name),
    NameKind.TASK: lambda name: Text("This funnel opens no task “{name}”.", name=name),
    NameKind.TEAM: lambda name: Text("There is no team “{name}”.", name=name),
    NameKind.TEMPLATE: lambda name: Text("There is no template “{name}”.", name=name),
    NameKind.TERM: lambda name: Text("The glossary has no term “{name}”.", name=name),
    NameKind.TIMED: lambda name: Text("There is no timed event “{name}” in this funnel.", name=name),
    NameKind.TRANSITION: lambda name: Text("There is no transition “{name}” in this funnel.", name=name),
    NameKind.USER: lambda name: Text("There is no user “{name}”.", name=name),
}
_REMEDY: Mapping[NameKind, Callable[[], Text]] = {
    NameKind.ASSUMPTION: lambda: Text("Declare it under “assumptions” of the case, or correct the name."),
    NameKind.AXIS: lambda: Text("Declare it under “axes” of the matrix, or correct the name."),
    NameKind.CALENDAR: lambda: Text("Declare it in a file of configs/calendars, or correct the name."),
    NameKind.CASE_FIELD: lambda: Text("Declare it with “type: choice” in one of the funnel's field sets."),
    NameKind.CHANNEL: lambda: Text("Declare it under “channels” in voronka.yaml, or correct the name."),
    NameKind.COLLECTION: lambda: Text("Declare it in one of the funnel's field sets, or correct the name."),
    NameKind.COLUMN: lambda: Text("Declare it under “fields” of the collection, or correct the name."),
    NameKind.DEPTH: lambda: Text("Declare it under “depths” of the scope, or correct the name."),
    NameKind.FIELD: lambda: Text("Declare it in one of the funnel's field sets, or correct the name."),
    NameKind.FIELD_SET: lambda: Text("Declare it in a file of configs/fields, or correct the name."),
    NameKind.FUNNEL: lambda: Text("Declare it in a file of configs/funnels, or correct the name."),
    NameKind.GATE: lambda: Text(
        "Write STAGE.enter.when, STAGE.enter.require.FIELD, STAGE.leave.checklist.ITEM or TRANSITION.require.FIELD."
    ),
    NameKind.GOAL: lambda: Text("Declare it under “goals” of a quarter of the roadmap, or correct the name."),
    NameKind.IMPORT: lambda: Text("Write configs/imports/NAME.yaml, or correct the name."),
    NameKind.INTERACTION: lambda: Text(
        "Use one of {known}.", known=", ".join(BUILT_IN_COLLECTIONS["interactions"].fields)
    ),
    NameKind.ITEM: lambda: Text("Declare it under “checklist” of a gate, or correct the name."),
    NameKind.KPI: lambda: Text("Declare it under “kpis” in a file of configs/kpis, or correct the name."),
    NameKind.OBJECTION: lambda: Text(
        "Declare it under “objections” in a file of configs/playbooks, or correct the name."
    ),
    NameKind.OPTION: lambda: Text("Declare it under “options” of that field, or correct the name."),
    NameKind.PACK: lambda: Text("Declare it in a file of configs/packs, or correct the name."),
    NameKind.PARAMETER: lambda: Text("Declare it under “parameters”, or correct the name."),
    NameKind.REVIEW: lambda: Text("Declare it under “reviews” in a file of configs/kpis, or correct the name."),
    NameKind.ROLE: lambda: Text("Declare it under “roles” in a file of configs/people, or correct the name."),
    NameKind.RULE: lambda: Text("Declare it under “rules” in a file of configs/rules, or correct the name."),
    NameKind.SCORECARD: lambda: Text("Declare it under “scorecards” in a file of configs/rules, or correct the name."),
    NameKind.SEGMENT: lambda: Text("Declare it in a file of configs/segments, or correct the name."),
    NameKind.SOURCE: lambda: Text("Declare it under “sources” in a file of configs/fields, or correct the name."),
    NameKind.STAGE: lambda: Text("Declare it under “stages” of this funnel, or correct the name."),
    NameKind.TASK: lambda: Text("Write the title as the action has it, in one of its languages."),
    NameKind.TEAM: lambda: Text("Declare it under “teams” in a file of configs/people, or correct the name."),
    NameKind.TEMPLATE: lambda: Text("Write configs/templates/NAME.LOCALE.md, or correct the name."),
    NameKind.TERM: lambda: Text("Declare it under “terms” in a file of configs/kpis, or correct the name."),
    NameKind.TIMED: lambda: Text("Declare it under “timed”, or correct the name."),
    NameKind.TRANSITION: lambda: Text("Declare it under “transitions”, or correct the name."),
    NameKind.USER: lambda: Text("Declare the person under “people” in a file of configs/people, or correct the name."),
}
_CODES: Mapping[NameKind, str] = {
    NameKind.CALENDAR: "V3101",
    NameKind.CASE_FIELD: "V3102",
    NameKind.CHANNEL: "V3103",
    NameKind.COLUMN: "V3104",
    NameKind.FIELD: "V3105",
    NameKind.FIELD_SET: "V3106",
    NameKind.FUNNEL: "V3107",
    NameKind.INTERACTION: "V3108",
    NameKind.ROLE: "V3109",
    NameKind.STAGE: "V3110",
    NameKind.TEMPLATE: "V3111",
    NameKind.TIMED: "V3112",
    NameKind.TRANSITION: "V3113",
    NameKind.USER: "V3114",
    NameKind.OPTION: "V3118",
    NameKind.COLLECTION: "V3119",
    NameKind.IMPORT: "V3134",
    NameKind.ITEM: "V3120",
    NameKind.GATE: "V3121",
    NameKind.TASK: "V3123",
    NameKind.TEAM: "V3135",
    NameKind.SCORECARD: "V3138",
    NameKind.SEGMENT: "V3156",
    NameKind.AXIS: "V3139",
    NameKind.KPI: "V3140",
    NameKind.TERM: "V3141",
    NameKind.REVIEW: "V3142",
    NameKind.PARAMETER: "V3143",
    NameKind.PACK: "V3144",
    NameKind.SOURCE: "V3146",
    NameKind.OBJECTION: "V3148",
    NameKind.GOAL: "V3151",
    NameKind.ASSUMPTION: "V3152",
    NameKind.DEPTH: "V3153",
}

_TAKEN_FOR: Mapping[NameKind, Mapping[NameKind, Callable[[str], tuple[Text, Text]]]] = {
    NameKind.ROLE: {
        NameKind.USER: lambda name: (
            Text("“{name}” is a person; a role stands here.", name=name),
            Text("Write the role that the person holds."),
        )
    },
    NameKind.USER: {
        NameKind.ROLE: lambda name: (
            Text("“{name}” is a role; a person stands here.", name=name),
            Text("Write the name under which the person stands in “people”."),
        )
    },
}


def refer(kind: NameKind, node: Node | None, known: Collection[str], report: Report) -> str | None:
    """Return the name at `node` if it is `known`; else None, and say so. An absent node says nothing."""
    if node is None or not node.is_scalar or node.is_empty:
        return None
    if node.text in (names := frozenset(known)):
        return node.text
    if kind is NameKind.STAGE and node.text in report.removed:
        report.error(
            _CODES[kind],
            node.place,
            Text("the stage “{name}” is removed.", name=node.text),
            Text("Name another stage in the case, or do not remove this one."),
        )
        return None
    meant = meant_by(kind, node.text, names, report)
    if report.doubtful(kind, node.place.file, node.text, meant):
        return None
    reason, remedy = _MISSING[kind](node.text), _REMEDY[kind]()
    if kind is NameKind.FIELD and (field_set := report.set_of(node.text)) is not None:
        meant, remedy = None, not_used(field_set)
    elif kind is NameKind.STAGE and meant is None and names:
        shown = ", ".join(sorted(names) if isinstance(known, AbstractSet) else known)
        remedy = Text("Write one of {names}, or declare it under “stages” of this funnel.", names=shown)
    elif meant is not None and (strange := foreign(node.text)) is not None:
        reason = strange[1]
    for other, said in _TAKEN_FOR.get(kind, {}).items():
        name = node.text if report.declares(other, node.text) else report.labelled(other, node.text)
        if name is not None:
            reason, remedy = said(node.text)
            meant = report.role_of(name) if kind is NameKind.ROLE else None
    report.error(_CODES[kind], node.place, reason, remedy, suggestion=meant)
    return None


def not_used(field_set: str) -> Text:
    """Return what to do where a field is named whose set the funnel does not use."""
    return Text("It stands in the set {set}: add {set} to “fields” of the funnel.", set=field_set)


def meant_by(kind: NameKind, written: str, known: Collection[str], report: Report) -> str | None:
    """Return which of the `known` names was most likely meant: that of which the label is written, or a near one."""
    names = sorted(known)
    return report.labelled(kind, written, names) or suggest(written, names)


@frozen(kw_only=False)
class Declaration:
    """A name as a file declares it: the node of the name and that of what it means."""

    name: Node
    value: Node


class Declared:
    """Every name that the files declare, by kind."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._names: dict[NameKind, dict[str, Declaration]] = {kind: {} for kind in NameKind}
        self._twice: set[tuple[NameKind, str]] = set()

    def of(self, kind: NameKind) -> Mapping[str, Declaration]:
        """Return the declarations of a kind by name."""
        return self._names[kind]

    def add(self, kind: NameKind, name: Node, value: Node) -> None:
        """Declare a name. One declared before stays what it was, and the second is reported."""
        before = self._names[kind].setdefault(name.text, Declaration(name, value))
        if before.name is not name:
            self._twice.add((kind, name.text))
            twice(name.text, name.place, before.name.place, self._report)

    def replace(self, kind: NameKind, name: Node, value: Node) -> None:
        """Let a declared name mean `value` instead."""
        self._names[kind][name.text] = Declaration(name, value)

    def in_set(self, field: str, field_set: str) -> None:
        """Keep in mind in which set a field of deals stands."""
        self._report.in_set(field, field_set)

    def unclear(self, kind: NameKind, name: str) -> bool:
        """Whether the name was declared several times, so that what it means cannot be told."""
        return (kind, name) in self._twice


def twice(name: str, place: Place, before: Place, report: Report) -> None:
    """Report that `name`, declared at `place`, was declared `before`."""
    report.error(
        "V3201",
        place,
        Text("“{name}” is declared twice.", name=name),
        Text("Give one of them another name, or remove it."),
        related=before,
    )
