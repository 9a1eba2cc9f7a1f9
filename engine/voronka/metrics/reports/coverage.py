"""The report on coverage: what each source has given, of which class of data, how old it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from voronka.definition.fields import Subject
from voronka.definition.sources import DataClass
from voronka.messages import Label, Text
from voronka.metrics.reports.asking import About, Answer
from voronka.metrics.reports.document import Column, Document, Row, Table, Unit
from voronka.process.provenance import fresh_since
from voronka.process.state import StreamKind
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.words import Json, words

__all__ = ["coverage_document", "report_coverage"]

_DAY = 86_400_000_000
_CLASSES = {
    "transactional": Text("Transactional"),
    "client": Text("Client"),
    "operational": Text("Operational"),
    "employee": Text("Employee"),
}
_KINDS = {
    Subject.DEALS: StreamKind.DEAL,
    Subject.ACCOUNTS: StreamKind.ACCOUNT,
    Subject.CONTACTS: StreamKind.CONTACT,
}


@dataclass(slots=True)
class _Counts:
    """Of one source: how many values it could have given, and since when those are known that it gave."""

    places: int = 0
    told: list[int] = field(default_factory=list)
    stale: int = 0


@parameters()
def report_coverage(asked: Asked) -> Json:
    """Answer with the declared sources: class, fields that name it, values given, share of what it could have given
    (`share`), median age in days (`age`) and share out of date (`stale`). Of the records and the fields that whoever
    asks may see.
    """
    workspace = asked.workspace
    counts: dict[str, _Counts] = defaultdict(_Counts)
    records = 0
    for subject, kind in _KINDS.items():
        every = workspace.fields.get(subject, {})
        hidden = asked.viewer.rights.hidden(every, frozenset())
        declared = {name: each for name, each in every.items() if each.sources and name not in hidden}
        since = {name: fresh_since(each, workspace, asked.now) for name, each in declared.items()}
        for holding in asked.reader.holdings(kind, asked.owners):
            funnel = None if holding.funnel is None else workspace.funnels.get(holding.funnel)
            records += 1
            for name, each in declared.items():
                if subject is Subject.DEALS and (funnel is None or name not in funnel.fields):
                    continue
                for source in each.sources:
                    counts[source].places += 1
                limit = since[name]
                for one in holding.observed.get(name, ()):
                    if one.source in workspace.data_sources:
                        counts[one.source].told.append(one.at)
                        counts[one.source].stale += limit is not None and one.at < limit
    named = [name for each in workspace.fields.values() for one in each.values() for name in one.sources]
    return {
        "n": records,
        "sources": [
            {
                "source": source.name,
                "label": words(source.label),
                "class": source.data_class.value,
                "fields": named.count(source.name),
                "values": len(counts[source.name].told),
                "share": _share(len(counts[source.name].told), counts[source.name].places),
                "age": _age(counts[source.name].told, asked.now),
                "stale": _share(counts[source.name].stale, len(counts[source.name].told)),
            }
            for kind in DataClass
            for source in workspace.data_sources.values()
            if source.data_class is kind
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _age(told: list[int], now: int) -> float | None:
    return round(median((now - at) / _DAY for at in told), 1) if told else None


def coverage_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.coverage`` answers."""
    return Document(
        name="coverage",
        title=Text("Coverage of data by source"),
        of=None,
        definition=Text(
            "Of each source: the values that it has given, as a share of the records and fields that name it."
        ),
        badge=about.badge(answer, answer["n"]),
        basis=(Text("A value is as old as its last confirmation by the source."),),
        tables=(
            Table(
                name="sources",
                title=Text("Sources"),
                columns=(
                    Column(name="class", label=Text("Class of data")),
                    Column(name="source", label=Text("Source")),
                    Column(name="fields", label=Text("Fields"), unit=Unit.COUNT),
                    Column(name="values", label=Text("Values"), unit=Unit.COUNT),
                    Column(name="share", label=Text("Filled in"), unit=Unit.SHARE),
                    Column(name="age", label=Text("Median age, days"), unit=Unit.NUMBER),
                    Column(name="stale", label=Text("Out of date"), unit=Unit.SHARE),
                ),
                rows=tuple(
                    Row(
                        cells=(
                            _CLASSES[each["class"]],
                            Label(each["label"]),
                            each["fields"],
                            each["values"],
                            each["share"],
                            each["age"],
                            each["stale"],
                        )
                    )
                    for each in answer["sources"]
                ),
            ),
        ),
        **about.around,
    )
