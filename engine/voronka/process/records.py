"""Putting and removing records: the rows of collections that hang on a deal, an account or a contact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from voronka.definition.fields import Collection
from voronka.definition.row_keys import written_key
from voronka.definition.workspace import Workspace
from voronka.expressions.suggestion import suggest
from voronka.messages import Text
from voronka.process.commands import CarryRowOver, PutRow, RemoveRow
from voronka.process.events import Kept, RowPut, RowRemoved
from voronka.process.evolve import held
from voronka.process.fields import check, refuse_failures
from voronka.process.refusals import Refused, refused
from voronka.process.state import same
from voronka.process.step import Failure, Row

__all__ = ["put_row", "remove_row"]

Rows = Callable[[str], Mapping[str, Row]]
Forbidden = Callable[[Collection, Iterable[str]], list[Failure]]


def put_row(
    workspace: Workspace,
    collections: Mapping[str, Collection],
    rows: Rows,
    command: PutRow,
    new_key: str,
    forbidden: Forbidden,
) -> RowPut | None:
    """Return the row as it is to be, None if nothing changes. `new_key` names it where no key field does; `forbidden`:
    why columns are not to be set by whoever asks.
    """
    collection = _collection(collections, command.collection)
    if isinstance(command, CarryRowOver):
        collection = replace(collection, fields={name: each.unbounded for name, each in collection.fields.items()})
    given, failures = check(collection.fields, command.values, place=collection.name)
    refuse_failures([*failures, *forbidden(collection, given)])
    known = rows(collection.name)
    key = _key(workspace, collection, command, given) or new_key
    if command.key is not None and key not in known:
        raise _unknown_row(workspace, collection, key, known)
    before = known.get(key)
    values: dict[str, Kept] = {name: value for name, value in (before or {}).items() if value is not None}
    if collection.key is not None and given.get(collection.key) is None:
        given = {**given, **_named(collection, collection.key, key, before or {})}
    changed = before is None
    for name, value in given.items():
        if same(values.get(name), held(value)):
            continue
        changed = True
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return RowPut(collection=collection.name, key=key, values=values) if changed else None


def remove_row(
    workspace: Workspace,
    collections: Mapping[str, Collection],
    rows: Rows,
    command: RemoveRow,
    forbidden: Forbidden,
) -> RowRemoved:
    """Return the removal of a row; `Refused` if there is none of that key, or it holds what is `forbidden` to clear."""
    collection = _collection(collections, command.collection)
    known = rows(collection.name)
    if command.key not in known:
        raise _unknown_row(workspace, collection, command.key, known)
    held_here = [name for name, value in known[command.key].items() if value is not None and name in collection.fields]
    refuse_failures(forbidden(collection, held_here))
    return RowRemoved(collection=collection.name, key=command.key)


def _unknown_row(workspace: Workspace, collection: Collection, key: str, known: Mapping[str, Row]) -> Refused:
    asked, *there = (written_key(workspace, collection, each) for each in (key, *known))
    return refused(
        "unknown_row",
        f"{collection.name}.{asked}",
        Text("“{collection}” has no row {key}.", collection=collection.label, key=asked),
        Text("Its rows are: {rows}.", rows=", ".join(there))
        if known
        else Text("It has no rows; one is made by putting it without naming one that is there."),
    )


def _collection(collections: Mapping[str, Collection], name: str) -> Collection:
    found = collections.get(name)
    if found is None:
        meant = suggest(name, collections)
        raise refused(
            "unknown_collection",
            name,
            Text("There is no collection {name} to put rows into.", name=name),
            Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("Rows can be put into: {collections}.", collections=", ".join(collections) or "—"),
        )
    return found


def _named(collection: Collection, name: str, key: str, before: Row) -> Mapping[str, Kept]:
    """Return the value of the key field of a row that is there; of one from before it was the key field, the key."""
    if before.get(name) is not None:
        return {name: before[name]}
    named, failures = check(collection.fields, {name: key}, place=collection.name)
    refuse_failures(failures)
    return named


def _key(workspace: Workspace, collection: Collection, command: PutRow, given: Mapping[str, Kept]) -> str | None:
    if collection.key is None:
        return command.key
    value = given.get(collection.key)
    if value is None and collection.key in given and command.key is not None:
        raise refused(
            "value",
            f"{collection.name}.{collection.key}",
            Text(
                "The row {key} cannot do without {name}, by which it is named.",
                key=written_key(workspace, collection, command.key),
                name=collection.fields[collection.key].label,
            ),
            Text("Leave {name} out, or remove the row and put another.", name=collection.key),
        )
    if value is None:
        value = command.key
    if value is None:
        raise refused(
            "value",
            f"{collection.name}.{collection.key}",
            Text(
                "A row of “{collection}” is named by {key}, which is missing.",
                collection=collection.label,
                key=collection.key,
            ),
            Text("Give {key}.", key=collection.key),
        )
    text = str(value)
    if command.key is not None and command.key != text:
        raise refused(
            "value",
            f"{collection.name}.{collection.key}",
            Text(
                "The row {key} cannot become {other}.",
                key=written_key(workspace, collection, command.key),
                other=written_key(workspace, collection, text),
            ),
            Text("Remove it and put another."),
        )
    return text
