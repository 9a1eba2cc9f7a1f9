"""The report on a funnel: how many deals reach each stage, how long they stay, who wins how much."""

from __future__ import annotations

from voronka.messages import LANGUAGES, Label, Sentence, Text
from voronka.metrics.reports.asking import About, Answer, span
from voronka.metrics.reports.document import (
    Cell,
    Column,
    Document,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)
from voronka.metrics.reports.figures import days_written

__all__ = ["funnel_document"]

# Columns of the table of stages: name, heading, unit, which definition tells of it; the last are empty for an outcome.
_STAGES: tuple[tuple[str, Text, Unit, str], ...] = (
    ("entered", Text("Entered"), Unit.COUNT, "entered"),
    ("left", Text("Left"), Unit.COUNT, "left"),
    ("onward", Text("Gone on"), Unit.COUNT, "onward"),
    ("conversion", Text("Conversion"), Unit.SHARE, "conversion"),
    ("back", Text("Back"), Unit.COUNT, "back"),
    ("lost", Text("Lost"), Unit.COUNT, "lost"),
    ("here", Text("Here now"), Unit.COUNT, "here"),
    ("median_days", Text("Median, days"), Unit.DAYS, "days"),
    ("p90_days", Text("p90, days"), Unit.DAYS, "days"),
)
_INSIDE = {"left", "onward", "back", "lost"}


def funnel_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.funnel`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    stages = [stage for stage in answer["stages"] if stage["outcome"] != "lost"]
    names = tuple(_name(stage) for stage in stages)
    return Document(
        name="funnel",
        title=Text("Funnel"),
        of=Label(answer["funnel"]["label"]),
        definition=meaning["population"],
        badge=about.badge(answer, answer["deals"]),
        basis=(meaning["onward"], meaning["conversion"]),
        said=tuple(_said(answer)),
        pictures=(
            Picture(
                name="entered",
                title=Text("Deals that entered each stage"),
                form=PictureForm.BARS,
                unit=Unit.COUNT,
                categories=names,
                series=(Series(label=Text("Entered"), values=tuple(stage["entered"] for stage in stages)),),
            ),
            *_win_rates(answer),
        ),
        tables=(_stages(answer, meaning), _owners(answer, meaning)),
        **about.around,
    )


def _name(stage: Answer) -> Sentence:
    label = Label(stage["label"])
    return label if stage["declared"] else Text("{stage} (no longer in the configuration)", stage=label)


def _said(answer: Answer) -> list[Sentence]:
    stages = {stage["stage"]: stage for stage in answer["stages"]}
    said: list[Sentence] = []
    if (slow := stages.get(answer["slowest"])) is not None:
        label = Label(slow["label"])
        said.append(
            Text(
                "The slowest stage is {stage}: half of the visits are over after {days} days, open ones counted as far "
                "as they were seen.",
                stage=label,
                days=_days(slow["half_days"]),
            )
            if slow["half_days"] is not None
            else Text(
                "The slowest stage is {stage}: after {days} days less than half of the visits are over.",
                stage=label,
                days=_days(slow["seen_days"]),
            )
        )
    if (leaky := stages.get(answer["leakiest"])) is not None:
        said.append(Text("The most deals are lost straight from {stage}.", stage=Label(leaky["label"])))
    return said


def _days(days: float) -> Label:
    return Label({language: days_written(days, language) for language in LANGUAGES})


def _win_rates(answer: Answer) -> list[Picture]:
    known = [owner for owner in answer["owners"] if owner["win_rate"] is not None]
    if not known:
        return []
    return [
        Picture(
            name="win_rate",
            title=Text("Won among won and lost, by owner, with 95 % intervals"),
            form=PictureForm.INTERVALS,
            unit=Unit.SHARE,
            categories=tuple(Label(owner["label"]) for owner in known),
            series=(
                Series(
                    label=Text("Won, share"),
                    values=tuple(owner["win_rate"] for owner in known),
                    spans=tuple(span(owner["interval"]) for owner in known),
                ),
            ),
            target=answer["total"]["win_rate"],
        )
    ]


def _stages(answer: Answer, meaning: dict[str, Label]) -> Table:
    columns = tuple(
        Column(name=name, label=label, unit=unit, definition=meaning.get(definition))
        for name, label, unit, definition in _STAGES
    )
    return Table(
        name="stages",
        title=Text("Stages"),
        columns=(Column(name="stage", label=Text("Stage")), *columns),
        rows=tuple(
            Row(
                cells=(
                    _name(stage),
                    *(
                        None if name in _INSIDE and stage["outcome"] is not None else stage[name]
                        for name, *_ in _STAGES
                    ),
                ),
                deals=tuple(stage.get("deals", ())),
                more=max(stage["entered"] - len(stage.get("deals", ())), 0) if stage.get("deals") else 0,
            )
            for stage in answer["stages"]
        ),
    )


def _owners(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="owners",
        title=Text("Owners"),
        note=meaning.get("owners"),
        columns=(
            Column(name="owner", label=Text("Owner")),
            Column(name="open", label=Text("Open"), unit=Unit.COUNT),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="lost", label=Text("Lost"), unit=Unit.COUNT),
            Column(name="win_rate", label=Text("Won, share"), unit=Unit.SHARE, definition=meaning.get("win_rate")),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=(
            *(Row(cells=_owner(Label(owner["label"]), owner)) for owner in answer["owners"]),
            Row(cells=_owner(Text("All"), answer["total"])),
        ),
        total=True,
    )


def _owner(label: Sentence, result: Answer) -> tuple[Cell, ...]:
    counts = (result["open"], result["won"], result["lost"])
    return (label, *counts, result["win_rate"], span(result["interval"]))
