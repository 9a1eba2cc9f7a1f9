"""The arguments of a plugin's action, worked out when it is decided on, in the form in which they are handed over.

A later attempt must say what the first one said, and whoever receives them does not know how Voronka keeps values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from voronka.definition.actions import Argument, PersonalValue
from voronka.expressions import Expression, Kind, Value
from voronka.process.draft import Draft
from voronka.process.events import HandedOver
from voronka.process.state import VaultRef

__all__ = ["handed_over", "worked_out"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def worked_out(draft: Draft, argument: Argument) -> HandedOver:
    """Return an argument with its expressions as values; personal ones as references to the vault."""
    if isinstance(argument, Expression):
        value = argument.evaluate(draft.env(argument))
        return handed_over(value, argument.type.kind, draft.workspace.currency.digits)
    if isinstance(argument, PersonalValue):
        held = draft.names.get(argument.name)
        return held if isinstance(held, VaultRef) else None
    if isinstance(argument, Mapping):
        return {name: worked_out(draft, each) for name, each in argument.items()}
    if isinstance(argument, tuple):
        return tuple(worked_out(draft, each) for each in argument)
    return argument


def handed_over(value: Value | None, kind: Kind, digits: int) -> HandedOver:
    """Return a value of a kind as systems outside write it: money as an exact decimal text, a moment in ISO 8601.

    `digits`: those of the currency.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if kind is Kind.MONEY:
            return f"{Decimal(value).scaleb(-digits):f}"
        if kind is Kind.DATETIME:
            return (_EPOCH + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")
    return value
