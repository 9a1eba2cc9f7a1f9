"""What of a statement the moment decides: bound at each use, so that the statement is compiled once."""

from __future__ import annotations

from collections.abc import Callable

from voronka.expressions.environment import Env
from voronka.expressions.values import Value

__all__ = ["Bindings", "BoundValues"]

BoundValues = Callable[[Env], tuple[Value | None, ...] | None]
"""Gives the values of some parameters at a moment, None at one for which the statement would have another form."""


class Bindings:
    """The named parameters of a statement whose values are worked out from an environment."""

    def __init__(self) -> None:
        self._named = 0
        self._parts: list[tuple[tuple[str, ...], BoundValues]] = []

    def add(self, values: BoundValues, count: int = 1) -> tuple[str, ...]:
        """Return the names of `count` more parameters, which get their values in this order."""
        names = tuple(f"moment_{self._named + n}" for n in range(count))
        self._named += count
        self._parts.append((names, values))
        return names

    def at(self, env: Env) -> dict[str, Value | None] | None:
        """Return the value of each parameter in `env`; None if the statement has another form there."""
        found: dict[str, Value | None] = {}
        for names, values in self._parts:
            given = values(env)
            if given is None:
                return None
            found.update(zip(names, given, strict=True))
        return found
