"""What came of a batch of rows, and the reasons for which rows are left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.step import Refusal
from voronka.runtime.importing.meaning import ReadRow
from voronka.storage import Received

__all__ = ["BatchResult", "left_out", "refusal_fault"]


@dataclass(kw_only=True, slots=True)
class BatchResult:
    """Rows to be remembered as taken, rows refused and why, how many records were made, violations by gate."""

    taken: list[Received] = field(default_factory=list)
    refused: list[tuple[ReadRow, RowFault]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)


def refusal_fault(refusal: Refusal) -> RowFault:
    """Return why a whole command was refused, by the first of its failures."""
    first = refusal.failures[0]
    return RowFault(first.reason, first.unblock or Text("Correct the row and import the file again."))


def left_out(code: str) -> RowFault:
    """Return why a single row of a deal's past was left out, by the code of its refusal."""
    if code == "out_of_order":
        return RowFault(
            Text("The row is older than the stage in which the deal stands."),
            Text("Import the rows of a deal in the order of their times."),
        )
    if code == "unknown_stage":
        return RowFault(
            Text("The deal's variant of the funnel has no such stage."),
            Text("Map the row to a stage that its variant has."),
        )
    return RowFault(
        Text("The deal does not take the row: {code}.", code=code), Text("Correct the row and import the file again.")
    )
