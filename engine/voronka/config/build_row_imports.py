"""Imports that tell how things stand: rows of a foreign file are accounts, contacts, or rows of collections."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.build_imports import RowValues, check_source, file_format
from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import many, one_of
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.imports import ColumnValue, ImportMode, Keep, Key, RowImport
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, ORDERS, WRITABLE_COLLECTIONS
from voronka.messages import Label, Text

__all__ = ["build_row_import"]

Collections = Mapping[Subject, Mapping[str, Collection]]

_OF_DEALS = frozenset({"key", "keys", "stage", "case", "at", "events"})
_OWNERS = {"deal": Subject.DEALS, "account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}
_NUMBER = Field(name="number", type=FieldType.INTEGER, label=Label.plain("number"))
_FINDING = frozenset({FieldType.TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.URL})


def build_row_import(
    name: str, declaration: Declaration, collections: Collections, context: Context
) -> RowImport | None:
    """Return the import; None if it cannot be told into what. `collections`: the declared ones."""
    root = declaration.value
    target = root.at("into", "records") or root.at("into", "collection")
    if target is None or not target.is_scalar:
        return None
    sound = _check_mode(root, context)
    records = root.at("into", "records") is not None
    if records:
        subject, collection = Subject(target.text), None
        _refuse_others(root, frozenset({"deal", "account", "contact"}), context)
    else:
        found = _collection(target, collections, context)
        if found is None:
            return None
        collection = found
        subject = collection.of
        _refuse_others(root, frozenset({"match", "source", *_OWNERS} - {_word(subject)}), context)
    fields = {**BUILT_IN_FIELDS[subject], **_declared(subject, context)}
    builder = RowValues(context, fields, ())
    columns = fields if collection is None else collection.fields
    values = builder.values(root.get("row"), NameKind.FIELD if collection is None else NameKind.COLUMN, columns)
    if collection is None:
        match = _keys(root, values, subject, fields, context)
    else:
        sound = _check_key(collection, target, values, context) and sound
        match = _owner(root, subject, fields, builder, context)
    if match is None or not sound:
        return None
    source = refer(NameKind.SOURCE, root.get("source"), context.declared.of(NameKind.SOURCE), context.report)
    if source is not None:
        check_source(root, source, values if collection is None else {}, fields, context)
    return RowImport(
        name=name,
        file=file_format(root.get("rows"), context),
        subject=subject,
        match=match,
        columns=frozenset(builder.columns),
        values=values,
        keep=_keep(root.get("row"), {} if collection else fields, context),
        collection=collection,
        source=source or "",
    )


def _word(subject: Subject) -> str:
    return next(word for word, each in _OWNERS.items() if each is subject)


def _declared(subject: Subject, context: Context) -> Mapping[str, Field]:
    if subject is Subject.DEALS:
        return context.deal_fields
    prefix = f"{_word(subject)}."
    return {name.removeprefix(prefix): field for name, field in context.party_fields.items() if name.startswith(prefix)}


def _check_mode(root: Node, context: Context) -> bool:
    mode = root.get("mode")
    if mode is None or one_of(ImportMode, mode) is not ImportMode.HISTORY:
        return mode is not None
    context.report.error(
        "V3704",
        mode.place,
        Text("These rows tell how things stand now, so they cannot be taken as history."),
        Text("Write `mode: live`. Deals and events of deals alone come in with their past."),
        suggestion="live",
    )
    return False


def _refuse_others(root: Node, others: frozenset[str], context: Context) -> None:
    for entry in root.items():
        if entry.key.text in _OF_DEALS | others:
            context.report.error(
                "V3703",
                entry.key.place,
                Text("“{key}” says nothing about rows of this kind.", key=entry.key.text),
                Text(
                    "Remove it. Of accounts and contacts a mapping says `match` and `row`; of a collection `deal`,"
                    " `account` or `contact`, whose it is, and `row`."
                ),
            )


def _collection(target: Node, collections: Collections, context: Context) -> Collection | None:
    known = {name: BUILT_IN_COLLECTIONS[name] for name in (ORDERS.name, *sorted(WRITABLE_COLLECTIONS))}
    for word, subject in _OWNERS.items():
        prefix = "" if subject is Subject.DEALS else f"{word}."
        known |= {f"{prefix}{name}": each for name, each in collections.get(subject, {}).items()}
    name = refer(NameKind.COLLECTION, target, known, context.report)
    return None if name is None else known[name]


def _check_key(collection: Collection, target: Node, values: Mapping[str, ColumnValue], context: Context) -> bool:
    """Report a collection whose rows are not known again, and a mapping that does not say which row is meant."""
    if collection.key is None:
        context.report.error(
            "V3705",
            target.place,
            Text(
                "The rows of “{collection}” have no key: the next file would put them all again.",
                collection=target.text,
            ),
            Text("Give the collection a `key`: the field by which a row is known."),
        )
    elif collection.key not in values:
        context.report.error(
            "V3705",
            target.place,
            Text(
                "A row of “{collection}” is known by {key}, which the mapping does not fill.",
                collection=target.text,
                key=collection.key,
            ),
            Text("Add it under `row`: {example}.", example=f"{collection.key}: {{column: …}}"),
        )
    else:
        return True
    return False


def _owner(
    root: Node, subject: Subject, fields: Mapping[str, Field], builder: RowValues, context: Context
) -> tuple[Key, ...] | None:
    """Return by which the record is found to which a row belongs."""
    word = _word(subject)
    node = root.get(word)
    match, column = (None, None) if node is None else (node.get("match"), node.get("column"))
    if node is None or match is None or column is None:
        context.report.error(
            "V3703",
            (node or root.get("into") or root).place,
            Text("The mapping does not say to whom a row belongs."),
            Text(
                "Write `{example}`.", example=f"{word}: {{match: {'number' if word == 'deal' else 'name'}, column: …}}"
            ),
        )
        return None
    for entry in node.items():
        if entry.key.text not in ("match", "column"):
            context.report.error(
                "V3703",
                entry.key.place,
                Text("“{key}” says nothing about rows of this kind.", key=entry.key.text),
                Text("Such rows open no deals and set no fields of theirs: leave `match` and `column` alone."),
            )
    known = {**fields, "number": _NUMBER} if subject is Subject.DEALS else fields
    name = _finding(match, subject, known, context)
    builder.columns.add(column.text)
    return None if name is None else (Key(field=name, value=ColumnValue(column=column.text)),)


def _keys(
    root: Node, values: Mapping[str, ColumnValue], subject: Subject, fields: Mapping[str, Field], context: Context
) -> tuple[Key, ...] | None:
    """Return by which an account or a contact is known again."""
    written = many(root.get("match"))
    names = [_finding(node, subject, fields, context) for node in written] if written else ["name"]
    sound = True
    for place, name in enumerate(names):
        if name is not None and name not in values:
            sound = False
            context.report.error(
                "V3705",
                (written[place] if written else root.get("row") or root).place,
                Text("The records are known by {key}, which the mapping does not fill.", key=name),
                Text("Add it under `row`: {example}.", example=f"{name}: {{column: …}}"),
            )
    known = [name for name in names if name is not None]
    if not sound or len(known) < len(names):
        return None
    return tuple(Key(field=name, value=values[name]) for name in known)


def _finding(node: Node, subject: Subject, fields: Mapping[str, Field], context: Context) -> str | None:
    """Return the name of a field by which records can be found; what is hidden, or is no text, finds none."""
    name = refer(NameKind.FIELD, node, fields, context.report)
    if name is None:
        return None
    field = fields[name]
    if field is _NUMBER or (
        field.type in _FINDING and field.formula is None and (not field.pii or subject is Subject.CONTACTS)
    ):
        return name
    context.report.error(
        "V3706",
        node.place,
        Text("No record is found by {field}.", field=name),
        Text(
            "Name a field that holds a text, a phone number, an address of mail or a web address. A personal field"
            " finds contacts alone."
        ),
    )
    return None


def _keep(row: Node | None, fields: Mapping[str, Field], context: Context) -> dict[str, Keep]:
    """Return whose value stays, by field; `fields`: of the records, none of a collection."""
    found: dict[str, Keep] = {}
    for entry in row.items() if row is not None else ():
        node = entry.value.get("keep") if entry.value.is_mapping else None
        if node is None:
            continue
        if not fields:
            context.report.error(
                "V3703",
                node.place,
                Text("A row of a collection is always as the file has it."),
                Text("Remove “keep”."),
            )
        elif (field := fields.get(entry.key.text)) is not None and field.sources:
            context.report.error(
                "V3703",
                node.place,
                Text(
                    "The field {field} has sources: their order or its merge rule says which value stays.",
                    field=field.name,
                ),
                Text("Remove “keep”, and name the `source` of the import."),
            )
        elif (keep := one_of(Keep, node)) is not None:
            found[entry.key.text] = keep
    return found
