"""The report on the forecast: what open deals are to bring by month, how right earlier forecasts were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voronka.calendars import date_of
from voronka.messages import Label, Plural, Sentence, Text
from voronka.metrics.reports.asking import About, Answer, span
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

__all__ = ["forecast_document"]

_WAYS = {"weighted": Text("By stages"), "survival": Text("By age")}


def forecast_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.forecast`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    if not answer["n"] and not any(each["closed"] for each in answer["stages"]):
        answer = _of_nothing(answer)
    return Document(
        name="forecast",
        title=Text("Forecast"),
        of=Label(answer["funnel"]["label"]),
        definition=meaning["weighted"],
        badge=about.badge(answer, answer["n"]),
        basis=(meaning["survival"], meaning["quantiles"], meaning["untold"]),
        said=tuple(_said(answer, about)),
        pictures=(_picture(answer, about),),
        tables=(_months(answer, meaning), _stages(answer, meaning), _backtest(answer, meaning)),
        **about.around,
    )


def _of_nothing(answer: Answer) -> Answer:
    """Return the answer where no deal is open and none has closed: nothing is known of any month."""
    months = [{**each, **dict.fromkeys(_WAYS)} for each in answer["months"]]
    earlier = [{**each, "forecast": None, "won": dict.fromkeys(each["won"])} for each in answer["backtest"]["months"]]
    return {**answer, "months": months, "backtest": {**answer["backtest"], "months": earlier}}


def _said(answer: Answer, about: About) -> list[Sentence]:
    said = [*_left_out(answer, about)]
    accuracy = answer["backtest"]["accuracy"]
    if accuracy["mape"] is not None:
        said.append(
            Text("Earlier forecasts were wrong by {share} on average.", share=f"{accuracy['mape'] * 100:.0f} %")
        )
    if accuracy["bias"] is not None:
        share = f"{abs(accuracy['bias']) * 100:.0f} %"
        said.append(
            Text("All earlier forecasts together foretold {share} less than came.", share=share)
            if accuracy["bias"] < 0
            else Text("All earlier forecasts together foretold {share} more than came.", share=share)
        )
    if answer["brier"] is not None:
        said.append(
            Text(
                "Brier of the declared probabilities: {declared}; the least that probabilities by stage could have "
                "had: {observed}.",
                declared=about.written(answer["brier"], Unit.NUMBER),
                observed=about.written(answer["brier_observed"], Unit.NUMBER),
            )
        )
    doubtful = [each for each in answer["calibration"] if each["holds"] is False]
    said += [
        Text("{stage}: the declared probability lies outside of what came.", stage=Label(each["label"]))
        for each in doubtful
    ]
    return said


def _left_out(answer: Answer, about: About) -> Iterator[Sentence]:
    """Yield which open deals no month counts."""
    for way, label in _WAYS.items():
        found = answer["outside"][way]
        if n := found["untold"]:
            amount = about.written(found["untold_amount"], Unit.MONEY)
            yield Plural(
                "{way}: {n} open deal worth {amount} is told of in no month, for nothing like it is known.",
                "{way}: {n} open deals worth {amount} are told of in no month, for nothing like them is known.",
                n=n,
                way=label,
                amount=amount,
            )
    if n := answer["outside"]["weighted"]["unvalued"]:
        named = ", ".join(map(str, answer["unvalued_deals"]))
        yield Plural(
            "{n} open deal has no amount, and is told of in no month: {deals}.",
            "{n} open deals have no amount, and are told of in no month: {deals}.",
            n=n,
            deals=named if n == len(answer["unvalued_deals"]) else f"{named} …",
        )


def _month(start: int, about: About) -> Sentence:
    day = date_of(start, about.workspace.timezone)
    return Label({"": f"{day:%Y-%m}", "ru": f"{day:%m.%Y}"})


def _picture(answer: Answer, about: About) -> Picture:
    months = answer["months"]
    return Picture(
        name="months",
        title=Text("Expected amount by month"),
        form=PictureForm.LINES,
        unit=Unit.MONEY,
        categories=tuple(_month(each["start"], about) for each in months),
        series=tuple(
            Series(
                label=label,
                values=tuple(_mean(each[way]) for each in months),
                spans=tuple(_ends(each[way]) for each in months),
            )
            for way, label in _WAYS.items()
        ),
    )


def _ends(total: Any) -> tuple[float, float] | None:  # noqa: ANN401 - any JSON
    """Return the lowest and the highest quantile of a total; None where nothing is known of it."""
    if total is None:
        return None
    quantiles = total["quantiles"]
    return (quantiles[0], quantiles[-1]) if len(quantiles) > 1 else None


def _mean(total: Any) -> float | None:  # noqa: ANN401 - any JSON
    return None if total is None else total["mean"]


def _months(answer: Answer, meaning: dict[str, Label]) -> Table:
    low, high = (f"{each * 100:.0f}" for each in (answer["quantiles"][0], answer["quantiles"][-1]))
    between = Text("From {low} to {high} % of cases", low=low, high=high)
    return Table(
        name="months",
        title=Text("Months"),
        columns=(
            Column(name="month", label=Text("Month"), unit=Unit.MONTH),
            Column(name="weighted", label=_WAYS["weighted"], unit=Unit.MONEY, definition=meaning["weighted"]),
            Column(
                name="weighted_span", label=between, unit=Unit.MONEY, interval=True, definition=meaning["quantiles"]
            ),
            Column(name="survival", label=_WAYS["survival"], unit=Unit.MONEY, definition=meaning["survival"]),
            Column(name="survival_span", label=between, unit=Unit.MONEY, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    each["start"],
                    _mean(each["weighted"]),
                    _ends(each["weighted"]),
                    _mean(each["survival"]),
                    _ends(each["survival"]),
                ),
                deals=tuple(answer["valued_deals"]),
            )
            for each in answer["months"]
        ),
    )


def _stages(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="stages",
        title=Text("Probabilities of stages"),
        note=meaning["calibration"],
        columns=(
            Column(name="stage", label=Text("Stage")),
            Column(name="closed", label=Text("Closed"), unit=Unit.COUNT),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE, definition=meaning["probability"]),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
            Column(name="declared", label=Text("Declared"), unit=Unit.SHARE),
        ),
        rows=tuple(
            Row(
                cells=(
                    each["stage"] if each["label"] is None else Label(each["label"]),
                    each["closed"],
                    each["won"],
                    each["rate"],
                    span(each["interval"]),
                    each["declared"],
                ),
                deals=tuple(each["deals"]),
                more=max(each["closed"] - len(each["deals"]), 0),
            )
            for each in answer["stages"]
        ),
    )


def _backtest(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="backtest",
        title=Text("Earlier forecasts"),
        note=meaning["backtest"],
        columns=(
            Column(name="month", label=Text("Month"), unit=Unit.MONTH),
            Column(name="forecast", label=Text("Foretold"), unit=Unit.MONEY),
            Column(name="span", label=Text("Quantiles"), unit=Unit.MONEY, interval=True),
            Column(name="won", label=Text("Came"), unit=Unit.MONEY),
            Column(name="fresh", label=Text("Of deals that came later"), unit=Unit.MONEY),
        ),
        rows=tuple(
            Row(
                cells=(
                    each["start"],
                    _mean(each["forecast"]),
                    _ends(each["forecast"]),
                    each["won"]["pipeline"],
                    each["won"]["fresh"],
                )
            )
            for each in answer["backtest"]["months"]
        ),
    )
