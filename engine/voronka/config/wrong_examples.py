"""Examples of KPIs that turned out otherwise, as findings at their places."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.files import kind_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.reader import read_document
from voronka.messages import Sentence, Text

__all__ = ["wrong_example"]


def wrong_example(files: Mapping[str, bytes], kpi: str, number: int, expected: Sentence, got: Sentence) -> Finding:
    """Return the finding for the example of a KPI with a `number`, from 0, that is not as `expected`.

    `files`: the content of the workspace's files by path.
    """
    return Finding(
        code="V5522",
        severity=Severity.ERROR,
        place=_place(files, kpi, number),
        reason=Text(
            "The example expects {expected}, and {kpi} of its data is {got}.", expected=expected, kpi=kpi, got=got
        ),
        remedy=Text("Correct the definition, or the example if people agree that it is wrong."),
    )


def _place(files: Mapping[str, bytes], kpi: str, number: int) -> Place:
    first = Place("configs/kpis", 1, 1)
    for path, content in files.items():
        if kind_of(path) != "kpis":
            continue
        root = read_document(path, content).root
        node = None if root is None else root.at("kpis", kpi, "examples", number)
        if node is not None:
            return (node.get("value") or node).place
    return first
