"""The question ``report``: any report as a document."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.metrics.reports.asking import About, Build
from voronka.metrics.reports.document import Document
from voronka.metrics.reports.funnel import funnel_document
from voronka.metrics.reports.wire import to_json
from voronka.runtime.queries import Asked, Query
from voronka.runtime.words import Json

__all__ = ["BUILDS", "answer_with", "document_for"]

BUILDS: Mapping[str, Build] = {
    "funnel": funnel_document,
}
"""What makes the document of each report out of the answer to ``report.NAME``."""


def answer_with(queries: Mapping[str, Query]) -> Query:
    """Return the question ``report``, which finds the reports among `queries`."""

    def answer_report(asked: Asked) -> Json:
        """Answer with the document of a report: parameters report, its name, and those of ``report.NAME``."""
        return to_json(document_for(asked, queries))

    return answer_report


def document_for(asked: Asked, queries: Mapping[str, Query]) -> Document:
    """Return the document that a question asks for. Raises `UsageFault` for a report that there is not."""
    name = asked.text("report") or ""
    known = [each for each in BUILDS if f"report.{each}" in queries]
    if name not in known:
        raise UsageFault(
            Text("There is no report {name}.", name=name), Text("Known are: {names}.", names=", ".join(known))
        )
    about = About(workspace=asked.workspace, now=asked.now, start=asked.text("from"), end=asked.text("to"))
    return BUILDS[name](queries[f"report.{name}"](asked), about)
