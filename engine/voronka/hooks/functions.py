"""Functions of plugins, guarded: what they raise, and results of another kind, are missing values."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import date

from voronka.calendars import EARLIEST, LATEST, Duration
from voronka.errors import VoronkaError
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind, Value
from voronka.messages import Sentence, Text

__all__ = ["guarded"]

_log = logging.getLogger("voronka.plugins")


def guarded(function: ExpressionFunction, troubles: MutableMapping[str, Sentence]) -> ExpressionFunction:
    """Return the function with a call that never raises and gives its kind or None.

    The first failure is logged and written into `troubles`.
    """
    call, is_kind = function.call, _KINDS[function.result]
    silent = False

    def guard(*arguments: Value) -> Value | None:
        nonlocal silent
        try:
            value = call(*arguments)
            if value is None or is_kind(value):
                return value
            reason = Text("returned {type}, which is no {kind}", type=type(value).__name__, kind=function.result)
        except (Exception, SystemExit) as error:
            reason = Text("raised {error}", error=f"{type(error).__name__}: {error}")
        if not silent:
            silent = True
            troubles[f"function {function.name}"] = reason
            _log.error(
                Text("The value of the function {function} is missing: {reason}", function=function.name, reason=reason)
            )
        return None

    return replace(function, call=guard)


def _is_whole(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_date(value: object) -> bool:
    try:
        return type(value) is str and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_duration(value: object) -> bool:
    try:
        return type(value) is str and str(Duration.parse(value)) == value
    except VoronkaError:
        return False


_KINDS: dict[Kind, Callable[[object], bool]] = {
    Kind.BOOL: lambda value: type(value) is bool,
    Kind.INTEGER: _is_whole,
    Kind.MONEY: _is_whole,
    Kind.NUMBER: lambda value: type(value) is float and math.isfinite(value),
    Kind.PERCENT: lambda value: type(value) is float and math.isfinite(value),
    Kind.TEXT: lambda value: type(value) is str and len(value) <= 100_000,
    Kind.DATE: _is_date,
    Kind.DATETIME: lambda value: type(value) is int and EARLIEST <= value <= LATEST,
    Kind.DURATION: _is_duration,
}
