"""`voronka funnel`: conversion and time by stage, won and lost by owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, single
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original

__all__ = ["app", "tell_funnel"]

app = single()

# What the table shows, as its columns are called; the other measures are for programs.
_NAMES = {
    "population": Text("Deals"),
    "entered": Text("Entered"),
    "left": Text("Left"),
    "onward": Text("Gone on"),
    "back": Text("Back"),
    "lost": Text("Lost"),
    "here": Text("Here now"),
    "conversion": Text("Conversion"),
    "days": Text("Days"),
    "half_days": Text("Slowest"),
    "owners": Text("Owner"),
    "win_rate": Text("Won, share"),
}


@app.command(help=original("Report a funnel: conversion and time by stage"))
def funnel(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="FUNNEL", help=original("The funnel's name"))],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help=original("Deals created on this day or later"), show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help=original("Deals created on this day or earlier"), show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report a funnel over the deals created in a period."""
    with opened(ctx) as session:
        report = session.ask("funnel", funnel=name, **{"from": start, "to": end})
        if as_json:
            session.out.json(report)
            return
        tell_funnel(session, report)
        session.out.hint(f"deal list --funnel {name}", f"graph {name}")


def tell_funnel(session: Session, report: Mapping[str, Any], *, definitions: bool = True) -> None:
    """Write a funnel's report: its stages, its slowest and its leakiest stage, its owners, what the numbers mean."""
    out = session.out
    out.data(
        out.words(
            Text(
                "{funnel}: {deals}, {open} open, {won} won, {lost} lost",
                funnel=session.named(report["funnel"]),
                deals=Plural("{n} deal", "{n} deals", n=report["deals"]),
                open=report["open"],
                won=report["won"],
                lost=report["lost"],
            )
        )
    )
    out.table(
        (
            Text("Stage"),
            Text("Entered"),
            Text("Left"),
            Text("Gone on"),
            Text("Conversion"),
            Text("Back"),
            Text("Lost"),
            Text("Here now"),
            Text("Median, days"),
            Text("p90, days"),
        ),
        (
            (
                out.words(stage["label"]) + ("" if stage["declared"] else " *"),
                str(stage["entered"]),
                _inside(stage, "left"),
                _inside(stage, "onward"),
                _percent(session, stage["conversion"]),
                _inside(stage, "back"),
                _inside(stage, "lost"),
                str(stage["here"]),
                _days(session, stage["median_days"]),
                _days(session, stage["p90_days"]),
            )
            for stage in report["stages"]
        ),
        numbers=range(1, 10),
    )
    _worst(session, report)
    out.heading(Text("By owner"))
    out.table(
        (Text("Owner"), Text("Open"), Text("Won"), Text("Lost"), Text("Won, share"), Text("95 % interval")),
        [
            (
                name,
                str(result["open"]),
                str(result["won"]),
                str(result["lost"]),
                _percent(session, result["win_rate"]),
                _interval(session, result["interval"]),
            )
            for name, result in (
                *((out.words(owner["label"]), owner) for owner in report["owners"]),
                (out.words(Text("All")), report["total"]),
            )
        ],
        numbers=range(1, 6),
    )
    if not all(stage["declared"] for stage in report["stages"]):
        out.data(f"  {out.words(Text('* is no longer in the configuration.'))}")
    if definitions:
        out.heading(Text("What the numbers mean"))
        told = report["definitions"].items()
        out.pairs([(_NAMES[name], out.words(definition)) for name, definition in told if name in _NAMES])


def _worst(session: Session, report: Mapping[str, Any]) -> None:
    stages = {stage["stage"]: stage for stage in report["stages"]}
    if report["slowest"] is not None:
        slow = stages[report["slowest"]]
        label = session.out.words(slow["label"])
        if slow["half_days"] is not None:
            days = _days(session, slow["half_days"])
            said = Text("Slowest: {stage}: half of the visits are over after {days} days.", stage=label, days=days)
        else:
            days = _days(session, slow["seen_days"])
            said = Text(
                "Slowest: {stage}: after {days} days less than half of the visits are over.", stage=label, days=days
            )
        session.out.data(session.out.words(said))
    if report["leakiest"] is not None:
        leaky = stages[report["leakiest"]]
        lost = Plural("{n} deal lost", "{n} deals lost", n=leaky["lost"])
        label = session.out.words(leaky["label"])
        session.out.data(session.out.words(Text("Most lost: {stage}, {lost}.", stage=label, lost=lost)))


def _inside(stage: Mapping[str, Any], name: str) -> str:
    """Return a number that means something only while a deal is open."""
    return str(stage[name]) if stage["outcome"] is None else "-"


def _number(session: Session, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}".replace(".", "," if session.out.language == "ru" else ".")


def _days(session: Session, days: float | None) -> str:
    from voronka.metrics.reports.figures import days_written

    return "-" if days is None else days_written(days, session.out.language)


def _percent(session: Session, share: float | None) -> str:
    if share is None:
        return "-"
    return f"{_number(session, share * 100)} %" if session.out.language == "ru" else f"{_number(session, share * 100)}%"


def _interval(session: Session, interval: list[float] | None) -> str:
    return "-" if interval is None else f"{_percent(session, interval[0])} – {_percent(session, interval[1])}"
