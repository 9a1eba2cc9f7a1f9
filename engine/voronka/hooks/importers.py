"""Row formats: kinds of files that an import can read."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import replace
from typing import IO, NamedTuple, TypeVar

from voronka.frozen import frozen
from voronka.hooks.limits import Calls, NoAnswer, StillAway
from voronka.hooks.phrases import is_text, phrase, sentence
from voronka.hooks.plugin import check_name
from voronka.messages import Label, Sentence, Text

__all__ = [
    "BrokenFormat",
    "FormatOptions",
    "Row",
    "RowFault",
    "RowFormat",
    "RowReader",
    "checked_row",
    "guarded_format",
]

_SECONDS = 60.0
_ROWS, _MOMENT = 200, 0.1
_log = logging.getLogger("voronka.plugins")
_Result = TypeVar("_Result")


class RowFault(Exception):  # noqa: N818 - a row's fault, reported with the others, is no failure of the program
    """Why a row is not taken. `value` is empty where it is personal; `gate` names what stood in the way of a deal."""

    def __init__(
        self, reason: Sentence, remedy: Sentence, *, column: str = "", value: str = "", gate: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.column = column
        self.value = value
        self.gate = gate


class Row(NamedTuple):
    """A row: the line of the file where it begins (from 1), its cells as texts, or why it has none."""

    line: int
    cells: Sequence[str]
    fault: RowFault | None = None


@frozen
class FormatOptions:
    """What `rows` of an import says beside the format. `sheet`: which of several, None if nothing is said."""

    encoding: str
    delimiter: str
    sheet: str | None = None


@frozen
class RowFormat:
    """What `rows: {format: …}` of an import may name: the plugin's name, or ``plugin.kind``.

    `read`: yields the rows of a file, the first being the names of the columns; blank lines are none. It reads on as it
    is asked, within bounds: neither a long line nor a packed file may take all memory. `check` looks a file through
    before anything is taken of it. Both raise `RowFault` where the file as a whole is not of the format.
    """

    name: str
    label: Label
    read: Callable[[IO[bytes], FormatOptions], Iterator[Row]]
    check: Callable[[IO[bytes]], None] | None = None

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)


class BrokenFormat(Exception):  # noqa: N818 - a fault of the plugin that is told
    """A format gives something else than rows, or does not answer. `reason`: a clause."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


def guarded_format(form: RowFormat, troubles: MutableMapping[str, Sentence], *, seconds: float = _SECONDS) -> RowFormat:
    """Return the format with a `read` that gives sound rows, each within so many `seconds`, and a `check` that ends.

    Both raise `BrokenFormat` where it does anything else, and as long as one that did not answer has not come back;
    `RowFault` and what else it raises pass. A format that does not answer is logged, and written into `troubles`.
    """
    calls = Calls()

    def within(call: Callable[[], _Result]) -> _Result:
        try:
            return calls.within(seconds, call)
        except StillAway:
            raise BrokenFormat(_AWAY) from None
        except NoAnswer:
            reason = troubles[f"format {form.name}"] = Text("no answer within {seconds} s", seconds=f"{seconds:g}")
            _log.error(Text("The format {format} has stopped: {reason}", format=form.name, reason=reason))
            raise BrokenFormat(reason) from None
        except RowFault as fault:
            raise _told(fault) from None

    def read(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
        reading = within(lambda: RowReader(iter(form.read(file, options))))
        while rows := within(reading.some):
            for row in rows:
                yield checked_row(row)
        troubles.pop(f"format {form.name}", None)

    check = form.check
    return replace(form, read=read, check=None if check is None else lambda file: within(lambda: check(file)))


_AWAY = Text("an earlier call has not come back; until it does, or Voronka is started anew, none is made")


class RowReader:
    """Takes rows some at a time: to hand each over by itself would take longer than to read it."""

    def __init__(self, rows: Iterator[object]) -> None:
        self._rows = rows
        self._error: Exception | None = None

    def some(self) -> list[object]:
        """Return the next rows; none if there are no more. What is raised among them is raised after those before."""
        if self._error is not None:
            raise self._error
        found: list[object] = []
        until = time.monotonic() + _MOMENT
        try:
            for row in self._rows:
                found.append(row)
                if len(found) >= _ROWS or time.monotonic() > until:
                    break
        except Exception as error:
            if not found:
                raise
            self._error = error
        return found


def checked_row(row: object) -> Row:
    """Return a row, if it is one that can be kept. Raises `BrokenFormat`."""
    if not isinstance(row, Row):
        raise BrokenFormat(Text("it gave {type}, which is no row", type=type(row).__name__))
    if type(row.line) is not int or not 0 < row.line < 2**63:
        raise BrokenFormat(Text("a row has {line} for its line", line=phrase(row.line)))
    if row.fault is not None and not isinstance(row.fault, RowFault):
        raise BrokenFormat(
            Text("the row of line {line} has {type} for its fault", line=row.line, type=type(row.fault).__name__)
        )
    if not isinstance(row.cells, (list, tuple)) or not all(is_text(cell) for cell in row.cells):
        raise BrokenFormat(Text("the row of line {line} is no list of texts", line=row.line))
    return row if row.fault is None else row._replace(fault=_told(row.fault))


def _told(fault: RowFault) -> RowFault:
    """Return a fault with what it says made fit to be shown."""
    return RowFault(
        sentence(fault.reason) or Label.plain(type(fault).__name__),
        sentence(fault.remedy) or Label.plain(""),
        column=phrase(fault.column),
        value=phrase(fault.value),
    )
