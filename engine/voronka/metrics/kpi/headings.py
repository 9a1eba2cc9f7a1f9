"""What the columns of a KPI's answer are called: the names it is told by, and what is told beside its value."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.fields import Subject
from voronka.definition.kpis import Kpi
from voronka.definition.kpis.methods import Bottleneck
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.messages import Label, Sentence, Text

__all__ = ["OF_BOTTLENECK", "heading"]

_HEADINGS: Mapping[str, Text] = {
    "stage": Text("Stage"),
    "stat": Text("Statistic"),
    "cause": Text("Ended with"),
    "at": Text("Within"),
    "field": Text("Field"),
    "factor": Text("Factor"),
    "funnel": Text("Funnel"),
    "variant": Text("Variant"),
    "outcome": Text("Outcome"),
    "user": Text("Who"),
    "assignee": Text("Assignee"),
    "team": Text("Team"),
    "role": Text("Role"),
    "kind": Text("Kind"),
    "channel": Text("Channel"),
    "reason": Text("Reason"),
    "share": Text("Of those in the step before"),
    "of_first": Text("Of those in the first step"),
    "back": Text("Back"),
    "finished": Text("Finished"),
    "open": Text("Not finished"),
    "records": Text("Records"),
    "completeness": Text("Filled in"),
    "validity": Text("Valid"),
    "freshness": Text("Fresh"),
    "before": Text("Before"),
    "after": Text("After"),
    "change": Text("Change of the whole"),
    "rest": Text("Unexplained"),
    "mean": Text("Mean"),
    "low": Text("Least"),
    "high": Text("Most"),
    "relative": Text("Deviation to mean"),
    "rank_correlation": Text("Rank correlation"),
    "deviation": Text("Standard deviation"),
}
OF_BOTTLENECK: Mapping[str, Text] = {
    "entries": Text("Entered"),
    "exits": Text("Left"),
    "entry_rate": Text("Entered a day"),
    "throughput": Text("Left a day"),
    "wip": Text("Here now"),
    "average_wip": Text("Here on average"),
    "expected_wip": Text("Expected here"),
    "conversion": Text("Conversion"),
    "lost": Text("Lost, share"),
    "back": Text("Went back, share"),
    "rework": Text("Came again, share"),
    "p50": Text("p50, days"),
    "p80": Text("p80, days"),
    "p95": Text("p95, days"),
    "mean": Text("Mean stay, days"),
    "wait": Text("Waiting, days"),
    "handling": Text("Handling, days"),
    "queue_age": Text("Age of the queue, days"),
    "oldest": Text("Oldest, days"),
    "automatic": Text("Left by themselves, share"),
    "timer": Text("No queue: left by a timer"),
    "rank": Text("Rank"),
}
"""What is told of a stage that may hold a funnel up."""


def heading(workspace: Workspace, kpi: Kpi, name: str) -> Sentence:
    """Return what people call a column; a name of the language that nobody has called otherwise as it is."""
    if isinstance(kpi.current.method, Bottleneck) and name in OF_BOTTLENECK:
        return OF_BOTTLENECK[name]
    if name in _HEADINGS:
        return _HEADINGS[name]
    head, dot, last = name.rpartition(".")
    subject = {"account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}.get(head, Subject.DEALS)
    known = {**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})}
    if last in known and head != "owner":
        return known[last].label
    return _HEADINGS.get(last, Label.plain(name)) if dot else Label.plain(name)
