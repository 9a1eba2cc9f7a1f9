"""What an import did, row by row where it refused, and what an undo took back."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from voronka.errors import EnvironmentFault, refused_by_system
from voronka.frozen import frozen
from voronka.messages import Sentence, Text
from voronka.runtime.words import words

__all__ = ["SHOWN", "ImportReport", "RefusalList", "RowRefusal", "UndoReport"]

SHOWN = 20
"""So many refused rows stand in the report itself; all of them stand in the list."""

_GATE = "violation:"


@frozen
class RowRefusal:
    """One of the reasons why a row was not taken.

    `row` counts the rows under the header from 1; `line` is that of the file. `gate`: what stood in the way of the
    deal, as a refused command names it; empty where the row itself cannot be read.
    """

    row: int
    line: int
    column: str
    value: str
    gate: str
    reason: Sentence
    remedy: Sentence

    def to_json(self) -> dict[str, Any]:
        """Return the refusal as JSON; sentences are maps of language to text."""
        return {
            "row": self.row,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "gate": self.gate,
            "reason": words(self.reason),
            "remedy": words(self.remedy),
        }


@frozen
class ImportReport:
    """What an import came to. Every row is exactly one of taken, known, ignored and refused.

    `import_id`: None where nothing was taken, and of a dry run. `known`: taken by an earlier import already; of these
    `changed` say something else now than they did then, and that was not taken over. `ignored`: the mapping has no
    event for them. `added` and `updated`: of rows that tell how things stand, those that made a record or a row of a
    collection, and those that changed one. `deals`, `accounts`, `contacts`, `users`: how many were made. `violations`:
    by gate, how many moves of the past it would have refused. `refusals`: the first `SHOWN`; `refusals_file` holds all.
    """

    import_id: str | None
    mapping: str
    file: str
    dry_run: bool
    resumed: bool
    rows: int
    taken: int
    known: int
    changed: int
    ignored: int
    refused: int
    added: int
    updated: int
    deals: int
    accounts: int
    contacts: int
    users: int
    violations: Mapping[str, int] = field(default_factory=dict)
    refusals: tuple[RowRefusal, ...] = ()
    refusals_file: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "import": self.import_id,
            "mapping": self.mapping,
            "file": self.file,
            "dry_run": self.dry_run,
            "resumed": self.resumed,
            "rows": self.rows,
            "taken": self.taken,
            "known": self.known,
            "changed": self.changed,
            "ignored": self.ignored,
            "refused": self.refused,
            "added": self.added,
            "updated": self.updated,
            "deals": self.deals,
            "accounts": self.accounts,
            "contacts": self.contacts,
            "users": self.users,
            "violations": dict(self.violations),
            "refusals": [refusal.to_json() for refusal in self.refusals],
            "refusals_file": self.refusals_file,
        }


@frozen
class UndoReport:
    """What an undo took back: deals, accounts and contacts hidden, rows that may be imported again.

    `kept`: accounts and contacts that stay, because something else uses or has changed them. `others`: rows that other
    imports had written into those deals, by import; they may come again, too. `personal`: values that are still kept
    about what was hidden.
    """

    import_id: str
    deals: int
    accounts: int
    contacts: int
    kept: int
    rows: int
    others: Mapping[str, int] = field(default_factory=dict)
    personal: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "import": self.import_id,
            "deals": self.deals,
            "accounts": self.accounts,
            "contacts": self.contacts,
            "kept": self.kept,
            "rows": self.rows,
            "others": dict(self.others),
            "personal": self.personal,
        }


class Tally:
    """The counts of an import, as they are kept with its progress."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts: Counter[str] = Counter(counts or {})

    def add(self, other: Mapping[str, int], violations: Mapping[str, int]) -> None:
        """Add the counts of a batch."""
        self.counts.update(other)
        self.counts.update({f"{_GATE}{gate}": count for gate, count in violations.items()})

    def plus(self, other: Mapping[str, int], violations: Mapping[str, int]) -> Tally:
        """Return the counts with those of a batch; these stay as they are."""
        found = Tally(self.counts)
        found.add(other, violations)
        return found

    @property
    def violations(self) -> dict[str, int]:
        """The violations by gate."""
        return {
            name.removeprefix(_GATE): count for name, count in sorted(self.counts.items()) if name.startswith(_GATE)
        }


class RefusalList:
    """All refused rows in a file, for a spreadsheet: a table of row, line, column, value, reason, remedy and gate.

    It goes with the import's transactions: what was written for one that never was committed is overwritten.
    `position`: the rows of a run that is taken up again; what stands of rows after it was not committed.
    """

    _COLUMNS = (Text("row"), Text("line"), Text("column"), Text("value"), Text("reason"), Text("remedy"), Text("gate"))

    def __init__(self, path: Path, language: str, *, position: int = 0) -> None:
        self.path = path
        self._language = language
        self._rows = self._kept(position) if position else 0
        self._end = path.stat().st_size if self._rows else 0

    def write(self, refusals: Iterable[RowRefusal]) -> tuple[int, int]:
        """Write refused rows after those accepted so far; return what `accept` takes once they are committed."""
        rows = [
            (
                refusal.row,
                refusal.line,
                _plain(refusal.column),
                _plain(refusal.value),
                refusal.reason.render(self._language),
                refusal.remedy.render(self._language),
                refusal.gate,
            )
            for refusal in refusals
        ]
        if not rows:
            return self._rows, self._end
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("r+" if self._rows else "w", encoding="utf-8", newline="") as file:
                file.truncate(self._end)
                file.seek(self._end)
                writer = csv.writer(file)
                if not self._rows:
                    writer.writerow(column.render(self._language) for column in self._COLUMNS)
                writer.writerows(rows)
                file.flush()
                return self._rows + len(rows), file.tell()
        except OSError as error:
            raise EnvironmentFault(
                Text("The list of refused rows cannot be written. {reason}", reason=refused_by_system(error)),
                Text("Free some room or mend the rights, and repeat the command: it goes on where it stopped."),
                place=str(self.path),
            ) from error

    def accept(self, written: tuple[int, int]) -> None:
        """Keep what `write` has written."""
        self._rows, self._end = written

    @property
    def name(self) -> str | None:
        """The path of the list; None if no row was refused."""
        return str(self.path) if self._rows else None

    def _kept(self, position: int) -> int:
        """Drop rows after `position` from the file of a run that was broken off; return how many stay."""
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                head, *rows = csv.reader(file)
        except (OSError, ValueError, csv.Error):
            return 0
        kept = [row for row in rows if len(row) == len(head) and row[0].isdecimal() and int(row[0]) <= position]
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *kept])
        return len(kept)


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text
