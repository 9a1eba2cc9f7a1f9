"""A document with every kind of picture and cell, and with names that want to be more than names."""

from voronka.messages import Label, Text
from voronka.metrics.reports.document import (
    Badge,
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

HOSTILE = Label.plain("</script><script>window.hit=1</script><img src=x onerror='window.hit=1'>&amp;")
FORMULA = Label.plain('=HYPERLINK("http://evil.example")')
MONTHS = tuple(Label.plain(f"2026-{month:02}") for month in range(1, 5))


def picture(form: PictureForm, unit: Unit, *, target: float | None = None) -> Picture:
    values = (0.25, None, 0.75, 0.5) if unit is Unit.SHARE else (250_000, None, 750_000, 500_000)
    spans = tuple(None if value is None else (value * 0.5, value * 1.2) for value in values)
    one = Series(label=HOSTILE, values=values, spans=spans if form is PictureForm.INTERVALS else ())
    series = (one,) if form is PictureForm.INTERVALS else (one, Series(label=Label.plain("B"), values=values[::-1]))
    title = Text("Stages")
    return Picture(name=form.value, title=title, form=form, unit=unit, categories=MONTHS, series=series, target=target)


SAMPLE = Document(
    name="sample",
    title=Text("Funnel"),
    of=HOSTILE,
    definition=Text("Deals that entered the stage at least once."),
    badge=Badge(n=12_345, coverage=0.875, fresh_at=1_767_225_600_000_000, release="0123456789abcdef"),
    period=("2026-01-01", "2026-03-31"),
    basis=(Text("Gone on, divided by entered."),),
    said=(HOSTILE,),
    pictures=tuple(
        picture(form, unit, target=target)
        for form, unit, target in (
            (PictureForm.BARS, Unit.MONEY, 300_000),
            (PictureForm.STACK, Unit.COUNT, None),
            (PictureForm.LINES, Unit.DAYS, 400_000),
            (PictureForm.INTERVALS, Unit.SHARE, 0.5),
        )
    ),
    tables=(
        Table(
            name="first",
            title=Text("Stages"),
            columns=(
                Column(name="owner", label=Text("Owner")),
                Column(name="n", label=Text("Deals"), unit=Unit.COUNT, definition=HOSTILE),
                Column(name="amount", label=Text("Won"), unit=Unit.MONEY),
                Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE),
                Column(name="span", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
                Column(name="day", label=Text("Stage"), unit=Unit.DATE),
            ),
            rows=(
                Row(
                    cells=(HOSTILE, 1234, 1_234_550, 0.5, (0.25, 0.75), "2026-02-01"),
                    deals=(7, 9),
                    more=3,
                    light=Light.RED,
                ),
                Row(cells=(FORMULA, 0, None, None, None, None), why=Text("No data")),
                Row(cells=("-1+1", 1, 100, 1.0, (0.9, 1.0), "2026-02-02"), light=Light.GREEN),
            ),
            note=FORMULA,
            total=True,
        ),
        Table(name="second", title=FORMULA, columns=(Column(name="owner", label=FORMULA),), rows=()),
    ),
    currency="RUB",
    timezone="Europe/Moscow",
)
