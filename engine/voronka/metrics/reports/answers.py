"""The question ``report``: any report as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.metrics.reports.asking import About, Build
from voronka.metrics.reports.bottleneck import bottleneck_document
from voronka.metrics.reports.contacts import contacts_document
from voronka.metrics.reports.coverage import coverage_document
from voronka.metrics.reports.document import Document
from voronka.metrics.reports.forecast import forecast_document
from voronka.metrics.reports.funnel import funnel_document
from voronka.metrics.reports.hints import hints_document
from voronka.metrics.reports.hygiene import hygiene_document
from voronka.metrics.reports.kpis import kpis_document
from voronka.metrics.reports.managers import managers_document
from voronka.metrics.reports.ownership import tco_document
from voronka.metrics.reports.profit import profit_document
from voronka.metrics.reports.winloss import winloss_document
from voronka.metrics.reports.wire import to_json
from voronka.runtime.queries import Asked, Query, parameters
from voronka.runtime.words import Json

__all__ = ["BUILDS", "answer_with", "document_for"]

_KPIS = "kpis"

BUILDS: Mapping[str, Build] = {
    "funnel": funnel_document,
    "bottleneck": bottleneck_document,
    "managers": managers_document,
    "hygiene": hygiene_document,
    "forecast": forecast_document,
    "profit": profit_document,
    "winloss": winloss_document,
    "contacts": contacts_document,
    "coverage": coverage_document,
    "hints": hints_document,
    "tco": tco_document,
}
"""What makes the document of each report out of the answer to ``report.NAME``."""


def answer_with(queries: Mapping[str, Query]) -> Query:
    """Return the question ``report``, which finds the reports among `queries`."""

    read = frozenset[str]().union(*(query.parameters for query in queries.values()))

    @parameters("report", "from", "to", "kpis", *read)
    def answer_report(asked: Asked) -> Json:
        """Answer with the document of a report: parameters report, its name, and those of ``report.NAME``."""
        return to_json(document_for(asked, queries))

    return answer_report


def document_for(asked: Asked, queries: Mapping[str, Query]) -> Document:
    """Return the document that a question asks for; the report `kpis` is of those named, with commas between.

    Raises `UsageFault` for a report that there is not.
    """
    name = asked.text("report") or ""
    about = About(workspace=asked.workspace, now=asked.now, start=asked.text("from"), end=asked.text("to"))
    if name == _KPIS:
        kpis = asked.text("kpis")
        if kpis is None:
            raise UsageFault(
                Text("The report kpis is of KPIs, and none is named."),
                Text("Known are: {names}.", names=", ".join(asked.workspace.kpis) or "—"),
                place="kpis",
            )
        params = {"grain": "all", **asked.params}
        answers = [queries["kpi"](replace(asked, params=params | {"kpi": kpi})) for kpi in kpis.split(",")]
        return kpis_document(answers, about)
    known = [each for each in BUILDS if f"report.{each}" in queries]
    if name not in known:
        raise UsageFault(
            Text("There is no report {name}.", name=name), Text("Known are: {names}.", names=", ".join(known))
        )
    _check_read(name, asked, queries[f"report.{name}"])
    return BUILDS[name](queries[f"report.{name}"](asked), about)


def _check_read(name: str, asked: Asked, query: Query) -> None:
    """Raise `UsageFault` where a report is asked for of a funnel or a period that it would not look at."""
    given = {each for each in ("funnel", "from", "to", "kpis") if asked.text(each) is not None} - query.parameters
    if "kpis" in given:
        raise UsageFault(
            Text("The report {name} is not told of chosen KPIs.", name=name), Text("Ask for the report kpis.")
        )
    if "funnel" in given:
        raise UsageFault(
            Text("The report {name} is told of the whole workspace, not of one funnel.", name=name),
            Text("Leave the funnel out."),
            place="funnel",
        )
    if given:
        raise UsageFault(
            Text("The report {name} is told as of now, not of a period.", name=name),
            Text("Leave out the days from which and up to which it is asked for."),
            place=min(given),
        )
