"""Rows that came in from a file, retold as rows of such a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.imports import ColumnValue, RowImport
from voronka.definition.workspace import Workspace
from voronka.definition.writing import literal, written_value
from voronka.process import events as happened
from voronka.process.state import DealState, VaultRef
from voronka.simulation.told_values import ToldValues, is_personal
from voronka.storage import Reader, Recorded

__all__ = ["order_step"]

_FILES = frozenset({"csv", "csv.gz", "xlsx"})
_NUMBER = "1"
"""A scenario begins with its deal."""


def order_step(
    reader: Reader,
    workspace: Workspace,
    say: ToldValues,
    entry: Recorded,
    order: happened.OrderImported,
    deal: DealState,
) -> dict[str, Any] | None:
    """Return the step that brings in an order of the deal by the import that brought it in; None if none can now."""
    runs = [reader.import_run(event.import_id) for event in entry.events if isinstance(event, happened.HistoryImported)]
    mapping = next((workspace.row_imports.get(run.mapping) for run in runs if run is not None), None)
    if mapping is None or mapping.collection is None or mapping.file.kind not in _FILES:
        return None
    texts = _texts(workspace, say, mapping, order.values)
    cells = None if texts is None else _cells(mapping, texts)
    if cells is None:
        return None
    for key in mapping.match:
        held = _NUMBER if key.field == "number" else deal.fields.get(key.field)
        if held is None or isinstance(held, VaultRef):
            return None
        field = workspace.fields.get(Subject.DEALS, {}).get(key.field)
        text = say.stand_in(field, held) if field is not None and is_personal(field, held) else str(held)
        if not _write(cells, key.value, text):
            return None
    return {"import": {"mapping": mapping.name, "rows": [{name: literal(cell) for name, cell in cells.items()}]}}


def _texts(
    workspace: Workspace, say: ToldValues, mapping: RowImport, values: Mapping[str, happened.Kept]
) -> dict[str, str] | None:
    """Return values as a file writes them, mails and telephones replaced; None if one of them is kept elsewhere."""
    if mapping.collection is None or any(isinstance(value, VaultRef) for value in values.values()):
        return None
    zone = mapping.file.zone or workspace.timezone
    fields = mapping.collection.fields
    return {
        name: say.stand_in(fields[name], value)
        if is_personal(fields[name], value)
        else str(written_value(fields[name], value, currency=workspace.currency, timezone=zone))
        for name, value in values.items()
        if name in fields and name in mapping.values and value is not None
    }


def _cells(mapping: RowImport, texts: Mapping[str, str]) -> dict[str, str] | None:
    """Return what stands in the columns of a row that says this; None if the mapping cannot say it."""
    cells: dict[str, str] = {}
    return cells if all(_write(cells, mapping.values[name], text) for name, text in texts.items()) else None


def _write(cells: dict[str, str], value: ColumnValue, text: str) -> bool:
    """Write a text into the column of a value; return whether the value then reads as that text."""
    if value.column is None:
        return value.constant == text
    written = next((cell for cell, meant in value.map.items() if meant == text), None if value.map else text)
    return written is not None and cells.setdefault(value.column, written) == written
