"""Files of comma-separated values, plain or packed by gzip, read row by row within bounds."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO

from voronka.hooks.importers import FormatOptions, Row, RowFault
from voronka.messages import Text

__all__ = [
    "ALWAYS_UNPACKED",
    "LARGEST_RATIO",
    "LONGEST_LINE",
    "LONGEST_ROW",
    "check_csv",
    "check_gzip",
    "read_csv",
    "read_gzip",
]

LONGEST_LINE = 1 << 20
"""Characters; a longer line is refused without being held in memory."""
LONGEST_ROW = 4 << 20
"""Characters of a row that goes on over several lines, inside quotes."""
LARGEST_RATIO = 200
"""How many times its size a compressed file may unpack to, once it is larger than `ALWAYS_UNPACKED`."""
ALWAYS_UNPACKED = 64 << 20
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CYRILLIC = "cp1251"
_SAMPLE = 1 << 16
_TELLING = 3
"""So many letters beyond ASCII, all of them sound UTF-8, do not come about by chance in another encoding."""


def check_csv(file: IO[bytes]) -> None:
    """Refuse a file that is packed. Raises `RowFault`."""
    if file.read(2) == _GZIP:
        raise RowFault(
            Text("The file is compressed, but the mapping expects a plain one."),
            Text("Write `rows: {{format: csv.gz}}` in the mapping, or unpack the file."),
        )


def check_gzip(file: IO[bytes]) -> None:
    """Unpack the whole file once: what is damaged at its end must not be found out half-way through an import."""
    if file.read(2) != _GZIP:
        raise RowFault(
            Text("The file is not compressed, but the mapping expects gzip."),
            Text("Write `rows: {{format: csv}}` in the mapping, or compress the file with gzip."),
        )
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    unpacked = 0
    try:
        with gzip.GzipFile(fileobj=file) as inner:
            while chunk := inner.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > ALWAYS_UNPACKED and unpacked > size * LARGEST_RATIO:
                    raise RowFault(
                        Text("The file unpacks to more than {ratio} times its size.", ratio=LARGEST_RATIO),
                        Text("That is no table: check where the file comes from."),
                    )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RowFault(
            Text("The compressed file is damaged: {reason}.", reason=str(error)),
            Text("Copy or export it again; nothing was imported."),
        ) from None


def read_csv(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
    """Yield the rows of a plain file."""
    return _Reader(file, options).rows()


def read_gzip(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
    """Yield the rows of a packed file."""
    return _Reader(gzip.GzipFile(fileobj=file), options).rows()  # type: ignore[arg-type] # it reads as one


class _WrongEncoding(RowFault):
    """A fault after which nothing can be read: it is the file's, not a row's."""


class _Reader:
    """Rows as they stand in the file, within bounds. It reads on after a row that cannot be read."""

    def __init__(self, raw: IO[bytes], options: FormatOptions) -> None:
        encoding = options.encoding
        codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self._encoding = encoding
        buffered = io.BufferedReader(raw, _SAMPLE)  # type: ignore[type-var] # gzip's reads as one
        if buffered.peek(len(_ZIP))[: len(_ZIP)] == _ZIP:
            raise _WrongEncoding(
                Text("The file is packed, as a workbook of Excel is; it is no CSV."),
                Text("Write `rows: {{format: xlsx}}` in the mapping, or save the sheet as CSV."),
            )
        if buffered.peek(2)[:2] in _UTF_16 and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf16")):
            raise _WrongEncoding(
                Text(
                    "The file is utf-16, not {encoding}: it begins with the mark of that encoding.", encoding=encoding
                ),
                Text("Write `rows: {{encoding: utf-16}}` in the mapping, or save the file as utf-8."),
            )
        if not codecs.lookup(encoding).name.startswith("utf") and _is_utf_8(buffered.peek(_SAMPLE)):
            raise _WrongEncoding(
                Text("The file is utf-8, not {encoding}.", encoding=encoding),
                Text(
                    "Write `rows: {{encoding: utf-8}}` in the mapping, or save the file as {encoding}.",
                    encoding=encoding,
                ),
            )
        text = io.TextIOWrapper(buffered, codec, errors="surrogateescape", newline="")
        self._lines = _Lines(text)
        self._reader = csv.reader(self._lines, delimiter=options.delimiter, strict=True)

    def rows(self) -> Iterator[Row]:
        while True:
            line = self._lines.line + 1
            try:
                cells = self._next()
            except StopIteration:
                return
            except _WrongEncoding:
                raise
            except RowFault as fault:
                yield Row(line, [], fault)
            except csv.Error as error:
                yield Row(line, [], _malformed(str(error)))
            else:
                if cells:
                    yield Row(line, cells, _unreadable(cells, self._encoding))

    def _next(self) -> list[str]:
        self._lines.begin_row()
        try:
            return next(self._reader)
        except UnicodeError as error:
            raise _WrongEncoding(
                Text("From line {line} on the file is not {encoding}.", line=self._lines.line, encoding=self._encoding),
                Text("Write its encoding in the mapping: `rows: {{encoding: …}}`, or save the file as utf-8."),
            ) from error


class _Lines:
    """The lines of a text, none of them held in memory if it is too long."""

    def __init__(self, text: io.TextIOWrapper) -> None:
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


def _is_utf_8(sample: bytes) -> bool:
    """Tell whether the beginning of a file, which may end within a letter, is UTF-8 and nothing else."""
    try:
        text, _ = codecs.utf_8_decode(sample, "strict", False)
    except UnicodeDecodeError:
        return False
    return sum(not character.isascii() for character in text) >= _TELLING


def _is_cyrillic(text: str) -> bool:
    """Tell whether the bytes that could not be decoded are letters of the usual Cyrillic encoding."""
    strange = bytes(ord(character) - 0xDC00 for character in text if "\udc80" <= character <= "\udcff")
    return all("А" <= letter <= "я" or letter in "Ёё№«»" for letter in strange.decode(_CYRILLIC, "replace"))
