"""The file of an import: looked through before anything is written, then read row by row by its format."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from voronka.definition.imports import FileFormat
from voronka.errors import UsageFault, refused_by_system
from voronka.hooks.importers import BrokenFormat, FormatOptions, Row, RowFault, RowFormat
from voronka.hooks.phrases import phrase
from voronka.messages import Text

__all__ = ["Source", "open_source"]

_CHUNK = 1 << 20


class Source:
    """A file that can be read. `digest`: SHA-256 of its bytes. `header`: the names of its columns."""

    def __init__(self, path: Path, form: FileFormat, rows: RowFormat, digest: str, size: int) -> None:
        self.path = path
        self.digest = digest
        self.size = size
        self._format = rows
        self._options = FormatOptions(encoding=form.encoding, delimiter=form.delimiter, sheet=form.sheet)
        self._file: IO[bytes] | None = None
        first = next(self._read(), None)
        if first is None:
            raise UsageFault(Text("The file is empty."), Text("Export it again, with a header line."), place=str(path))
        if first.fault is not None:
            raise UsageFault(first.fault.reason, first.fault.remedy, place=f"{path}:{first.line}")
        self.header = tuple(cell.lstrip("\ufeff").strip() for cell in first.cells)

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        if self._file is None:
            return 0
        return self.size if self._file.closed else self._file.tell()

    def rows(self) -> Iterator[Row]:
        """Yield the rows under the header in their order, each with as many cells as it has."""
        rows = self._read()
        next(rows, None)
        width = len(self.header)
        for row in rows:
            if row.fault is None and len(row.cells) != width:
                yield Row(row.line, [], _ragged(len(row.cells), width))
            else:
                yield row

    def _read(self) -> Iterator[Row]:
        with self.path.open("rb") as file:
            self._file = file
            try:
                yield from self._format.read(file, self._options)
            except RowFault as fault:
                raise UsageFault(fault.reason, fault.remedy, place=str(self.path)) from fault
            except OSError:
                raise
            except Exception as error:
                raise _unreadable(self._format, self.path, error) from error


def open_source(path: Path, form: FileFormat, rows: RowFormat) -> Source:
    """Look a file through and return it ready to be read by the format that `form` names.

    Raises `UsageFault` if it cannot be read, is empty, damaged, or not of the format.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        size = path.stat().st_size
        digest = _digest(path)
        if not size:
            raise UsageFault(Text("The file is empty."), Text("Export it again, with a header line."), place=str(path))
        _check(path, rows)
        return Source(path, form, rows, digest, size)
    except OSError as error:
        raise UsageFault(
            Text("The file cannot be read. {reason}", reason=refused_by_system(error)),
            Text("Check the path and the rights to the file."),
            place=str(path),
        ) from error


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _check(path: Path, rows: RowFormat) -> None:
    if rows.check is None:
        return
    with path.open("rb") as file:
        try:
            rows.check(file)
        except RowFault as fault:
            raise UsageFault(fault.reason, fault.remedy, place=str(path)) from None
        except OSError:
            raise
        except Exception as error:
            raise _unreadable(rows, path, error) from error


def _unreadable(rows: RowFormat, path: Path, error: Exception) -> UsageFault:
    return UsageFault(
        Text(
            "The format {name} cannot read the file: {reason}.",
            name=rows.name,
            reason=error.reason if isinstance(error, BrokenFormat) else phrase(error) or type(error).__name__,
        ),
        Text("Check that the file is of that format; if it is, ask whoever made the plugin."),
        place=str(path),
    )


def _ragged(found: int, expected: int) -> RowFault:
    return RowFault(
        Text("The row has {found} cells, the header has {expected}.", found=found, expected=expected),
        Text("Quote cells that contain the delimiter, and export the file again."),
    )
