"""`voronka rules`: the rules, what they did, and what those in shadow mode would have done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original

app = commands()

_DAY = 86_400_000_000
_MODES = {"active": Text("acts"), "shadow": Text("only tells"), "off": Text("off")}


@app.command("list", help=original("List the rules, how often each has fired and when it comes next"))
def list_rules(ctx: typer.Context, limit: Limit = 100, skip: Skip = 0, as_json: AsJson = False) -> None:
    """List rules."""
    list_page(
        ctx,
        "rules",
        {},
        columns=_columns,
        numbers=(3, 4, 5),
        nothing=Text("No rules are declared."),
        begin=["check"],
        onward=lambda found: ["rules report"],
    )


def _columns(session: Session) -> Columns:
    def moment(at: int | None) -> str:
        return "-" if at is None else session.moment(at)

    def mode(row: Row) -> str:
        return session.out.words(Text("waits") if row["waits"] else _MODES[row["mode"]])

    return (
        (Text("Rule"), lambda row: session.called(row["rule"], row["label"])),
        (Text("Trigger"), lambda row: str(row["trigger"])),
        (Text("Mode"), mode),
        (Text("Acted"), lambda row: str(row["fired"])),
        (Text("Told"), lambda row: str(row["shadow"])),
        (Text("Failed"), lambda row: str(row["failed"])),
        (Text("Last"), lambda row: moment(row["last"])),
        (Text("Next"), lambda row: "-" if row["waits"] else moment(row["next"])),
    )


@app.command("report", help=original("Tell what rules did or would have done, beside what really happened afterwards"))
def report(
    ctx: typer.Context,
    rule: Annotated[
        str | None, typer.Argument(metavar="RULE", help=original("This rule; else all"), show_default=False)
    ] = None,
    last: Annotated[
        int, typer.Option(metavar="DAYS", min=0, max=36_600, help=original("Of the last so many days; 0: of all time"))
    ] = 30,
    days: Annotated[
        int, typer.Option(metavar="DAYS", min=1, max=36_600, help=original("How long afterwards is looked at"))
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Report rules."""
    with opened(ctx) as session:
        asked: dict[str, Any] = {"rule": rule, "days": days}
        found = session.ask("rules.report", **asked, last=last * _DAY)
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.note(Text("No rules are declared."))
        for each in found:
            _tell(session, each)
        if found and last and not any(each["fired"] + each["shadow"] + each["failed"] for each in found):
            session.out.note(Text("Only the last {days} days are looked at; --last 0 looks at all time.", days=last))


def _tell(session: Session, report: Mapping[str, Any]) -> None:
    out = session.out
    mode = out.words(_MODES[report["mode"]])
    out.data(f"{session.called(report['rule'], report['label'])} ({mode})")
    times = report["fired"] + report["shadow"]
    count = Plural("{n} firing, deals: {deals}", "{n} firings, deals: {deals}", n=times, deals=report["deals"])
    out.data(f"  {out.words(count)}")
    if report["failed"]:
        failed = Plural(
            "It failed {n} time and did nothing then: “voronka why NUMBER” of the deal tells why. Deals: {deals}",
            "It failed {n} times and did nothing then: “voronka why NUMBER” of each deal tells why. Deals: {deals}",
            n=report["failed"],
            deals=", ".join(map(str, report["failed_deals"])),
        )
        out.data("  " + out.words(failed))
    if report["looked_at"] < times + report["failed"]:
        out.data("  " + out.words(Text("Only the newest {n} of them are looked at.", n=report["looked_at"])))
    for action in report["actions"]:
        line = Text(
            "{what}: {times}; in the {days} days after it the same came about: {same}, another of the kind: {other},"
            " nothing of the kind: {nothing}, still open: {open}",
            what=out.words(action["told"]),
            days=report["days"],
            **{name: action[name] for name in ("times", "same", "other", "nothing", "open")},
        )
        out.data("  - " + out.words(line))
    if times:
        told = Text(
            "In the {days} days after a firing: contact {contact}, moved {moved}, won {won}, lost {lost},"
            " nothing {nothing}, still open {open}. Deals: {deals}.",
            days=report["days"],
            deals=", ".join(map(str, report["examples"])) + (" …" if report["deals"] > len(report["examples"]) else ""),
            **report["afterwards"],
        )
        out.data("  " + out.words(told))
