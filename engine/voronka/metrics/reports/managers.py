"""The report on managers: what they win, with intervals and in words; what they do; sales without contacts."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.code_words import in_words
from voronka.messages import Label, Sentence, Text
from voronka.metrics.reports.asking import About, Answer, labels, span
from voronka.metrics.reports.document import (
    Column,
    Document,
    Light,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)

__all__ = ["managers_document"]

_EFFORT = Text("Contacts a sale, on all closed")
_EFFORT_ON_WON = Text("Contacts a sale, on won ones")
_AT_THE_MIX = Text("Won, share, at the mix of all")


def managers_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.managers`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    return Document(
        name="managers",
        title=Text("Managers"),
        of=Label(answer["funnel"]["label"]),
        definition=meaning["rate"],
        badge=about.badge(answer, answer["n"]),
        basis=(meaning["verdict"], *_beside(answer, meaning)),
        said=(*_said(answer), *labels(answer["warnings"])),
        pictures=(_rates(answer),) if answer["managers"] else (),
        tables=(
            _members(answer, meaning),
            _activity(answer, meaning),
            _cohorts(answer, meaning),
            _silent(answer, meaning),
        ),
        **about.around,
    )


def _beside(answer: Answer, meaning: dict[str, Label]) -> Iterator[Sentence]:
    """Yield over what the columns are counted."""
    if any(each["cheque"] is not None for each in answer["managers"]):
        yield Text("{column}: {meaning}", column=_cheque(answer), meaning=meaning["cheque"])
    if answer["strata"] > 1:
        mix = Text("Variant") if answer["mix_label"] is None else Label(answer["mix_label"])
        yield Text("The mix of deals is told by: {mix}.", mix=mix)
    else:
        yield Text("No kinds of deals are told apart; name a field of choices by which they differ: --mix FIELD.")
    yield Text("{column}: {meaning}", column=_EFFORT, meaning=meaning["effort"])
    if answer["from"] is None and answer["to"] is None:
        yield Text(
            "No days were asked for: results are of all time, cohorts of the last {months} months.",
            months=answer["months"],
        )


def _cheque(answer: Answer) -> Text:
    stage = answer["stage"]
    at_stage = stage is not None and stage["label"] is not None
    return Text("Average cheque at {stage}", stage=Label(stage["label"])) if at_stage else Text("Average cheque")


def _said(answer: Answer) -> list[Sentence]:
    proven = [each for each in answer["managers"] if each["verdict"] not in {"not_proven", "few"}]
    said: list[Sentence] = [
        Text("{manager}: {verdict}", manager=Label(each["label"]), verdict=Label(each["verdict_told"]))
        for each in proven
    ]
    if not proven and answer["managers"]:
        said.append(Text("No proven difference between managers: what differs may be chance alone."))
    said += [
        Text(
            "{manager} wins deals without logged contacts more often than chance allows.", manager=Label(each["label"])
        )
        for each in answer["silent"]
        if each["alarm"]
    ]
    return said


def _rates(answer: Answer) -> Picture:
    known = answer["managers"]
    return Picture(
        name="win_rate",
        title=Text("Won among won and lost, by owner, with 95 % intervals"),
        form=PictureForm.INTERVALS,
        unit=Unit.SHARE,
        categories=tuple(Label(each["label"]) for each in known),
        series=(
            Series(
                label=Text("Won, share"),
                values=tuple(each["rate"] for each in known),
                spans=tuple(span(each["interval"]) for each in known),
            ),
        ),
        target=answer["rate"],
    )


def _members(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="managers",
        title=Text("Results"),
        columns=(
            Column(name="manager", label=Text("Owner")),
            Column(name="n", label=Text("Closed"), unit=Unit.COUNT),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE, definition=meaning["rate"]),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
            Column(name="standard", label=_AT_THE_MIX, unit=Unit.SHARE, definition=meaning["verdict"]),
            Column(name="cheque", label=_cheque(answer), unit=Unit.MONEY, definition=meaning["cheque"]),
            Column(name="per_won", label=_EFFORT_ON_WON, unit=Unit.NUMBER, definition=meaning["effort"]),
            Column(name="effort", label=_EFFORT, unit=Unit.NUMBER, definition=meaning["effort"]),
            Column(name="verdict", label=Text("In words"), definition=meaning["verdict"]),
        ),
        rows=tuple(
            Row(
                cells=(
                    Label(each["label"]),
                    each["counts"]["trials"],
                    each["counts"]["successes"],
                    each["rate"],
                    span(each["interval"]),
                    None if each["standard"] is None else each["standard"]["rate"],
                    None if each["cheque"] is None else each["cheque"]["mean"],
                    *(None if each[way] is None else round(each[way], 1) for way in ("per_won", "per_won_of_closed")),
                    Label(each["verdict_told"]),
                ),
                deals=tuple(each["deals"]),
                more=max(each["counts"]["trials"] - len(each["deals"]), 0) if each["deals"] else 0,
            )
            for each in answer["managers"]
        ),
        note=Text("Owners stand in the order of their names' ids: it is no ranking."),
    )


def _activity(answer: Answer, meaning: dict[str, Label]) -> Table:
    kinds = list(dict.fromkeys(kind for each in answer["activity"] for kind in each["kinds"]))
    return Table(
        name="activity",
        title=Text("What was done"),
        note=meaning["activity"],
        columns=(
            Column(name="user", label=Text("Who")),
            *(Column(name=f"kind_{kind}", label=in_words(kind), unit=Unit.COUNT) for kind in kinds),
        ),
        rows=tuple(
            Row(cells=(Label(each["label"]), *(each["kinds"].get(kind, 0) for kind in kinds)))
            for each in answer["activity"]
        ),
    )


def _cohorts(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="cohorts",
        title=Text("Leads that became clients, by owner and month"),
        note=meaning["cohort"],
        columns=(
            Column(name="owner", label=Text("Owner")),
            Column(name="month", label=Text("Month"), unit=Unit.MONTH),
            Column(name="n", label=Text("Leads"), unit=Unit.COUNT),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    Label(each["label"]),
                    each["start"],
                    each["counts"]["trials"],
                    each["counts"]["successes"],
                    each["rate"],
                    span(each["interval"]),
                ),
                deals=tuple(each["deals"]),
                more=each["counts"]["trials"] - len(each["deals"]),
                why=None if each["mature"] else Text("too young to be judged"),
            )
            for each in answer["cohorts"]
        ),
    )


def _silent(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="silent",
        title=Text("Sales without contacts"),
        note=meaning["silent"],
        columns=(
            Column(name="owner", label=Text("Owner")),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="silent", label=Text("Without contacts"), unit=Unit.COUNT),
            Column(name="share", label=Text("Share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
            Column(name="limits", label=Text("Limits of chance"), unit=Unit.SHARE, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    Label(each["label"]),
                    each["counts"]["trials"],
                    each["counts"]["successes"],
                    each["share"],
                    span(each["interval"]),
                    span(each["limits"]),
                ),
                deals=tuple(each["deals"]),
                light=Light.RED if each["alarm"] else None,
            )
            for each in answer["silent"]
        ),
    )
