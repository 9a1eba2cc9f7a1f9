"""A readiness questionnaire that is said to have been answered on a day still to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from voronka.config.files import kind_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.reader import read_document
from voronka.definition.strategy import Readiness
from voronka.messages import Text

__all__ = ["check_readiness_date"]


def check_readiness_date(readiness: Readiness, files: Mapping[str, bytes], today: date) -> Iterator[Finding]:
    """Yield a warning at such a day. `files`: the content of the workspace's files by path."""
    if readiness.date is None or readiness.date <= today:
        return
    yield Finding(
        code="V5957",
        severity=Severity.WARNING,
        place=next(_places(files), Place("configs/strategy", 1, 1)),
        reason=Text(
            "The questions of readiness were answered on {day}, a day to come.", day=readiness.date.isoformat()
        ),
        remedy=Text("Write under “date” the day on which they were answered."),
    )


def _places(files: Mapping[str, bytes]) -> Iterator[Place]:
    for path, content in files.items():
        root = read_document(path, content).root if kind_of(path) == "strategy" else None
        written = None if root is None else root.at("readiness", "date")
        if written is not None:
            yield written.place
