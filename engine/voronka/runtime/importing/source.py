"""The file of an import: looked through before anything is written, then read row by row within bounds."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from voronka.definition.imports import FileFormat
from voronka.errors import UsageFault
from voronka.messages import Sentence, Text

__all__ = ["RowFault", "Source", "SourceRow", "open_source"]

LONGEST_LINE = 1 << 20
"""Characters; a longer line is refused without being held in memory."""
LONGEST_ROW = 4 << 20
"""Characters of a row that goes on over several lines, inside quotes."""
LARGEST_RATIO = 200
"""How many times its size a compressed file may unpack to, once it is larger than `ALWAYS_UNPACKED`."""
ALWAYS_UNPACKED = 64 << 20
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_CYRILLIC = "cp1251"


class RowFault(Exception):  # noqa: N818 - a row's fault, reported with the others, is no failure of the program
    """Why a row is not taken. `value` is empty where it is personal."""

    def __init__(self, reason: Sentence, remedy: Sentence, *, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.column = column
        self.value = value


class SourceRow(NamedTuple):
    """A row: the line of the file where it begins, its cells (as many as the header has), or why it has none."""

    line: int
    cells: list[str]
    fault: RowFault | None = None


class Source:
    """A file that can be read. `digest`: SHA-256 of its bytes. `header`: the names of its columns."""

    def __init__(self, path: Path, form: FileFormat, digest: str, size: int) -> None:
        self.path = path
        self.digest = digest
        self.size = size
        self._form = form
        self._file: IO[bytes] | None = None
        with self._open() as reader:
            self.header = self._read_header(reader)

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        if self._file is None:
            return 0
        return self.size if self._file.closed else self._file.tell()

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows under the header in their order; blank lines are none."""
        with self._open() as reader:
            next(reader)
            width = len(self.header)
            while True:
                row = reader.next_row()
                if row is None:
                    return
                if row.fault is None and len(row.cells) != width:
                    row = SourceRow(row.line, [], _ragged(len(row.cells), width))
                yield row

    def _open(self) -> _Reader:
        file = self.path.open("rb")
        self._file = file
        raw: IO[bytes] = gzip.GzipFile(fileobj=file) if self._form.kind == "csv.gz" else file  # type: ignore[assignment] # it reads as one
        return _Reader(file, raw, self._form, str(self.path))

    def _read_header(self, reader: _Reader) -> tuple[str, ...]:
        try:
            cells = next(reader)
        except StopIteration:
            raise UsageFault(
                Text("The file is empty."), Text("Export it again, with a header line."), place=str(self.path)
            ) from None
        except RowFault as fault:
            raise UsageFault(fault.reason, fault.remedy, place=f"{self.path}:1") from None
        except csv.Error:
            raise UsageFault(
                Text("The header breaks the rules of quoting."),
                Text("The first line names the columns; mend it."),
                place=f"{self.path}:1",
            ) from None
        if (strange := _unreadable(cells, self._form.encoding)) is not None:
            raise UsageFault(strange.reason, strange.remedy, place=f"{self.path}:1")
        return tuple(cell.lstrip("\ufeff").strip() for cell in cells)


def open_source(path: Path, form: FileFormat) -> Source:
    """Look a file through and return it ready to be read.

    Raises `UsageFault` if it cannot be read, is empty, damaged, not of the declared format, or unpacks to far more than
    its size.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        size = path.stat().st_size
        digest = _digest(path)
        if not size:
            raise UsageFault(Text("The file is empty."), Text("Export it again, with a header line."), place=str(path))
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP
        _check_kind(path, form, compressed=compressed)
        if compressed:
            _check_unpacking(path, size)
        return Source(path, form, digest, size)
    except OSError as error:
        raise UsageFault(
            Text("The file cannot be read: {reason}.", reason=error.strerror or str(error)),
            Text("Check the path and the rights to the file."),
            place=str(path),
        ) from error


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _check_kind(path: Path, form: FileFormat, *, compressed: bool) -> None:
    if compressed and form.kind == "csv":
        raise UsageFault(
            Text("The file is compressed, but the mapping expects a plain one."),
            Text("Write `rows: {{format: csv.gz}}` in the mapping, or unpack the file."),
            place=str(path),
        )
    if not compressed and form.kind == "csv.gz":
        raise UsageFault(
            Text("The file is not compressed, but the mapping expects gzip."),
            Text("Write `rows: {{format: csv}}` in the mapping, or compress the file with gzip."),
            place=str(path),
        )


def _check_unpacking(path: Path, size: int) -> None:
    """Unpack the whole file once: what is damaged at its end must not be found out half-way through an import."""
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > ALWAYS_UNPACKED and unpacked > size * LARGEST_RATIO:
                    raise UsageFault(
                        Text("The file unpacks to more than {ratio} times its size.", ratio=LARGEST_RATIO),
                        Text("That is no table: check where the file comes from."),
                        place=str(path),
                    )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageFault(
            Text("The compressed file is damaged: {reason}.", reason=str(error)),
            Text("Copy or export it again; nothing was imported."),
            place=str(path),
        ) from None


class _Reader:
    """Rows as they stand in the file, within bounds. `next_row` reads on after a row that cannot be read."""

    def __init__(self, file: IO[bytes], raw: IO[bytes], form: FileFormat, place: str) -> None:
        encoding = "utf-8-sig" if form.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else form.encoding
        self._file = file
        self._encoding = form.encoding
        self._place = place
        text = io.TextIOWrapper(io.BufferedReader(raw, 1 << 16), encoding, errors="surrogateescape", newline="")  # type: ignore[type-var] # gzip's reads as one
        self._lines = _Lines(text, form.encoding)
        self._reader = csv.reader(self._lines, delimiter=form.delimiter, strict=True)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __next__(self) -> list[str]:
        self._lines.begin_row()
        try:
            return next(self._reader)
        except UnicodeError as error:
            raise UsageFault(
                Text("From line {line} on the file is not {encoding}.", line=self._lines.line, encoding=self._encoding),
                Text("Write its encoding in the mapping: `rows: {{encoding: …}}`, or save the file as utf-8."),
                place=self._place,
            ) from error

    def next_row(self) -> SourceRow | None:
        while True:
            line = self._lines.line + 1
            try:
                cells = next(self)
            except StopIteration:
                return None
            except RowFault as fault:
                return SourceRow(line, [], fault)
            except csv.Error as error:
                return SourceRow(line, [], _malformed(str(error)))
            if cells:
                return SourceRow(line, cells, _unreadable(cells, self._encoding))


class _Lines:
    """The lines of a text, none of them held in memory if it is too long."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text = text
        self.line = 0
        self._length = 0

    def begin_row(self) -> None:
        self._length = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.line += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            raise RowFault(
                Text("The line is longer than {longest} characters.", longest=LONGEST_LINE),
                Text("Check the delimiter and the ends of lines; leave out columns that hold whole documents."),
            )
        self._length += len(line)
        if self._length > LONGEST_ROW:
            raise _unclosed()
        return line


def _malformed(reason: str) -> RowFault:
    if "field larger than" in reason:
        return RowFault(
            Text("A cell is longer than {longest} characters.", longest=csv.field_size_limit()),
            Text("Shorten the text, or close the quotation mark that stands open."),
        )
    if "unexpected end of data" in reason:
        return _unclosed()
    return RowFault(
        Text("The row breaks the rules of quoting."),
        Text('Write a quotation mark inside a quoted cell twice: "".'),
    )


def _unclosed() -> RowFault:
    return RowFault(
        Text("A quotation mark that opens in this row is never closed."), Text("Close it, or write it twice.")
    )


def _ragged(found: int, expected: int) -> RowFault:
    return RowFault(
        Text("The row has {found} cells, the header has {expected}.", found=found, expected=expected),
        Text("Quote cells that contain the delimiter, and export the file again."),
    )


def _unreadable(cells: list[str], encoding: str) -> RowFault | None:
    text = "".join(cells)
    if text.isascii():
        if "\0" not in text:
            return None
        return RowFault(Text("The row contains the character NUL."), Text("Export the file again as plain text."))
    byte = next((ord(character) - 0xDC00 for character in text if "\udc80" <= character <= "\udcff"), None)
    if byte is not None:
        return RowFault(
            Text("The byte {byte} is not {encoding}.", byte=f"0x{byte:02X}", encoding=encoding),
            Text("It looks like {encoding}: write `rows: {{encoding: {encoding}}}` in the mapping.", encoding=_CYRILLIC)
            if _is_cyrillic(text)
            else Text("Write the encoding of the file in the mapping: `rows: {{encoding: …}}`, or save it as utf-8."),
        )
    if "\0" in text:
        return RowFault(Text("The row contains the character NUL."), Text("Export the file again as plain text."))
    return None


def _is_cyrillic(text: str) -> bool:
    """Tell whether the bytes that could not be decoded are letters of the usual Cyrillic encoding."""
    strange = bytes(ord(character) - 0xDC00 for character in text if "\udc80" <= character <= "\udcff")
    return all("А" <= letter <= "я" or letter in "Ёё№«»" for letter in strange.decode(_CYRILLIC, "replace"))
