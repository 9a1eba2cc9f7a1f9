"""Decision tables as sheets: out of a file of the configuration, and back into it, with the comments of its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from voronka.config.document import Document, split_lines
from voronka.config.node import Node
from voronka.config.reader import read_document
from voronka.errors import UsageFault
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["COMMENT", "Sheet", "find_sheet", "with_rows"]

COMMENT = "comment"
"""The column of what stands behind ``#`` on the line of a row."""

_PLAIN = re.compile(r"[A-Za-zА-Яа-яЁё0-9_][A-Za-zА-Яа-яЁё0-9_ .%/]*")
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
    lines = document.lines
    return Sheet(
        name=name,
        file=file,
        inputs=len(inputs.elements),
        columns=(*(each.text for each in inputs.elements), *given, COMMENT),
        rows=tuple(
            (*(_text(cell) for cell in row.elements), _remark(lines[row.place.line - 1])) for row in rows.elements
        ),
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
    return ", ".join(each.text for each in cell.elements) if cell.is_sequence else cell.text


def _remark(line: str) -> str:
    found = _REMARK.search(line)
    return found[1].strip() if found else ""


def with_rows(files: Mapping[str, bytes], sheet: Sheet, rows: Sequence[Sequence[str]]) -> bytes:
    """Return the file of a table with other rows; all else in it stays as it is, to the letter.

    Each row has a cell for each column of the sheet. Raises `UsageFault` where the rows do not stand on lines of their
    own.
    """
    file, document, table = _find(files, sheet.name)
    entry = table.entries["rows"]
    lines = split_lines(document.text)
    first, margin = entry.key.place.line - 1, entry.key.place.column - 1
    if lines[first].strip().split("#")[0].strip() != "rows:":
        raise _unreadable(sheet.name, file)
    end = _end(lines, first + 1, margin)
    written = [f"{' ' * margin}  - {_row(row)}" for row in rows]
    ending = "\r\n" if "\r\n" in document.text else "\n"
    text = ending.join([*lines[: first + 1], *written, *lines[end:]])
    mark = b"\xef\xbb\xbf" if files[file].startswith(b"\xef\xbb\xbf") else b""
    return mark + text.encode()


def _end(lines: Sequence[str], start: int, margin: int) -> int:
    """Return the line after the last one of the rows that begin at `start`."""
    end = start
    for number in range(start, len(lines)):
        line = lines[number]
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith("#"):
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
