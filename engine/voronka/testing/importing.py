"""Rows of a foreign file that come in on the way: a file is written and imported as any other."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from voronka.definition.imports import Import, RowImport
from voronka.definition.scenarios import ImportRows, Step
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.step import Failure
from voronka.runtime.engine import Engine
from voronka.runtime.importing.keys import case_of, deal_key
from voronka.runtime.importing.run import import_file

__all__ = ["bring_in", "foreign_keys"]


def foreign_keys(engine: Engine, steps: Iterable[Step]) -> tuple[tuple[str, str], ...]:
    """Return the keys by which the rows of a scenario name its deal."""
    cases = dict.fromkeys(_cases(engine.workspace, steps))
    if not cases:
        return ()
    secret = engine.write(lambda work: work.secret(engine.random))
    return tuple((space, deal_key(secret, case)) for space, case in cases)


def _cases(workspace: Workspace, steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    for step in steps:
        if isinstance(step, ImportRows):
            mapping = workspace.imports.get(step.mapping)
            if mapping is None:
                continue
            columns = mapping.key if mapping.case is None else (mapping.case,)
            for row in step.rows:
                yield mapping.keys, case_of([row.get(column, "") for column in columns])


def bring_in(engine: Engine, step: ImportRows) -> list[Failure]:
    """Import the rows; return why those were refused that were."""
    workspace = engine.workspace
    mapping = workspace.imports.get(step.mapping) or workspace.row_imports[step.mapping]
    with TemporaryDirectory(prefix="voronka-") as folder:
        file = Path(folder) / "rows"
        file.write_bytes(_content(mapping, step))
        report = import_file(engine, step.mapping, file)
    engine.settle()
    return [Failure(gate=f"import.{step.mapping}", reason=each.reason, unblock=each.remedy) for each in report.refusals]


def _content(mapping: Import | RowImport, step: ImportRows) -> bytes:
    """Return the rows as a file in the format of the mapping."""
    form = mapping.file
    if form.kind == "xlsx":
        return _workbook(sorted(mapping.columns), step, form.sheet)
    if form.kind not in ("csv", "csv.gz"):
        raise UsageFault(
            Text("The format {format} of this import is not known yet in a scenario.", format=form.kind),
            Text("Write what the rows say as steps: move, set, log."),
        )
    text = io.StringIO(newline="")
    columns = sorted(mapping.columns)
    writer = csv.DictWriter(text, columns, restval="", delimiter=form.delimiter)
    writer.writeheader()
    writer.writerows(step.rows)
    content = text.getvalue().encode(form.encoding)
    return gzip.compress(content) if form.kind == "csv.gz" else content


def _workbook(columns: Sequence[str], step: ImportRows, sheet: str | None) -> bytes:
    from openpyxl import Workbook  # few scenarios bring in a workbook

    book = Workbook()
    page = book.active
    if page is None:
        raise TypeError("a new workbook has a page")
    page.title = sheet or page.title
    page.append(list(columns))
    for row in step.rows:
        page.append([row.get(column) for column in columns])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
