"""Keys of rows: kept as the text of the key field's value, told as people write that value."""

from __future__ import annotations

from voronka.definition.fields import Collection, Field, FieldType
from voronka.definition.values import from_text
from voronka.definition.workspace import Workspace
from voronka.definition.writing import written_value
from voronka.errors import VoronkaError

__all__ = ["key_field", "written_key"]


def key_field(collection: Collection) -> Field | None:
    """Return the field whose value names a row, without its bounds: what they keep out now may be there."""
    return None if collection.key is None else collection.fields[collection.key].unbounded


def written_key(workspace: Workspace, collection: Collection, key: str) -> str:
    """Return the key of a row as it is written to name the row: ``5`` of money kept as 500 minor units.

    One that is no value of the field, because the field was another once, stays as it is.
    """
    field = key_field(collection)
    if field is None:
        return key
    try:
        value = from_text(field, key.lower() if field.type is FieldType.BOOL else key)
    except (VoronkaError, ValueError):
        return key
    return written_value(field, value, currency=workspace.currency, timezone=workspace.timezone)
