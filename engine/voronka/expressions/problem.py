"""What is wrong with an expression, as values: all of it at once."""

from __future__ import annotations

from enum import StrEnum

from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["CODES", "Problem", "Severity"]


class Severity(StrEnum):
    """An error makes the expression unusable; a warning leaves it as it is."""

    ERROR = "error"
    WARNING = "warning"


CODES = {
    "E1001": "longer or more deeply nested than an expression may be",
    "E1002": "a character, quote or operator that the language does not have",
    "E1003": "a number that is not written as the language writes numbers",
    "E1004": "a text that is not written as the language writes texts",
    "E1005": "the parts do not make an expression",
    "E1006": "a construct of Python that is not in the language",
    "E1101": "an unknown name",
    "E1102": "an unknown function",
    "E1103": "a function with the wrong arguments",
    "E1104": "an unknown collection",
    "E1105": "an unknown column of a collection",
    "E1106": "a function or a name that comes with a later version",
    "E1107": "an option or a stage that is not declared",
    "E1108": "a formula that is computed from itself",
    "E1109": "a computed field whose formula is wrong",
    "E1110": "an expression that is too large with the formulas that it reads",
    "E1111": "a function that only KPIs know",
    "E1112": "a name of one row where a KPI needs a number over all of them",
    "E1201": "a value of a type that does not fit there",
    "E1202": "two values that cannot be compared",
    "E1203": "a comparison with missing by == or !=",
    "E1204": "comparisons in a chain",
    "E1205": "a result of another type than its place asks for",
    "E1206": "a personal value that is read",
    "E1207": "money with more decimal places than the currency has",
    "E1208": "a text that is not the date, time or duration it is compared with",
    "W1301": "not on a value that may be missing",
    "W1302": "a percent compared with a number above 1",
    "W1303": "a condition that is never true",
    "W1304": "a condition that is never false",
    "W1305": "a comparison that forgets that the value may be missing",
    "W1306": "a branch that is never taken",
    "W1307": "a division by zero",
    "W1308": "a score, points or a whole number beside a percent",
}
"""Every code with its meaning; documented in docs/expressions.md."""


@frozen
class Problem:
    """One finding. `start` and `end` (exclusive) are columns in characters of the expression's text, from 0.

    `suggestion`: the name or option that was likely meant. `circle`: the names that are computed from themselves.
    """

    code: str
    reason: Text
    remedy: Text
    start: int
    end: int
    suggestion: str | None = None
    circle: frozenset[str] = frozenset()

    @property
    def severity(self) -> Severity:
        """What the code says: E is an error, W a warning."""
        return Severity.WARNING if self.code.startswith("W") else Severity.ERROR
