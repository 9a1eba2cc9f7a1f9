"""A rule of types that was broken, on its way to the place where it was broken."""

from __future__ import annotations

from voronka.expressions.ir import Node
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

__all__ = ["Refusal", "described"]

_DESCRIBED = {
    Kind.NUMBER: Text("a number"),
    Kind.INTEGER: Text("a whole number"),
    Kind.MONEY: Text("money"),
    Kind.PERCENT: Text("a percent"),
    Kind.TEXT: Text("a text"),
    Kind.BOOL: Text("yes or no"),
    Kind.DATE: Text("a date"),
    Kind.DATETIME: Text("a date with a time"),
    Kind.DURATION: Text("a duration"),
    Kind.CHOICE: Text("a choice"),
    Kind.CHOICES: Text("a list of choices"),
    Kind.REFERENCE: Text("a reference to a record"),
    Kind.MISSING: Text("missing"),
}


class Refusal(Exception):  # noqa: N818 - becomes a Problem, never seen outside
    """Reason and remedy of a `Problem`. The checker knows its place: that of `part`, else of what it was checking."""

    def __init__(
        self,
        code: str,
        reason: Text,
        remedy: Text,
        suggestion: str | None = None,
        *,
        part: Node | None = None,
        circle: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.suggestion = suggestion
        self.part = part
        self.circle = circle


def described(what: Type | Kind) -> Text:
    """Return what a value is, in words."""
    return _DESCRIBED[what.kind if isinstance(what, Type) else what]
