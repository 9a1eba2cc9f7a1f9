"""Functions that others add to the language: typed and pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from voronka.expressions.values import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["NO_FUNCTIONS", "ExpressionFunction", "Functions"]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_NO_RESULT = frozenset({Kind.MISSING, Kind.REFERENCE, Kind.CHOICE, Kind.CHOICES})


@frozen
class ExpressionFunction:
    """A function of expressions, written ``plugin.name(x)`` or, as the plugin is called, ``plugin(x)``.

    `parameters`: the kinds of its arguments, each kept as `Kind` tells; a missing argument makes the result missing,
    without a call. `call` computes the result of kind `result`, or None: missing; it must depend on its arguments
    alone, be quick and never wait. `sql`: the same as an SQL expression, ``{0}`` standing for the first argument; None:
    it exists in Python only, and reports computed in the database cannot use it.
    """

    name: str
    parameters: tuple[Kind, ...]
    result: Kind
    call: Callable[..., Value | None]
    sql: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a function")
        if not callable(self.call):
            raise ValueError(f"{self.name}: call is not callable")
        if not isinstance(self.parameters, tuple) or not all(isinstance(each, Kind) for each in self.parameters):
            raise ValueError(f"{self.name}: parameters is no tuple of kinds")
        if not isinstance(self.result, Kind) or self.result in _NO_RESULT:
            raise ValueError(f"{self.name}: a function cannot give {self.result}")

    @property
    def signature(self) -> str:
        """How it is written: its name and the kinds of its arguments."""
        return f"{self.name}({', '.join(self.parameters)})"


class Functions:
    """The added functions that an expression may call; none, unless a subclass knows some."""

    def find(self, name: str) -> ExpressionFunction | None:
        """Return the function of a name; None if there is none."""
        return None

    def names(self) -> Iterable[str]:
        """Return the names of all functions."""
        return ()

    def why_not(self, name: str) -> Text | None:
        """Return why there is no function of a name although there should be one; None if nothing is known of it."""
        return None


NO_FUNCTIONS = Functions()
