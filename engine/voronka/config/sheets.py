"""Decision tables as sheets: out of a file of the configuration, and back into it, with the comments of its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from voronka.config.document import Document, split_lines
from voronka.config.node import Node
from voronka.config.reader import read_document
from voronka.definition.tables.conditions import any_of
from voronka.errors import UsageFault
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["COMMENT", "Sheet", "find_sheet", "with_rows"]

COMMENT = "#"
"""The column of what stands behind ``#`` on the line of a row; no input or output can be called so."""

_PLAIN = re.compile(r"[A-Za-zА-Яа-яЁё0-9_][A-Za-zА-Яа-яЁё0-9_ .%/]*")
_DASH = re.compile(r"\s*-\s*(#.*)?")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'""")
_BESIDE = re.compile(r"\s#\s?(.*)$")
_REMARK = re.compile(r"\]\s*,?\s+#\s?(.*)$")


@frozen
class Sheet:
    """A table as cells of text: `columns` are its `inputs`, so many, its outputs and the comment; `file`: where it is
    written.
    """

    name: str
    file: str
    inputs: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def find_sheet(files: Mapping[str, bytes], name: str) -> Sheet:
    """Return the table `name` as a sheet. Raises `UsageFault` if no file declares it, or not in a readable form."""
    file, document, table = _find(files, name)
    inputs, outputs, rows = table.get("inputs"), table.get("outputs"), table.get("rows")
    if inputs is None or outputs is None or rows is None:
        raise _unreadable(name, file)
    given = [each.text for each in outputs.elements] or list(outputs.entries)
    return Sheet(
        name=name,
        file=file,
        inputs=len(inputs.elements),
        columns=(*(each.text for each in inputs.elements), *given, COMMENT),
        rows=_rows(document, rows, len(inputs.elements)),
    )


def _rows(document: Document, rows: Node, inputs: int) -> tuple[tuple[str, ...], ...]:
    lines = document.lines
    return tuple(
        (
            *(_text(cell).strip() or "any" for cell in row.elements[:inputs]),
            *(_text(cell) for cell in row.elements[inputs:]),
            _remark(lines[row.place.line - 1]),
        )
        for row in rows.elements
    )


def _find(files: Mapping[str, bytes], name: str) -> tuple[str, Document, Node]:
    known = []
    for file, content in files.items():
        if not file.startswith("configs/rules/"):
            continue
        document = read_document(file, content)
        tables = document.root.get("tables") if document.root is not None else None
        for entry in tables.items() if tables is not None else ():
            if entry.key.text == name:
                return file, document, entry.value
            known.append(entry.key.text)
    remedy = Text("Known are: {names}.", names=", ".join(known)) if known else Text("Declare it under “tables”.")
    raise UsageFault(Text("There is no table “{name}”.", name=name), remedy)


def _unreadable(name: str, file: str) -> UsageFault:
    return UsageFault(
        Text("The table {name} in {file} cannot be told as a sheet.", name=name, file=file),
        Text("Write “inputs”, “outputs” and “rows” on lines of their own, as `voronka check` accepts them."),
    )


def _text(cell: Node) -> str:
    return any_of(each.text for each in cell.elements) if cell.is_sequence else cell.text


def _remark(line: str) -> str:
    found = _REMARK.search(line)
    return found[1].strip() if found else ""


def with_rows(files: Mapping[str, bytes], sheet: Sheet, rows: Sequence[Sequence[str]]) -> bytes:
    """Return the file of a table with other rows; all else in it stays as it is, to the letter, rows that stay too.

    Each row has a cell for each column of the sheet. Lines between rows stay before the row that follows them. Raises
    `UsageFault` where the rows do not stand on lines of their own.
    """
    file, document, table = _find(files, sheet.name)
    entry = table.entries["rows"]
    lines = split_lines(document.text)
    first, margin = entry.key.place.line - 1, entry.key.place.column - 1
    if lines[first].strip().split("#")[0].strip() != "rows:":
        raise _unreadable(sheet.name, file)
    end = _end(lines, first + 1, margin)
    starts = [_start(lines, row.place.line - 1) for row in entry.value.elements]
    written = list(
        _replaced(_Written.of(lines, first + 1, end, starts), _rows(document, entry.value, sheet.inputs), rows, margin)
    )
    ending = "\r\n" if "\r\n" in document.text else "\n"
    text = ending.join([*lines[: first + 1], *written, *lines[end:]])
    mark = b"\xef\xbb\xbf" if files[file].startswith(b"\xef\xbb\xbf") else b""
    return mark + text.encode()


@frozen
class _Written:
    """The lines of the rows of a table, `own`, and those that stand before each of them, `before`."""

    before: tuple[tuple[str, ...], ...]
    own: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(lines: Sequence[str], start: int, end: int, starts: Sequence[int]) -> _Written:
        """Return what stands in the lines from `start` to `end`, of which rows begin at `starts`."""
        before, own = [], []
        for row, stop in zip(starts, [*starts[1:], end], strict=False):
            before.append(tuple(lines[start:row]))
            start = stop
            while not _tells(lines[start - 1]):
                start -= 1
            own.append(tuple(lines[row:start]))
        return _Written(before=tuple(before), own=tuple(own))


def _replaced(
    written: _Written, old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], margin: int
) -> Iterator[str]:
    """Yield the lines of the `new` rows, with what stood between the `old` ones."""
    same = SequenceMatcher(a=[tuple(row) for row in old], b=[tuple(row) for row in new], autojunk=False)
    for change, start, stop, at, until in same.get_opcodes():
        for place, row in zip_longest(range(start, stop), new[at:until]):
            if place is not None:
                yield from written.before[place]
                if change != "equal":
                    yield from _comments(written.own[place], old[place][-1], f"{' ' * margin}  ")
            if change == "equal":
                yield from written.own[place]
            elif row is not None:
                yield f"{' ' * margin}  - {_row(row)}"


def _comments(own: Sequence[str], remark: str, margin: str) -> Iterator[str]:
    """Yield the comments in the lines of a row that is written anew, each on a line of its own.

    `remark`: the one that goes with the row.
    """
    for line in own:
        if not _tells(line):
            yield line
        elif len(own) > 1 and (found := _BESIDE.search(_QUOTED.sub("", line))) and found[1].strip() != remark:
            yield f"{margin}# {found[1].strip()}"


def _start(lines: Sequence[str], row: int) -> int:
    """Return the line on which a row begins: its dash may stand on one of its own."""
    return row - 1 if _DASH.fullmatch(lines[row - 1]) else row


def _tells(line: str) -> bool:
    """Tell whether a line is more than a blank one or a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _end(lines: Sequence[str], start: int, margin: int) -> int:
    """Return the line after the last one of the rows that begin at `start`."""
    end = start
    for number in range(start, len(lines)):
        line = lines[number]
        indent = len(line) - len(line.lstrip())
        if not _tells(line):
            continue
        if indent < margin or (indent == margin and not line.lstrip().startswith("- ")):
            break
        end = number + 1
    return end


def _row(cells: Sequence[str]) -> str:
    *values, remark = cells
    row = f"[{', '.join(_written(value) for value in values)}]"
    note = " ".join(remark.split())
    return f"{row}  # {note}" if note else row


def _written(text: str) -> str:
    """Return a cell as YAML reads it back."""
    return (
        text
        if _PLAIN.fullmatch(text) and text == text.strip() and text != "null"
        else json.dumps(text, ensure_ascii=False)
    )
