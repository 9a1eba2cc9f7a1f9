"""Imports: how the rows of a foreign file become deals and events of deals."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterator, Mapping

from voronka.calendars import ZoneError, zone
from voronka.config.build_values import constant
from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import many, one_of, refuse
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.imports import CaseEvent, ColumnValue, FileFormat, Import, ImportMode, StageColumn
from voronka.definition.scopes import import_scope
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.expressions import Scope
from voronka.hooks.importers import RowFormat
from voronka.messages import Label, Text

__all__ = ["RowValues", "build_import", "check_source", "file_format"]

_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORD = re.compile(r"[^\W\d]\w*")
_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields
_OF_NAMES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""Encodings of host names and of programs: texts, too, yet of no table."""
_CREATED_AT = Field(name="created_at", type=FieldType.DATETIME, label=Label.plain("created_at"))
_WITHOUT_WORDS = frozenset(
    {
        FieldType.NUMBER,
        FieldType.INTEGER,
        FieldType.MONEY,
        FieldType.PERCENT,
        FieldType.DATE,
        FieldType.DATETIME,
        FieldType.DURATION,
    }
)
_RECORDS = frozenset({FieldType.ACCOUNT, FieldType.CONTACT})


def build_import(
    name: str, declaration: Declaration, stages: Mapping[str, Collection[str]], context: Context
) -> Import | None:
    """Return the import; None if its funnel is not known. `stages`: of each funnel, those of its cases included."""
    root = declaration.value
    target = root.at("into", "funnel")
    funnel = refer(NameKind.FUNNEL, target, context.funnel_fields, context.report)
    mode = one_of(ImportMode, root.get("mode"))
    if funnel is None or mode is None or context.declared.unclear(NameKind.FUNNEL, funnel):
        return None
    file = context.declared.of(NameKind.FUNNEL)[funnel].name.place.file
    for kind in (NameKind.FIELD, NameKind.STAGE):
        for doubt in context.report.doubts(kind, file):
            context.report.doubt(kind, doubt, root.place.file)
    fields = {**BUILT_IN_FIELDS[Subject.DEALS], **context.funnel_fields[funnel]}
    builder = RowValues(context, fields, stages[funnel])
    events = _events(root.get("events"), builder, context)
    deal = builder.values(root.get("deal"), NameKind.FIELD, {**fields, "created_at": _CREATED_AT})
    stage = builder.stage(root.get("stage"))
    source = refer(NameKind.SOURCE, root.get("source"), context.declared.of(NameKind.SOURCE), context.report)
    if source is not None:
        check_source(
            root,
            source,
            {**deal, **{name: each for event in events for name, each in event.set.items()}},
            fields,
            context,
        )
    case, at, keys = root.get("case"), root.get("at"), root.get("keys")
    key = tuple(node.text for node in many(root.get("key")))
    own = {*key, *(node.text for node in (case, at) if node is not None)}
    return Import(
        name=name,
        file=file_format(root.get("rows"), context),
        mode=mode,
        funnel=funnel,
        keys=keys.text if keys is not None else funnel,
        key=key,
        columns=frozenset(own | builder.columns),
        deal=deal,
        stage=stage,
        case=case.text if case is not None else None,
        at=at.text if at is not None else None,
        events=events,
        source=source or "",
    )


def check_source(
    root: Node, source: str, values: Mapping[str, ColumnValue], fields: Mapping[str, Field], context: Context
) -> None:
    """Report fields that are not taken from the source of the import."""
    others = [name for name in values if (field := fields.get(name)) and field.sources and source not in field.sources]
    if others:
        context.report.error(
            "V3414",
            root.entries["source"].value.place,
            Text("{fields}: “{source}” is not among the sources.", fields=", ".join(others), source=source),
            Text("Add it to “sources” of the field, or leave the field out of the import."),
        )


def _events(node: Node | None, builder: RowValues, context: Context) -> tuple[CaseEvent, ...]:
    events = []
    every: Node | None = None
    for each in many(node):
        if every is not None:
            context.report.error(
                "V3702",
                each.place,
                Text("No row comes to this event: an earlier one has no “when” and takes every row."),
                Text("Give the earlier one a “when”, or let it stand last."),
                related=every.place,
            )
        elif each.get("when") is None:
            every = each
        events.append(builder.event(each))
    return tuple(events)


def file_format(node: Node | None, context: Context) -> FileFormat:
    """Return what `rows` of a mapping says of its files."""
    if node is None:
        return FileFormat(kind="csv")
    kind, encoding, delimiter, zone_name = (node.get(key) for key in ("format", "encoding", "delimiter", "zone"))
    sheet = node.get("sheet")
    if encoding is not None and not _reads_tables(encoding.text):
        context.report.error(
            "V3701",
            encoding.place,
            Text("No table can be read in the encoding “{encoding}”.", encoding=encoding.text),
            Text("Use utf-8, or the one the file was written in, such as windows-1251."),
        )
    if zone_name is not None:
        try:
            zone(zone_name.text)
        except ZoneError as fault:
            refuse(zone_name, fault, context.report)
    if kind is not None and kind.is_scalar:
        context.plugins.find(RowFormat, kind)
    return FileFormat(
        kind=kind.text if kind is not None else "csv",
        encoding=encoding.text if encoding is not None else "utf-8",
        delimiter=delimiter.text if delimiter is not None else ",",
        zone=zone_name.text if zone_name is not None else None,
        sheet=sheet.text if sheet is not None else None,
    )


def _reads_tables(encoding: str) -> bool:
    """Tell whether a table written in the encoding is read as it was: some that Python knows are for other things."""
    table = "id,name\r\n1,a\r\n"
    try:
        if codecs.lookup(encoding).name in _OF_NAMES:
            return False
        return io.TextIOWrapper(io.BytesIO(table.encode(encoding)), encoding, newline="").read() == table
    except (LookupError, UnicodeError):
        return False


class RowValues:
    """Builds the values of one import and remembers the columns they read."""

    def __init__(self, context: Context, fields: Mapping[str, Field], stages: Collection[str]) -> None:
        self.context = context
        self.fields = fields
        self.stages = stages
        self.columns: set[str] = set()

    def event(self, node: Node) -> CaseEvent:
        """Return what a row means."""
        stage = refer(NameKind.STAGE, node.get("stage"), self.stages, self.context.report)
        interaction, user = node.get("interaction"), node.get("user")
        when = self.context.expressions.compile(node.get("when"), self._scope(node.get("when")))
        if when is not None:
            self.columns |= when.reads.names
        return CaseEvent(
            when=when,
            stage=stage,
            set=self.values(node.get("set"), NameKind.FIELD, self.fields),
            interaction=self.values(interaction, NameKind.INTERACTION, _LEDGER) if interaction is not None else None,
            user=self.value(user, _LEDGER["user"]) if user is not None else None,
        )

    def values(self, node: Node | None, kind: NameKind, fields: Mapping[str, Field]) -> dict[str, ColumnValue]:
        """Return the values of fields by name. `kind`: what the names are."""
        found = {}
        for entry in node.items() if node is not None else ():
            if entry.key.text in self.context.expressions.broken:
                continue
            name = refer(kind, entry.key, fields, self.context.report)
            if name is None:
                continue
            if kind is NameKind.INTERACTION and name == "at":
                self.context.report.error(
                    "V3406",
                    entry.key.place,
                    Text("The time of an interaction is that of its row."),
                    Text("Name the column of the time under “at” of the mapping, and remove it here."),
                )
                continue
            if fields[name].formula is not None:
                self.context.report.error(
                    "V3403",
                    entry.key.place,
                    Text("The field {field} is computed by its formula and cannot be set.", field=name),
                    Text("Set the fields that its formula reads."),
                )
                continue
            found[name] = self.value(entry.value, fields[name])
        return found

    def value(self, node: Node, field: Field) -> ColumnValue:
        """Return a value: a column, or a constant that `field` can hold."""
        if not node.is_mapping:
            if field.type in _WITHOUT_WORDS and _WORD.fullmatch(node.text):
                self._refuse_word(node, field)
            else:
                self._check(node, field)
            return ColumnValue(constant=node.text)
        mapping, unknown, default = node.get("map"), node.get("unknown"), node.get("default")
        for entry in mapping.items() if mapping is not None else ():
            self._check(entry.value, field)
        if default is not None:
            self._check(default, field)
        return ColumnValue(
            column=self._column(node),
            map=self._map(mapping),
            default=default.text if default is not None else None,
            unknown=unknown.text if unknown is not None else "refuse",
        )

    def stage(self, node: Node | None) -> StageColumn | None:
        """Return where a row stands."""
        if node is None:
            return None
        if not node.is_mapping:
            stage = refer(NameKind.STAGE, node, self.stages, self.context.report)
            return StageColumn(value=ColumnValue(constant=stage))
        mapping, at = node.get("map"), node.get("at")
        for entry in mapping.items() if mapping is not None else ():
            refer(NameKind.STAGE, entry.value, self.stages, self.context.report)
        return StageColumn(
            value=ColumnValue(column=self._column(node), map=self._map(mapping)),
            at=ColumnValue(column=self._column(at)) if at is not None else None,
        )

    def _refuse_word(self, node: Node, field: Field) -> None:
        self.context.report.error(
            "V3901",
            node.place,
            Text("“{text}” is no value of {field}.", text=node.text, field=field.name),
            Text("If it is a column, write {example}.", example=f"{{column: {node.text}}}"),
        )

    def _check(self, node: Node, field: Field) -> None:
        """Report a constant that `field` cannot hold; accounts and contacts are written by name, and made."""
        if field.type not in _RECORDS and not field.pii:
            constant(field, node, self.context)

    def _column(self, node: Node) -> str | None:
        column = node.get("column")
        if column is None:
            return None
        self.columns.add(column.text)
        return column.text

    @staticmethod
    def _map(node: Node | None) -> dict[str, str]:
        return {entry.key.text: entry.value.text for entry in node.items()} if node is not None else {}

    def _scope(self, node: Node | None) -> Scope:
        """Return the scope of a condition: whatever it names is a column, since the file is not at hand."""
        words = _words(node.text) if node is not None else ()
        return self.context.expressions.scope(import_scope(words, self.context.currency.digits))


def _words(text: str) -> Iterator[str]:
    yield from _WORD.findall(_TEXT.sub(" ", text))
