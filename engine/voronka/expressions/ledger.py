"""The ledger of interactions, as far as the language knows it: which of them were contacts with a person, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.expressions.aggregation import rows
from voronka.expressions.environment import Env

__all__ = ["COLUMNS", "CONNECTED", "INCOMING", "LEDGER", "last_among", "last_with", "reached"]

LEDGER = "interactions"
"""The collection in which they stand."""

COLUMNS = ("at", "contact", "direction", "outcome")
"""What of a row tells when there was a contact, and with whom."""

INCOMING, CONNECTED = "in", "connected"


def reached(interaction: Mapping[str, Any]) -> bool:
    """Tell whether a person was reached: who wrote or called to us, or was connected. An attempt reaches nobody."""
    return interaction.get("direction") == INCOMING or interaction.get("outcome") == CONNECTED


def last_among(interactions: Iterable[Mapping[str, Any]], contact: str) -> int | None:
    """Return the moment of the newest contact with a person, in UTC microseconds; None if there was none."""
    moments = (row["at"] for row in interactions if row.get("contact") == contact and reached(row))
    return max((at for at in moments if isinstance(at, int)), default=None)


def last_with(contact: str, env: Env) -> int | None:
    """Return the same by the rows of the environment, which may raise `RowsNotLoaded`."""
    return last_among(rows(env, LEDGER), contact)
