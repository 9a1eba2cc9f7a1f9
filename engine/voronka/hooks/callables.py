"""Whether what a plugin declares can be called as it will be, seen before it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import UnionType
from typing import Any, Union, get_args, get_origin

from voronka.hooks.phrases import phrase
from voronka.messages import Plural, Sentence, Text

__all__ = ["arguments_of", "why_not_called"]


def arguments_of(hint: object) -> int | None:
    """Return how many arguments a function is given, by the annotation of what holds it; None if it does not tell."""
    if get_origin(hint) in (Union, UnionType):
        return next((found for each in get_args(hint) if (found := arguments_of(each)) is not None), None)
    given = get_args(hint)[0] if get_origin(hint) is Callable else None
    return len(given) if isinstance(given, list) else None


def why_not_called(function: Callable[..., Any], arguments: int) -> Sentence | None:
    """Return why a call with so many `arguments` would give no answer; None where nothing is known to be wrong.

    The clause goes on from what names the function.
    """
    if any(map(inspect.iscoroutinefunction, (function, getattr(function, "__call__", None)))):  # noqa: B004
        return Text("is `async def`: write `def`, and wait in it")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of some that are written in C nothing is known
        return None
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        return Plural(
            "takes {parameters} and is called with {n} argument",
            "takes {parameters} and is called with {n} arguments",
            n=arguments,
            parameters=phrase(signature.replace(return_annotation=inspect.Signature.empty)),
        )
    return None
