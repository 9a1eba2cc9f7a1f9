"""The names of a workspace that an editor offers, as far as its files can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

from voronka.config.build_stages import stage_names
from voronka.config.build_templates import TemplateFile
from voronka.config.declarations import declare
from voronka.config.document import Document
from voronka.config.files import SCENARIOS
from voronka.config.names import NameKind
from voronka.config.node import Entry, Node
from voronka.config.report import Report
from voronka.config.scalars import label, many
from voronka.config.scenario_names import REFUSALS
from voronka.definition.fields import FieldType, Subject
from voronka.definition.people import LOCAL_ACTOR
from voronka.definition.vocabulary import BUILT_IN_FIELDS, EVENTS
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Name", "Names", "WorkspaceNames"]

_MOMENTS = frozenset({FieldType.DATE, FieldType.DATETIME})


@frozen
class Name:
    """A name, what people see for it, and a word about it: the type of a field, the role of a user.

    `values`: what a field of this name may be set to, where that is a matter of names; a `computed` one is never set.
    """

    name: str
    label: Label
    about: str = ""
    values: tuple[Name, ...] = ()
    computed: bool = False

    @classmethod
    def plain(cls, name: str) -> Name:
        """Return a name of which nothing is said."""
        return cls(name=name, label=Label.plain(name))

    def described(self, language: str) -> str:
        """Return the label and what is said about the name."""
        text = self.label.render(language)
        known = "" if text == self.name else text
        return f"{known} ({self.about})".lstrip() if self.about else known


Names = Mapping[str, Sequence[Name]]
"""The names by kind, as ``x-names`` of the schemas has it."""


class WorkspaceNames:
    """What the files of a workspace declare.

    Every file is looked at by itself: what is wrong with one hides its own names at most. `documents`: kind and
    document of each YAML file. `types`: what plugins declare, as ``channel type`` and ``source type``.
    """

    def __init__(
        self,
        documents: Iterable[tuple[str, Document]],
        templates: Mapping[str, TemplateFile],
        types: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        documents = tuple(documents)
        unheard = Report()  # `check` is where faults are told
        declared = declare((each for each in documents if each[0] != SCENARIOS), unheard)
        self._sets = {name: each.value for name, each in declared.of(NameKind.FIELD_SET).items()}
        self._funnels = {name: each.value for name, each in declared.of(NameKind.FUNNEL).items()}
        self._users = tuple(
            Name(name=name, label=label(each.value.get("name"), name), about=_text(each.value.get("role")))
            for name, each in declared.of(NameKind.USER).items()
        )
        self._imports = {name: each.value for name, each in declared.of(NameKind.IMPORT).items()}
        self._everywhere: dict[str, Sequence[Name]] = {
            **{kind: [Name.plain(name) for name in types.get(kind, ())] for kind in ("channel type", "source type")},
            "assumption": [
                _labelled(each.key.text, each.value) for each in _strategy(documents, "case", "assumptions")
            ],
            "column": list(_once(self._columns())),
            "depth": [
                Name(name=each.key.text, label=label(each.value, each.key.text))
                for each in _strategy(documents, "scope", "depths")
            ],
            "goal": list(_once(_goals(documents))),
            "calendar": [Name.plain(name) for name in declared.of(NameKind.CALENDAR)],
            "channel": [Name.plain("notice"), *_channels(documents)],
            "event": [Name.plain(f"event {name}") for name in EVENTS],
            "kind of event": [Name.plain(name) for name in EVENTS],
            "stage of a funnel": [
                replace(stage, name=f"{name}.{stage.name}")
                for name, root in self._funnels.items()
                for stage in _stages(root)
            ],
            "pack": [_labelled(name, each.value) for name, each in declared.of(NameKind.PACK).items()],
            "field set": [_labelled(name, root) for name, root in self._sets.items()],
            "funnel": [_labelled(name, root) for name, root in self._funnels.items()],
            "kpi": [_labelled(name, each.value) for name, each in declared.of(NameKind.KPI).items()],
            "review": [_labelled(name, each.value) for name, each in declared.of(NameKind.REVIEW).items()],
            "segment": [_labelled(name, each.value) for name, each in declared.of(NameKind.SEGMENT).items()],
            "term": [_labelled(name, each.value) for name, each in declared.of(NameKind.TERM).items()],
            "role": [_labelled(name, each.value) for name, each in declared.of(NameKind.ROLE).items()],
            "source": [_labelled(name, each.value) for name, each in declared.of(NameKind.SOURCE).items()],
            "team": [_labelled(name, each.value) for name, each in declared.of(NameKind.TEAM).items()],
            "template": list(_templates(templates)),
            "user": self._users,
            "actor": [*self._users, Name.plain(LOCAL_ACTOR)],
            "any field to set": self._to_set(self._fields(Subject.DEALS)),
        }

    @property
    def funnels(self) -> frozenset[str]:
        """The names of the funnels."""
        return frozenset(self._funnels)

    def within(self, funnel: str | None) -> Names:
        """Return the names to offer in a file about `funnel`, or in one that may be about any (None)."""
        if funnel is not None:
            return {**self._everywhere, **self._of(self._funnels[funnel])}
        found: dict[str, dict[str, Name]] = {kind: {} for kind in self._of(None)}
        for name, root in self._funnels.items():
            for kind, every in self._of(root).items():
                for each in every:
                    found[kind].setdefault(each.name, replace(each, about=each.about or name))
        if not self._funnels:
            found |= {kind: {each.name: each for each in every} for kind, every in self._of(None).items()}
        return {**self._everywhere, **{kind: tuple(names.values()) for kind, names in found.items()}}

    def _of(self, root: Node | None) -> Names:
        """Return the names that belong to a funnel; None: to one of which nothing is written yet."""
        parts = list(_parts(root)) if root is not None else []
        fields = self._fields(Subject.DEALS, root.get("fields") if root is not None else None)
        by = root.at("variants", "by") if root is not None else None
        own = _text(root.get("funnel")) if root is not None else ""
        imports = {
            name: each
            for name, each in self._imports.items()
            if (funnel := each.at("into", "funnel")) is None or _text(funnel) == own
        }
        selecting = fields.get(by.text) if by is not None else None
        to_set = self._to_set(fields)
        return {
            "case": selecting.values if selecting is not None else (),
            "gate": list(_once((*_gates(root, parts, imports), *_settings(to_set)))),
            "import": [_labelled(name, each) for name, each in imports.items()],
            "import column": list(_once(_import_columns(imports.values()))),
            "checklist item": list(_once(_checklist(parts))),
            "choice field": [each for each in fields.values() if each.about == FieldType.CHOICE],
            "collection": list(self._collections(root)),
            "date": list(_once((*_moments(fields.values()), *self._row_moments(root)))),
            "field": [*fields.values(), *self._party_fields()],
            "field to set": to_set,
            "stage": list(_stages(root)),
            "timed event": list(_once(Name.plain(name) for part in parts for name in _timed(part))),
            "transition": list(_once(Name.plain(name) for part in parts for name in _keys(part.get("transitions")))),
        }

    def _fields(self, subject: Subject, named: Node | None = None) -> dict[str, Name]:
        """Return the fields of a subject that are built in or declared in the sets `named`, by default in all."""
        built_in = {
            name: Name(name=name, label=each.label, about=each.type.value, values=self._values(each.type, each.options))
            for name, each in BUILT_IN_FIELDS[subject].items()
        }
        declared = {
            entry.key.text: self._field(entry)
            for one in self._named(named)
            for entry in _entries(one.get("fields"))
            if _text(entry.value.get("of"), Subject.DEALS) == subject
        }
        return built_in | declared

    def _named(self, sets: Node | None) -> list[Node]:
        """Return the field sets that are named; all if `sets` is None."""
        if sets is None:
            return list(self._sets.values())
        return [self._sets[node.text] for node in many(sets) if node.text in self._sets]

    def _collections(self, funnel: Node | None) -> Iterator[Name]:
        for one in self._named(funnel.get("fields") if funnel is not None else None):
            for entry in _entries(one.get("collections")):
                if _text(entry.value.get("of"), Subject.DEALS) == Subject.DEALS:
                    yield _labelled(entry.key.text, entry.value)
        for one in self._sets.values():
            for entry in _entries(one.get("collections")):
                if _text(entry.value.get("of")) == Subject.ACCOUNTS:
                    yield _labelled(f"account.{entry.key.text}", entry.value)

    def _row_moments(self, funnel: Node | None) -> Iterator[Name]:
        """Yield the dates and moments of the rows of a deal: a timed event for `each` of them counts from one."""
        for one in self._named(funnel.get("fields") if funnel is not None else None):
            for collection in _entries(one.get("collections")):
                if _text(collection.value.get("of"), Subject.DEALS) == Subject.DEALS:
                    for each in _moments(map(self._field, _entries(collection.value.get("fields")))):
                        yield replace(each, about=collection.key.text)

    def _columns(self) -> Iterator[Name]:
        """Yield the fields of the rows of every collection."""
        for one in self._sets.values():
            for collection in _entries(one.get("collections")):
                for entry in _entries(collection.value.get("fields")):
                    yield replace(self._field(entry), about=collection.key.text)

    def _field(self, entry: Entry) -> Name:
        options = entry.value.get("options")
        labels = {each.key.text: label(each.value, each.key.text) for each in _entries(options)}
        labels |= {each.text: Label.plain(each.text) for each in (options.elements if options is not None else ())}
        kind = _text(entry.value.get("type"))
        return Name(
            name=entry.key.text,
            label=label(entry.value.get("label"), entry.key.text),
            about=kind,
            values=self._values(kind, labels),
            computed=entry.value.get("formula") is not None,
        )

    def _values(self, kind: str, options: Mapping[str, Label]) -> tuple[Name, ...]:
        if kind == FieldType.USER:
            return self._users
        return tuple(Name(name=name, label=each) for name, each in options.items())

    def _party_fields(self) -> Iterator[Name]:
        for subject in (Subject.ACCOUNTS, Subject.CONTACTS):
            for each in self._fields(subject).values():
                yield replace(each, name=f"{subject.value[:-1]}.{each.name}")

    def _to_set(self, fields: Mapping[str, Name]) -> Sequence[Name]:
        return [each for each in (*fields.values(), *self._party_fields()) if not each.computed]


def _moments(names: Iterable[Name]) -> Iterator[Name]:
    return (each for each in names if each.about in _MOMENTS)


def _labelled(name: str, node: Node) -> Name:
    return Name(name=name, label=label(node.get("label"), name))


def _once(names: Iterable[Name]) -> Iterable[Name]:
    return {each.name: each for each in names}.values()


def _keys(node: Node | None) -> tuple[str, ...]:
    return tuple(node.entries) if node is not None else ()


def _text(node: Node | None, default: str = "") -> str:
    return node.text if node is not None else default


def _entries(node: Node | None) -> Iterable[Entry]:
    return node.items() if node is not None else ()


def _parts(root: Node) -> Iterator[Node]:
    """Yield the funnel, its cases, and what these insert: each may hold stages, timed events and transitions."""
    yield root
    for entry in _entries(root.at("variants", "cases")):
        yield entry.value
        yield from many(entry.value.get("insert"))


def _stages(root: Node | None) -> Iterable[Name]:
    found: dict[str, Name] = {}
    for part in _parts(root) if root is not None else ():
        for entry in _entries(part.get("stages")):
            found.setdefault(entry.key.text, _labelled(entry.key.text, entry.value))
    for name in stage_names(None):
        found.setdefault(name, Name.plain(name))
    return found.values()


def _checklist(parts: Iterable[Node]) -> Iterator[Name]:
    for part in parts:
        for stage in _entries(part.get("stages")):
            for gate in ("enter", "leave"):
                for entry in _entries(stage.value.at(gate, "checklist")):
                    yield _labelled(entry.key.text, entry.value)


def _gates(root: Node | None, parts: Iterable[Node], imports: Iterable[str]) -> Iterator[Name]:
    """Yield the names of what may refuse a move, as refusals name it."""
    if root is None:
        return
    for part in parts:
        for stage in _entries(part.get("stages")):
            for gate in ("enter", "leave"):
                yield from _conditions(stage.value.get(gate), f"{stage.key.text}.{gate}")
        for way in _entries(part.get("transitions")):
            yield from _conditions(way.value, way.key.text)
            if way.value.get("by") is not None:
                yield Name.plain(f"{way.key.text}.by")
    yield from (Name.plain(name) for name in REFUSALS)
    yield from (Name.plain(f"import.{name}") for name in imports)


def _settings(fields: Iterable[Name]) -> Iterator[Name]:
    """Yield the names under which the setting of fields is refused."""
    yield from (replace(each, name=f"set.{each.name.rpartition('.')[2]}") for each in fields)


def _conditions(gate: Node | None, name: str) -> Iterator[Name]:
    if gate is None:
        return
    yield from (Name.plain(f"{name}.require.{each.text}") for each in many(gate.get("require")))
    if gate.get("when") is not None:
        yield Name(name=f"{name}.when", label=label(gate.get("message"), f"{name}.when"))
    for number, check in enumerate(many(gate.get("checks")), 1):
        yield Name(name=f"{name}.checks.{number}", label=label(check.get("message"), f"{name}.checks.{number}"))
    for item in _entries(gate.get("checklist")):
        yield Name(name=f"{name}.checklist.{item.key.text}", label=label(item.value.get("label"), item.key.text))


def _strategy(documents: Iterable[tuple[str, Document]], *path: str) -> Iterator[Entry]:
    """Yield what stands under a path in the files of the strategy."""
    for kind, document in documents:
        if kind == "strategy" and document.root is not None:
            yield from _entries(document.root.at(*path))


def _goals(documents: Iterable[tuple[str, Document]]) -> Iterator[Name]:
    """Yield the goals of the roadmap, each with its quarter."""
    for quarter in _strategy(documents, "roadmap", "quarters"):
        for goal in _entries(quarter.value.get("goals")):
            yield replace(_labelled(goal.key.text, goal.value), about=quarter.key.text)


def _import_columns(imports: Iterable[Node]) -> Iterator[Name]:
    """Yield the columns that imports name; those that only a condition reads are not among them."""
    for node in imports:
        for key, entry in node.entries.items():
            if key in ("case", "key", "at", "column") and entry.value.is_scalar:
                yield Name.plain(entry.value.text)
        yield from _import_columns((*(entry.value for entry in node.items()), *node.elements))


def _timed(part: Node) -> Iterator[str]:
    yield from _keys(part.get("timed"))
    for entry in _entries(part.get("stages")):
        yield from _keys(entry.value.get("timed"))
        if entry.value.get("sla") is not None:
            yield f"{entry.key.text}.sla"
    for entry in _entries(part.get("transitions")):
        if entry.value.get("after") is not None:
            yield entry.key.text


def _channels(documents: Iterable[tuple[str, Document]]) -> Iterator[Name]:
    for kind, document in documents:
        if kind == "workspace" and document.root is not None:
            yield from (Name.plain(each) for each in _keys(document.root.get("channels")))


def _templates(files: Mapping[str, TemplateFile]) -> Iterator[Name]:
    subjects: dict[str, dict[str, str]] = {}
    for path, file in files.items():
        name, *locale = PurePosixPath(path).name.removesuffix(".md").split(".")
        subjects.setdefault(name, {})[locale[0] if locale else ""] = file.subject or name
    for name, texts in subjects.items():
        yield Name(name=name, label=Label(texts))
