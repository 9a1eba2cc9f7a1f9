"""The numbers of a KPI, by period and by what it is told by, and the deals behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, Limit
from voronka.cli.session import Session, opened
from voronka.errors import UsageFault
from voronka.messages import Label, Text, original

__all__ = ["deals", "show"]

_LIGHTS = {"green": Text("green"), "amber": Text("amber"), "red": Text("red")}


Name = Annotated[str, typer.Argument(metavar="KPI", help=original("The KPI's name"), show_default=False)]
_From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE",
        help=original("From this day on; by default 14 days, 13 weeks, 12 months, 4 quarters or 3 years, by its grain"),
        show_default=False,
    ),
]
_To = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help=original("Up to this day, which counts"), show_default=False)
]
_Grain = Annotated[
    str | None,
    typer.Option(
        "--grain", metavar="PERIOD", help=original("day, week, month, quarter, year or all"), show_default=False
    ),
]
_By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAMES", help=original("Told by these names, such as owner"), show_default=False),
]


def show(
    ctx: typer.Context,
    name: Name,
    start: _From = None,
    end: _To = None,
    grain: _Grain = None,
    by: _By = None,
    as_csv: Annotated[bool, typer.Option("--csv", help=original("Answer in CSV, for spreadsheets"))] = False,
    as_json: AsJson = False,
) -> None:
    """Show the numbers of a KPI."""
    if as_csv and as_json:
        raise UsageFault(
            Text("A report is written in one form at a time."), Text("Give one of --html, --csv and --json.")
        )
    with opened(ctx) as session:
        found = session.ask("kpi", kpi=name, grain=grain, by=by, **{"from": start, "to": end})
        if as_json:
            session.out.json(found)
        elif as_csv:
            session.out.data(*_csv(session, found))
        else:
            _tell(session, found)


def deals(
    ctx: typer.Context,
    name: Name,
    start: _From = None,
    end: _To = None,
    of: Annotated[
        list[str] | None,
        typer.Option(
            "--of",
            metavar="NAME=VALUE",
            help=original("Only of this value of a name that it is told by, such as owner.team=sales"),
            show_default=False,
        ),
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List deals."""
    with opened(ctx) as session:
        keys = dict(_pair(each) for each in of or ())
        found = session.ask(
            "kpi.drill",
            kpi=name,
            grain="all",
            keys=keys,
            limit=limit,
            **{"from": start, "to": end},
        )
        if as_json:
            session.out.json(found)
            return
        if not found["deals"]:
            session.out.note(Text("No data."))
            return
        session.out.data(", ".join(str(number) for number in found["deals"]))
        session.out.hint(f"deal show {found['deals'][0]}")


def _pair(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not (name and sign and value):
        raise UsageFault(
            Text("“{written}” is no name with a value.", written=written), Text("Write --of owner.team=sales.")
        )
    return name, value


def _tell(session: Session, found: Mapping[str, Any]) -> None:
    out = session.out
    out.data(out.words(found["label"]), out.words(found["definition"]))
    names, extra = _names(found), _extra(found)
    out.table(
        [
            *(Label(found["headings"][name]) for name in names),
            *([Text("Period")] if found["grain"] is not None else []),
            Text("Value"),
            Text("n"),
            Text("Interval"),
            *([Text("Target")] if any(row["light"] for row in found["rows"]) else []),
            *(Label(found["headings"][name]) for name in extra),
        ],
        [_line(session, found, row, names, extra) for row in found["rows"]],
        numbers=range(len(names) + (found["grain"] is not None), len(names) + 20),
    )
    if not found["rows"]:
        out.note(Text("No data."))
    for sentence in found["words"]:
        out.note(sentence)
    if found["coverage"] is not None and found["coverage"] < 1:
        share = _share(session, found["coverage"])
        out.note(Text("Of the rows that count, {share} have the values that are read.", share=share))
    if found["dropped"]:
        out.note(Text("Left out for want of a name: {n}.", n=found["dropped"]))
    if found["rows"]:
        out.note(Text("From {start} to {end}, both days included.", start=found["from"], end=found["to"]))
    versions = sorted(set(found["versions"].values()))
    out.note(Text("Version of the definition: {versions}.", versions=", ".join(map(str, versions))))
    if found["fresh_at"] is not None:
        out.note(Text("As of {moment}.", moment=session.moment(found["fresh_at"])))


def _line(
    session: Session, found: Mapping[str, Any], row: Mapping[str, Any], names: Sequence[str], extra: Sequence[str]
) -> list[str]:
    told = [session.out.words(row["keys"][name]["label"]) for name in names]
    if found["grain"] is not None:
        told.append(_period(row["period"], found["grain"]))
    value = session.out.words(row["hidden"]) if row["value"] is None else _value(session, row["value"], found["unit"])
    told += [value, str(row["n"]), _interval(session, row)]
    if any(each["light"] for each in found["rows"]):
        told.append(session.out.words(_LIGHTS[row["light"]]) if row["light"] else "-")
    return [*told, *(_plain(session, row["details"].get(name)) for name in extra)]


def _csv(session: Session, found: Mapping[str, Any]) -> list[str]:
    """Return the rows as CSV with the numbers as they are; texts that a spreadsheet would run are marked."""
    import csv
    import io

    from voronka.config.sheet_files import guarded

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names, extra = _names(found), _extra(found)
    writer.writerow([*names, "period", "value", "n", "part", "whole", "low", "high", *extra])
    for row in found["rows"]:
        keys = [guarded(session.out.words(row["keys"][name]["label"])) for name in names]
        numbers = [row[part] for part in ("value", "n", "part", "whole", "low", "high")]
        numbers += [row["details"].get(name) for name in extra]
        writer.writerow([*keys, row["period"] or "", *("" if each is None else each for each in numbers)])
    return text.getvalue().splitlines()


def _names(found: Mapping[str, Any]) -> list[str]:
    return list(found["rows"][0]["keys"]) if found["rows"] else list(found["by"])


def _extra(found: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(name for row in found["rows"] for name in row["details"]))


def _period(first: str, grain: str) -> str:
    day = date.fromisoformat(first)
    match grain:
        case "year":
            return str(day.year)
        case "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case "month":
            return first[:7]
    return first


def _value(session: Session, value: float, unit: str) -> str:
    if unit == "percent":
        return _share(session, value)
    return _plain(session, value)


def _plain(session: Session, value: float | bool | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return session.out.words(Text("yes") if value else Text("no"))
    written = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return written.replace(",", " ").replace(".", ",") if session.out.language == "ru" else written


def _share(session: Session, share: float) -> str:
    return f"{_plain(session, round(share * 100, 1))} %" if session.out.language == "ru" else f"{share * 100:.1f}%"


def _interval(session: Session, row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return "-"
    return f"{_share(session, row['low'])} – {_share(session, row['high'])}"
