"""What came of a batch of rows, and the reasons for which rows are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.step import Failure
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.record_rows import RecordRow
from voronka.storage import Received

__all__ = ["AnyRow", "BatchResult", "RowsRefused", "fault_of"]

AnyRow = ReadRow | RecordRow


@dataclass(kw_only=True, slots=True)
class BatchResult:
    """Rows to be remembered as taken, rows refused and why, how many records were made, violations by gate.

    `known`: how many rows said what stands there already.
    """

    taken: list[Received] = field(default_factory=list)
    known: int = 0
    refused: list[tuple[AnyRow, RowFault]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)


class RowsRefused(Exception):  # noqa: N818 - an answer, not an error
    """Rows that cannot be taken, each fault with its row: what was written with them is to be taken back."""

    def __init__(self, faults: Sequence[tuple[AnyRow, RowFault]]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def fault_of(failure: Failure, gate: str) -> RowFault:
    """Return a failure of a deal's command as a fault of its row; `gate` as the deal names it."""
    return RowFault(failure.reason, failure.unblock or Text("Correct the row and import the file again."), gate=gate)
