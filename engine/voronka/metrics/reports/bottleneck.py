"""The report on bottlenecks: where deals wait and where they are lost; slow and leaky told apart."""

from __future__ import annotations

from voronka.messages import Label, Text
from voronka.metrics.reports.asking import About, Answer, labels
from voronka.metrics.reports.document import (
    Column,
    Document,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)

__all__ = ["bottleneck_document"]

_COLUMNS = (
    ("entries", Text("Entered"), Unit.COUNT, None),
    ("exits", Text("Left"), Unit.COUNT, None),
    ("wip", Text("Here now"), Unit.COUNT, None),
    (
        "expected_wip",
        Text("Expected here"),
        Unit.NUMBER,
        Text("By Little's law: how fast deals enter times how long they stay."),
    ),
    ("conversion", Text("Conversion"), Unit.SHARE, None),
    ("lost", Text("Lost, share"), Unit.SHARE, None),
    ("rework", Text("Came again, share"), Unit.SHARE, None),
    (
        "p50",
        Text("p50, days"),
        Unit.DAYS,
        Text("Half of the visits are over after so many days; open ones are counted as unfinished."),
    ),
    ("p80", Text("p80, days"), Unit.DAYS, None),
    ("p95", Text("p95, days"), Unit.DAYS, None),
    ("wait", Text("Waiting, days"), Unit.DAYS, Text("Until the first step of ours in the stage.")),
    ("handling", Text("Handling, days"), Unit.DAYS, None),
    (
        "queue_age",
        Text("Age of the queue, days"),
        Unit.DAYS,
        Text("How long the deals that stand here have stood on average."),
    ),
)


def bottleneck_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.bottleneck`` answers."""
    stages = answer["stages"]
    n = sum(stage["n"] for stage in stages)
    ranked = sorted((each for each in stages if each["rank"] is not None), key=lambda each: int(each["rank"]))
    return Document(
        name="bottleneck",
        title=Text("Bottleneck"),
        of=Label(answer["funnel"]["label"]),
        definition=Text("Visits to each stage in the period: how many came and went, how long they stayed."),
        badge=about.badge(answer, n),
        basis=labels(answer["words"]),
        said=(Text("The bottleneck is {stage}.", stage=Label(ranked[0]["label"])),) if ranked else (),
        pictures=(
            Picture(
                name="stay",
                title=Text("Days in the stage: half of the visits and four of five are over"),
                form=PictureForm.BARS,
                unit=Unit.DAYS,
                categories=tuple(Label(each["label"]) for each in stages),
                series=(
                    Series(label=Text("p50, days"), values=tuple(each["p50"] for each in stages)),
                    Series(label=Text("p80, days"), values=tuple(each["p80"] for each in stages)),
                ),
            ),
        ),
        tables=(
            Table(
                name="stages",
                title=Text("Stages"),
                columns=(
                    Column(name="stage", label=Text("Stage")),
                    *(
                        Column(name=name, label=label, unit=unit, definition=meaning)
                        for name, label, unit, meaning in _COLUMNS
                    ),
                ),
                rows=tuple(
                    Row(
                        cells=(Label(each["label"]), *(each[name] for name, *_ in _COLUMNS)),
                        deals=tuple(each["deals"]),
                        more=max(each["wip"] - len(each["deals"]), 0) if each["deals"] else 0,
                        why=Text("left by a timer: no queue")
                        if each["timer"]
                        else next(iter(labels(each["hidden"])), None),
                    )
                    for each in stages
                ),
            ),
        ),
        **(about.around | {"period": (answer["from"], answer["to"])}),
    )
