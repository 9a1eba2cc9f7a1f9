"""Row formats: kinds of files that an import can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, NamedTuple

from voronka.hooks.plugin import check_name
from voronka.messages import Label, Sentence

__all__ = ["FormatOptions", "Row", "RowFault", "RowFormat", "guarded_format"]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatOptions:
    """What `rows` of an import says beside the format."""

    encoding: str
    delimiter: str


@dataclass(frozen=True, kw_only=True, slots=True)
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


def guarded_format(form: RowFormat) -> RowFormat:
    """Return the format with a `read` that gives rows of texts and nothing else; `TypeError` where it gives that."""

    def read(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
        for row in form.read(file, options):
            if not isinstance(row, Row) or not all(isinstance(cell, str) for cell in row.cells):
                raise TypeError(f"it gave {type(row).__name__} that is no row of texts")
            yield row

    return replace(form, read=read)
