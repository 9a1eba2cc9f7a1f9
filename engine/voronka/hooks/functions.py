"""Functions of plugins, guarded: what they raise, and results of another kind, are missing values."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import date

from voronka.calendars import EARLIEST, LATEST, Duration
from voronka.errors import PluginFault, VoronkaError
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind, Value
from voronka.hooks.limits import NoAnswer, call_within
from voronka.hooks.phrases import error_phrase, is_text
from voronka.messages import Sentence, Text

__all__ = ["guarded"]

_log = logging.getLogger("voronka.plugins")
_SECONDS = 5.0


def guarded(
    function: ExpressionFunction, troubles: MutableMapping[str, Sentence], *, seconds: float = _SECONDS
) -> ExpressionFunction:
    """Return the function with a call that ends in time, gives its kind or None, and raises nothing but `PluginFault`.

    That is raised by a call that did not answer, and by every later one: whoever decides holds up all that is written,
    and to decide on without the value would be wrong for good. The first failure is logged and written into `troubles`.
    """
    call, is_kind = function.call, _KINDS[function.result]
    floating = function.result in (Kind.NUMBER, Kind.PERCENT)
    told = False
    silent: Text | None = None

    def guard(*arguments: Value) -> Value | None:
        nonlocal told, silent
        if silent is not None:
            raise _fault(function, silent)
        try:
            value = call_within(seconds, lambda: call(*arguments))
            if floating and type(value) is int:  # what Python and SQL take for a number as well
                value = float(value)
            if value is None or is_kind(value):
                return value
            reason = Text("returned {type}, which is no {kind}", type=type(value).__name__, kind=function.result)
        except NoAnswer:
            silent = troubles[f"function {function.name}"] = Text(
                "no answer within {seconds} s", seconds=f"{seconds:g}"
            )
            _log.error(
                Text("The function {function} is called no more: {reason}", function=function.name, reason=silent)
            )
            raise _fault(function, silent) from None
        except Exception as error:
            reason = Text("raised {error}", error=error_phrase(error))
        if not told:
            told = True
            troubles[f"function {function.name}"] = reason
            _log.error(
                Text("The value of the function {function} is missing: {reason}", function=function.name, reason=reason)
            )
        return None

    return replace(function, call=guard)


def _fault(function: ExpressionFunction, reason: Sentence) -> PluginFault:
    told = Text("its function {name} does not give a value: {reason}", name=function.name, reason=reason)
    return PluginFault(function.name.partition(".")[0], told)


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
    Kind.TEXT: lambda value: is_text(value) and type(value) is str and len(value) <= 100_000,
    Kind.DATE: _is_date,
    Kind.DATETIME: lambda value: type(value) is int and EARLIEST <= value <= LATEST,
    Kind.DURATION: _is_duration,
}
