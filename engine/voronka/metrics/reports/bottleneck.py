"""The report on bottlenecks: where deals wait and where they are lost; slow and leaky told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voronka.messages import Label, Sentence, Text
from voronka.metrics.kpi.headings import OF_BOTTLENECK
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
from voronka.metrics.reports.figures import UNITS

__all__ = ["bottleneck_document"]

_COLUMNS = tuple(
    (name, OF_BOTTLENECK[name], unit, meaning)
    for name, unit, meaning in (
        ("entries", Unit.COUNT, None),
        ("exits", Unit.COUNT, None),
        ("entry_rate", Unit.NUMBER, None),
        ("throughput", Unit.NUMBER, None),
        ("wip", Unit.COUNT, None),
        ("average_wip", Unit.NUMBER, None),
        ("expected_wip", Unit.NUMBER, Text("By Little's law: how many enter a day times the mean stay.")),
        ("conversion", Unit.SHARE, None),
        ("lost", Unit.SHARE, None),
        ("back", Unit.SHARE, None),
        ("rework", Unit.SHARE, None),
        (
            "p50",
            Unit.DAYS,
            Text("Half of the visits are over after so many days; open ones are counted as unfinished."),
        ),
        ("p80", Unit.DAYS, None),
        ("p95", Unit.DAYS, None),
        (
            "mean",
            Unit.DAYS,
            Text(
                "Open stays are counted as unfinished, and none as longer than could be seen by the end of the period. "
                "A few very long ones raise it far above p50."
            ),
        ),
        ("wait", Unit.DAYS, Text("Until the first step of ours in the stage.")),
        ("handling", Unit.DAYS, None),
        (
            "queue_age",
            Unit.DAYS,
            Text("Half of the deals that stand here have stood for so many days or longer."),
        ),
        ("oldest", Unit.DAYS, None),
        ("automatic", Unit.SHARE, None),
    )
)


_GAIN = Text("What the result of the profit model gains if the stage alone reaches the targets of its parameters.")


def bottleneck_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.bottleneck`` answers."""
    stages = answer["stages"]
    n = sum(stage["n"] for stage in stages)
    ranked = sorted((each for each in stages if each["rank"] is not None), key=lambda each: int(each["rank"]))
    gain = UNITS.get(answer["gain_unit"], Unit.NUMBER)
    columns = (*_COLUMNS, *((("gain", Text("Expected gain"), gain, _GAIN),) if answer["no_gain"] is None else ()))
    return Document(
        name="bottleneck",
        title=Text("Bottleneck"),
        of=Label(answer["funnel"]["label"]),
        definition=Text("Visits to each stage in the period: how many came and went, how long they stayed."),
        badge=about.badge(answer, n),
        basis=labels(answer["words"]),
        said=tuple(_said(answer, ranked, gain, about)),
        pictures=(
            Picture(
                name="stay",
                title=Text("Days in the stage: half of the visits and four of five are over, and the mean"),
                form=PictureForm.BARS,
                unit=Unit.DAYS,
                categories=tuple(Label(each["label"]) for each in stages),
                series=(
                    Series(label=Text("p50, days"), values=tuple(each["p50"] for each in stages)),
                    Series(label=Text("p80, days"), values=tuple(each["p80"] for each in stages)),
                    Series(label=Text("Mean stay, days"), values=tuple(each["mean"] for each in stages)),
                ),
            ),
        ),
        tables=(
            Table(
                name="stages",
                title=Text("Stages"),
                columns=(
                    Column(name="stage", label=Text("Stage")),
                    Column(name="rank", label=Text("Rank"), unit=Unit.COUNT),
                    *(
                        Column(name=name, label=label, unit=unit, definition=meaning)
                        for name, label, unit, meaning in columns
                    ),
                ),
                rows=tuple(
                    Row(
                        cells=(Label(each["label"]), each["rank"], *(each[name] for name, *_ in columns)),
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


def _said(answer: Answer, ranked: Sequence[Answer], gain: Unit, about: About) -> Iterator[Sentence]:
    if ranked:
        yield _first(answer["rank_by"], ranked[0], gain, about)
    if answer["no_gain"] is not None:
        yield Text("Not ranked by expected gain: {why}.", why=Label(answer["no_gain"]))


def _first(rank_by: str, foremost: Answer, gain: Unit, about: About) -> Sentence:
    """Return which stage is the bottleneck, by what, and the number that bears it out."""
    stage = Label(foremost["label"])
    match rank_by:
        case "gain" if foremost["gain"] <= 0:
            return Text("No stage stands out: each has reached its targets.")
        case "gain":
            figure = about.written(foremost["gain"], gain)
            return Text("The bottleneck is {stage}: {gain} could be gained there.", stage=stage, gain=figure)
        case "wait":
            figure = about.written(foremost["wait"], Unit.DAYS)
            return Text("The bottleneck is {stage}: deals wait there {days} days on average.", stage=stage, days=figure)
        case "leak":
            figure = about.written(foremost["lost"], Unit.SHARE)
            return Text(
                "The bottleneck is {stage}: of those that left it {share} were lost.", stage=stage, share=figure
            )
    figure = about.written(foremost["mean"], Unit.DAYS)
    return Text("The bottleneck is {stage}: deals stay there {days} days on average.", stage=stage, days=figure)
