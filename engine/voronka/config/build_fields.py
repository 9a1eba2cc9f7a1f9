"""Field sets: the fields and collections of deals, accounts and contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from voronka.calendars import Duration
from voronka.config.finding import Place
from voronka.config.names import Declared, NameKind, meant_by, refer, twice
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import duration, fraction, label, many, one_of, options_of, refuse, true
from voronka.definition.fields import (
    PROCESSED_AT,
    WRITTEN_AT,
    Bound,
    Collection,
    Field,
    FieldGroup,
    FieldSet,
    FieldType,
    Subject,
)
from voronka.definition.people import OWNER
from voronka.definition.sources import DataClass, DataSource, Merge
from voronka.definition.values import ValueFault, read_value
from voronka.definition.vocabulary import (
    BUILT_IN_COLLECTIONS,
    BUILT_IN_FIELDS,
    BUILT_IN_NAMES,
    REFINED_COLLECTIONS,
    REFINED_FIELDS,
)
from voronka.definition.workspace import Currency
from voronka.expressions import Expression, suggest
from voronka.messages import Text

__all__ = ["DeclaredFields", "build_data_sources", "build_fields", "build_groups"]

_SAID_OF_BUILT_IN = frozenset({"of", "label", "help", "visible_to", "set_by"})
_BOUNDED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})
_ADDED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY})
_ORDERED = _BOUNDED | {FieldType.DATE, FieldType.DATETIME}
_WITH_OPTIONS = frozenset({FieldType.CHOICE, FieldType.CHOICES})


@dataclass(slots=True)
class DeclaredFields:
    """The fields and collections of all sets, formulas not yet compiled.

    `nodes`: where each field is written, by subject and name. `broken`: declared, but nothing could be built of it.
    """

    sets: dict[str, FieldSet] = field(default_factory=dict)
    fields: dict[Subject, dict[str, Field]] = field(default_factory=lambda: {each: {} for each in Subject})
    collections: dict[Subject, dict[str, Collection]] = field(default_factory=lambda: {each: {} for each in Subject})
    nodes: dict[tuple[Subject, str], Node] = field(default_factory=dict)
    formulas: dict[tuple[Subject, str], Node] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def with_formulas(self, compile_formula: Callable[[Subject, Field, Node], Expression | None]) -> None:
        """Put the compiled formulas into the fields."""
        for (subject, name), node in self.formulas.items():
            before = self.fields[subject][name]
            formula = compile_formula(subject, before, node)
            if formula is None:
                self.broken.add(_reached(subject, name))
                continue
            after = replace(before, formula=formula)
            self.fields[subject][name] = after
            self.sets = {
                each: replace(one, fields={**one.fields, name: after}) if one.fields.get(name) is before else one
                for each, one in self.sets.items()
            }


def build_fields(declared: Declared, currency: Currency, report: Report) -> DeclaredFields:
    """Return what the field sets declare. A field's name is unique among the fields of its subject."""
    found = DeclaredFields()
    names: dict[tuple[Subject, str], Node] = {}
    for set_name, declaration in declared.of(NameKind.FIELD_SET).items():
        root = declaration.value
        fields: dict[str, Field] = {}
        collections: dict[str, Collection] = {}
        for key, node in _entries(root, "fields"):
            subject = one_of(Subject, node.get("of")) or Subject.DEALS
            refined = key.text in REFINED_FIELDS[subject]
            if not _free(names, subject, key, report, refined=refined):
                continue
            if refined:
                found.fields[subject][key.text] = _guarded(key, node, subject, declared, report)
                found.nodes[subject, key.text] = key
                continue
            built = _field(key.text, node, subject, currency, declared, report)
            if built is None:
                found.broken.add(_reached(subject, key.text))
                continue
            fields[key.text] = found.fields[subject][key.text] = built
            found.nodes[subject, key.text] = key
            formula = node.get("formula")
            if formula is not None:
                found.formulas[subject, key.text] = formula
        for key, node in _entries(root, "collections"):
            subject = one_of(Subject, node.get("of")) or Subject.DEALS
            built_in = BUILT_IN_COLLECTIONS[key.text] if key.text in REFINED_COLLECTIONS else None
            if not _free(names, subject, key, report, refined=built_in is not None and subject is built_in.of):
                continue
            if built_in is not None:
                collection = _refined(built_in, node, currency, declared, report)
                collections[key.text] = found.collections[subject][key.text] = collection
                continue
            collection = _collection(key.text, node, subject, currency, declared, report)
            collections[key.text] = found.collections[subject][key.text] = collection
        found.sets[set_name] = FieldSet(
            name=set_name, label=label(root.get("label"), set_name), fields=fields, collections=collections
        )
    return found


def _reached(subject: Subject, name: str) -> str:
    """Return the name as an expression about a deal writes it."""
    return name if subject is Subject.DEALS else f"{subject.value[:-1]}.{name}"


def _entries(node: Node, key: str) -> list[tuple[Node, Node]]:
    part = node.get(key)
    return [(entry.key, entry.value) for entry in part.items()] if part is not None else []


def _free(
    names: dict[tuple[Subject, str], Node], subject: Subject, key: Node, report: Report, *, refined: bool = False
) -> bool:
    """Tell whether the name may be given, reporting why not; `refined`: to say more of the built-in one."""
    if not refined and (key.text in BUILT_IN_NAMES[subject] or key.text in BUILT_IN_COLLECTIONS):
        _report_built_in(key, report)
        return False
    before = names.setdefault((subject, key.text), key)
    if before is not key:
        twice(key.text, key.place, before.place, report)
        return False
    return True


def _report_built_in(key: Node, report: Report) -> None:
    report.error(
        "V3202",
        key.place,
        Text("“{name}” is built in and cannot be declared again.", name=key.text),
        Text("Use the built-in one, or choose another name."),
    )


def _field(
    name: str, node: Node, subject: Subject, currency: Currency, declared: Declared, report: Report
) -> Field | None:
    """Return the field; None where its type or options cannot be told, which the schema has refused."""
    kind = one_of(FieldType, node.get("type"))
    if kind is None:
        return None
    options = options_of(node.get("options"))
    if kind in _WITH_OPTIONS and (not options or any(map(report.broken, _places(node.get("options"))))):
        return None
    group = node.get("group")
    help_text = node.get("help")
    field = Field(
        name=name,
        type=kind,
        label=label(node.get("label"), name),
        of=subject,
        options=options,
        pii=_personal(node.get("pii"), name, kind, report),
        group=group.text if group else None,
        help=label(help_text, name) if help_text else None,
        visible_to=_holders(node.get("visible_to"), declared, report),
        set_by=_holders(node.get("set_by"), declared, report),
        sources=_sources(node.get("sources"), declared, report),
        merge=one_of(Merge, node.get("merge")) or Merge.PRIORITY,
        ttl=_ttl(node.get("ttl"), report),
    )
    _check_merge(node.get("merge"), field, report)
    _check_set_by(node, field, report)
    least, most = (_bound(node.get(key), field, currency, report) for key in ("min", "max"))
    if least is not None and most is not None and least.value > most.value:
        report.error(
            "V3408",
            node.entries["max"].value.place,
            Text("The greatest value, {most}, is less than the least, {least}.", least=least.text, most=most.text),
            Text("Change the two over, or correct one of them."),
            related=node.entries["min"].value.place,
        )
    return replace(field, least=least, most=most)


_RECORDS = frozenset({FieldType.ACCOUNT, FieldType.CONTACT})


def _personal(written: Node | None, name: str, kind: FieldType, report: Report) -> bool:
    """Return whether a field is personal; which record a deal names is not."""
    personal = true(written)
    if written is None or not personal or kind not in _RECORDS:
        return personal
    report.error(
        "V3443",
        written.place,
        Text("“{name}” names a record, which is nothing personal: what is personal stands in that record.", name=name),
        Text("Leave “pii” out. Who may see the field is said by “visible_to”."),
    )
    return False


def _guarded(key: Node, node: Node, subject: Subject, declared: Declared, report: Report) -> Field:
    """Return a built-in field with what a set says of it: what people call it, who sees it and who sets it."""
    built_in = BUILT_IN_FIELDS[subject][key.text]
    for entry in node.items():
        same = entry.key.text == "type" and one_of(FieldType, entry.value) in {None, built_in.type}
        personal = entry.key.text == "pii" and (report.broken(entry.value.place) or true(entry.value))
        if entry.key.text not in _SAID_OF_BUILT_IN and not same and not personal:
            report.error(
                "V3442",
                entry.value.place if entry.key.text in ("type", "pii") else entry.key.place,
                Text(
                    "“{name}” of contacts is built in, personal and of the type {type}: “{key}” cannot change that.",
                    name=key.text,
                    type=built_in.type.value,
                    key=entry.key.text,
                ),
                Text(
                    "Write “type: {type}”, and of the rest only “label”, “help”, “visible_to” and “set_by”; or choose"
                    " another name for a field of your own.",
                    type=built_in.type.value,
                ),
            )
    written, help_text = node.get("label"), node.get("help")
    field = replace(
        built_in,
        label=built_in.label if written is None else label(written, key.text),
        help=label(help_text, key.text) if help_text else None,
        visible_to=_holders(node.get("visible_to"), declared, report),
        set_by=_holders(node.get("set_by"), declared, report),
    )
    _check_set_by(node, field, report)
    return field


def _check_set_by(node: Node, field: Field, report: Report) -> None:
    """Warn of a field that none of those who may set it sees; an owner may hold any role."""
    written = node.get("set_by")
    if written is None or not field.visible_to or not field.set_by:
        return
    seen = {OWNER, *field.visible_to}
    if OWNER not in field.visible_to and seen.isdisjoint(field.set_by):
        report.warning(
            "V5311",
            written.place,
            Text(
                "Nobody may set {field}: those under “set_by” do not see it, for “visible_to” names others.",
                field=field.name,
            ),
            Text(
                "Name one of {roles} under “set_by”, or one of those there under “visible_to”.",
                roles=", ".join(field.visible_to),
            ),
        )


def _ttl(node: Node | None, report: Report) -> Duration | None:
    return None if node is None or report.broken(node.place) else duration(node, report)


def _sources(node: Node | None, declared: Declared, report: Report) -> tuple[str, ...]:
    known = declared.of(NameKind.SOURCE)
    found = (refer(NameKind.SOURCE, each, known, report) for each in many(node))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _check_merge(written: Node | None, field: Field, report: Report) -> None:
    """Report a merge rule that the values of the field do not allow."""
    fitting = {Merge.SUM: _ADDED, Merge.MAX: _ORDERED}.get(field.merge)
    if written is None or fitting is None or (field.type in fitting and not field.pii):
        return
    report.error(
        "V3413",
        written.place,
        Text("“merge: {rule}” does not go with {field}.", rule=field.merge.value, field=field.name)
        if field.type in fitting
        else Text("“merge: {rule}” does not go with the type {type}.", rule=field.merge.value, type=field.type.value),
        Text("Write priority or latest."),
    )


def build_groups(declared: Declared, stages: Iterable[str], report: Report) -> dict[str, FieldGroup]:
    """Return the groups of the card by name. `stages`: of all funnels."""
    found: dict[str, FieldGroup] = {}
    places: dict[str, Node] = {}
    known = frozenset(stages)
    for declaration in declared.of(NameKind.FIELD_SET).values():
        for key, node in _entries(declaration.value, "groups"):
            before = places.setdefault(key.text, key)
            if before is not key:
                twice(key.text, key.place, before.place, report)
                continue
            start = _start(node.get("from"), known, report)
            found[key.text] = FieldGroup(name=key.text, label=label(node.get("label"), key.text), start=start)
    if not report.failed:
        _warn_of_slips(declared, found, report)
    return found


def _warn_of_slips(declared: Declared, groups: Mapping[str, FieldGroup], report: Report) -> None:
    """Warn of a deal's fields in a group called almost like a declared one; any other needs no declaration."""
    for declaration in declared.of(NameKind.FIELD_SET).values():
        for key, node in _entries(declaration.value, "fields"):
            written = node.get("group")
            if (
                written is None
                or written.text in groups
                or one_of(Subject, node.get("of")) not in {None, Subject.DEALS}
            ):
                continue
            if (meant := suggest(written.text, groups)) is not None:
                report.warning(
                    "V3432",
                    written.place,
                    Text(
                        "The group “{group}” of {field} is not declared, and “{meant}” is.",
                        group=written.text,
                        field=key.text,
                        meant=meant,
                    ),
                    Text("Correct the name, or declare the group under “groups”."),
                    suggestion=meant,
                )


def _start(node: Node | None, known: Iterable[str], report: Report) -> str | None:
    """Return the stage from which on a group is shown, reporting one that no funnel has."""
    if node is None or not node.is_scalar or node.is_empty:
        return None
    names = frozenset(known)
    if node.text not in names:
        if not report.failed:  # a funnel that is wrong may have lost the stage
            report.error(
                "V3110",
                node.place,
                Text("No funnel has a stage “{name}”.", name=node.text),
                Text("Name the stage of a funnel from which on the group is shown."),
                suggestion=meant_by(NameKind.STAGE, node.text, names, report),
            )
        return None
    return node.text


def build_data_sources(
    declared: Declared, roles: Iterable[str], people: Iterable[str], report: Report
) -> dict[str, DataSource]:
    """Return the sources of values by name."""
    found = {}
    holders = (*roles, *people)
    for name, declaration in declared.of(NameKind.SOURCE).items():
        node = declaration.value
        kind = one_of(DataClass, node.get("class"))
        confidence = node.get("confidence")
        if kind is None:
            continue
        sound = confidence is not None and confidence.text != "" and not report.broken(confidence.place)
        found[name] = DataSource(
            name=name,
            label=label(node.get("label"), name),
            data_class=kind,
            confidence=fraction(confidence, report) if sound else None,
            owner=refer(NameKind.ROLE, node.get("owner"), holders, report),
        )
    return found


def _holders(node: Node | None, declared: Declared, report: Report) -> tuple[str, ...]:
    """Return the roles listed at `node`, the word for the owner of the record among them."""
    known = (OWNER, *declared.of(NameKind.ROLE))
    found = (refer(NameKind.ROLE, each, known, report) for each in many(node))
    return tuple(name for name in found if name is not None)


def _bound(node: Node | None, field: Field, currency: Currency, report: Report) -> Bound | None:
    """Return a bound of the values of `field`, written as such a value."""
    if node is None or field.type not in _BOUNDED or node.is_empty or report.broken(node.place):
        return None
    try:
        value = read_value(field, node.text, currency=currency, timezone="UTC")
    except ValueFault as fault:
        refuse(node, fault, report)
        return None
    return Bound(value=value, text=node.text) if isinstance(value, (int, float)) else None


def _places(options: Node | None) -> list[Place]:
    if options is None:
        return []
    return [each.place for each in options.elements] or [entry.key.place for entry in options.items()]


def _collection(
    name: str, node: Node, subject: Subject, currency: Currency, declared: Declared, report: Report
) -> Collection:
    fields = {}
    for key, value in _entries(node, "fields"):
        built = _field(key.text, value, subject, currency, declared, report)
        if built is not None:
            fields[key.text] = built
    key_node = node.get("key")
    by = None if key_node is None else fields.get(key_node.text)
    if key_node is not None and by is not None and (by.pii or by.visible_to):
        report.error(
            "V3407" if by.pii else "V3412",
            key_node.place,
            Text("{field} is personal data and cannot identify a row.", field=by.name)
            if by.pii
            else Text("{field} is not for everybody to see, and everybody sees by what a row is named.", field=by.name),
            Text("Take another field for “key”, or none: rows are numbered then."),
        )
    return Collection(
        name=name,
        of=subject,
        label=label(node.get("label"), name),
        fields=fields,
        key=refer(NameKind.COLUMN, key_node, [key.text for key, _ in _entries(node, "fields")], report),
        inbox=_inbox(node, subject, fields, report),
    )


def _refined(built_in: Collection, node: Node, currency: Currency, declared: Declared, report: Report) -> Collection:
    """Return a built-in collection with what a set says of it: which options its texts have, and columns of its own."""
    fields = dict(built_in.fields)
    for entry in node.items():
        if entry.key.text in ("key", "inbox"):
            _report_built_in(entry.key, report)
    for key, value in _entries(node, "fields"):
        known = built_in.fields.get(key.text)
        if known is not None and known.type is not FieldType.TEXT:
            _report_built_in(key, report)
            continue
        built = _field(key.text, value, built_in.of, currency, declared, report)
        if built is None:
            continue
        if known is None:
            fields[key.text] = built
        elif built.type is not FieldType.CHOICE or built.pii:
            report.error(
                "V3441",
                key.place,
                Text("“{name}” of {collection} holds a word.", name=key.text, collection=built_in.name),
                Text("Give it “type: choice” and the words under “options”, or leave it out."),
            )
        else:
            fields[key.text] = built if value.get("label") is not None else replace(built, label=known.label)
    written = node.get("label")
    return replace(built_in, label=label(written, built_in.name) if written else built_in.label, fields=fields)


def _inbox(node: Node, subject: Subject, fields: Mapping[str, Field], report: Report) -> bool:
    """Tell whether a collection is one of notes, reporting what it lacks for that."""
    written = node.get("inbox")
    if written is None or not true(written):
        return False
    columns = (fields.get(name) for name in (WRITTEN_AT, PROCESSED_AT))
    fits = all(each is not None and each.type is FieldType.DATETIME for each in columns)
    if not fits or subject is not Subject.DEALS or node.get("key") is not None:
        report.error(
            "V3415",
            written.place,
            Text("An inbox of notes hangs on deals, has no key, and knows when a note was written and processed."),
            Text(
                "Give it the fields {example}.", example="written_at: {type: datetime}, processed_at: {type: datetime}"
            ),
        )
        return False
    return True
