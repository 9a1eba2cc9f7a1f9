"""Importing: rows of a foreign file become deals and what happened to them, under an id by which all can be undone."""

from voronka.runtime.importing.report import ImportReport, RowRefusal, UndoReport
from voronka.runtime.importing.run import import_file
from voronka.runtime.importing.undo import UndoRefusedError, undo_import

__all__ = ["ImportReport", "RowRefusal", "UndoRefusedError", "UndoReport", "import_file", "undo_import"]
