"""A list of KPIs over one period, each with its n, its interval and how it stands to its target."""

from __future__ import annotations

from collections.abc import Sequence

from voronka.messages import Label, Sentence, Text
from voronka.metrics.reports.asking import About, Answer, labels
from voronka.metrics.reports.document import Cell, Column, Document, Light, Row, Table, Unit
from voronka.metrics.reports.figures import UNITS, Figures

__all__ = ["kpis_document"]


def kpis_document(answers: Sequence[Answer], about: About) -> Document:
    """Return the document of what the question ``kpi`` answers about each of several KPIs."""
    figures = {language: about.figures(language) for language in ("en", "ru")}
    minor = 10**about.workspace.currency.digits
    rows = [_row(answer, figures, minor) for answer in answers]
    coverages = [answer["coverage"] for answer in answers if answer["coverage"] is not None]
    answer = {"coverage": min(coverages, default=None), "fresh_at": min(each["fresh_at"] for each in answers)}
    missed = [Label(each["label"]) for each, row in zip(answers, rows, strict=True) if row.light is Light.RED]
    return Document(
        name="kpis",
        title=Text("KPIs"),
        definition=Text("Each KPI over the period, by its definition of that time."),
        badge=about.badge(answer, sum(_n(each) for each in answers)),
        basis=tuple(Text("{kpi}: {meaning}", kpi=Label(e["label"]), meaning=Label(e["definition"])) for e in answers),
        said=tuple(Text("{kpi}: the target is missed.", kpi=kpi) for kpi in missed),
        tables=(
            Table(
                name="kpis",
                title=Text("KPIs"),
                columns=(
                    Column(name="kpi", label=Text("KPI")),
                    Column(name="value", label=Text("Value")),
                    Column(name="interval", label=Text("Interval")),
                    Column(name="n", label=Text("n"), unit=Unit.COUNT),
                    Column(name="basis", label=Text("Basis")),
                ),
                rows=tuple(rows),
            ),
        ),
        **about.around,
    )


def _n(answer: Answer) -> int:
    """Return on how many a KPI rests; of which several fields are asked, those count once."""
    records = [row["details"]["records"] for row in answer["rows"] if "records" in row["details"]]
    return max(records) if records else sum(row["n"] or 0 for row in answer["rows"])


def _row(answer: Answer, figures: dict[str, Figures], minor: int) -> Row:
    unit = UNITS.get(answer["unit"], Unit.NUMBER)
    scale = minor if unit is Unit.MONEY else 1  # a KPI's money is in whole units of its currency
    one = answer["rows"][0] if len(answer["rows"]) == 1 else None
    value, interval, why = None, None, None
    if one is not None:
        value = _written(figures, one["value"], unit, scale)
        if one["low"] is not None and one["high"] is not None:
            interval = _written(figures, one["low"], unit, scale, one["high"])
        why = next(iter(labels(one["hidden"])), None)
    elif answer["rows"]:
        why = Text("It has several numbers; `voronka kpi show {kpi}` tells them.", kpi=answer["kpi"])
    light = None if one is None or one["light"] is None else Light(one["light"])
    basis: Cell = Label({lang: " ".join(each.render(lang) for each in labels(answer["words"])) for lang in figures})
    return Row(cells=(Label(answer["label"]), value, interval, _n(answer), basis), light=light, why=why)


def _written(
    figures: dict[str, Figures], low: float | None, unit: Unit, scale: int, high: float | None = None
) -> Sentence:
    texts = {language: each.number(None if low is None else low * scale, unit) for language, each in figures.items()}
    if high is not None:
        texts = {
            language: f"{text} – {figures[language].number(high * scale, unit)}" for language, text in texts.items()
        }
    return Label(texts)
