"""The handover pack: what whoever gets the deals of somebody who left has to know of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voronka.cli.session import Session
from voronka.errors import EnvironmentFault, refused_by_system
from voronka.messages import Text

__all__ = ["check_pack", "tell_pack", "write_pack"]


def tell_pack(session: Session, pack: Sequence[Mapping[str, Any]]) -> None:
    """Write which deals went to whom."""
    if pack:
        session.out.table(
            (Text("Deal"), Text("Account"), Text("Stage"), Text("New owner"), Text("Open tasks"), Text("Out of date")),
            (
                (
                    str(deal["number"]),
                    "-" if deal["account"] is None else str(deal["account"]["name"]),
                    session.named(deal["stage"]),
                    "-" if deal["owner"] is None else session.named(deal["owner"]),
                    str(len(deal["tasks"])),
                    ", ".join(session.out.words(each["label"]) for each in deal["stale"]) or "-",
                )
                for deal in pack
            ),
            numbers=(0, 4),
        )


def write_pack(session: Session, report: Mapping[str, Any], path: Path) -> None:
    """Write the pack as a document. Raises `EnvironmentFault` where that cannot be."""
    title = Text("Handover of {user}", user=report["user"])
    lines = [f"# {session.out.words(title)}", ""]
    if report["account_names"]:
        accounts = session.out.words(Text("Accounts"))
        lines += [f"## {accounts}", "", *(f"- {name}" for name in report["account_names"]), ""]
    for deal in report["pack"]:
        lines += [*_deal(session, deal), ""]
    _write(path, "\n".join(lines), "w")


def check_pack(path: Path) -> None:
    """Raise `EnvironmentFault` where the pack cannot be written: once all is handed over, nobody can tell it again."""
    _write(path, "", "a")


def _write(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise EnvironmentFault(
            Text("The handover pack cannot be written. {reason}", reason=refused_by_system(error)),
            Text("Name another file."),
            place=str(path),
        ) from error


def _deal(session: Session, deal: Mapping[str, Any]) -> list[str]:
    words = session.out.words
    title, promised = Text("Deal {number}", number=deal["number"]), Text("Promised and next")
    outdated = Text("To be verified again")
    account = "" if deal["account"] is None else f": {deal['account']['name']}"
    found = [f"## {words(title)}{account}", ""]
    facts = [
        (Text("Stage"), f"{session.named(deal['stage'])} ({session.moment(deal['entered_at'])})"),
        (Text("New owner"), "-" if deal["owner"] is None else session.named(deal["owner"])),
        (Text("Contact"), "-" if deal["contact"] is None else str(deal["contact"]["name"])),
        (
            Text("Last contact"),
            "-" if deal["last_interaction_at"] is None else session.moment(deal["last_interaction_at"]),
        ),
        *((label, value) for label, value in session.fields(deal["fields"])),
    ]
    found += [f"- {words(label)}: {value}" for label, value in facts]
    if deal["tasks"]:
        found += ["", f"**{words(promised)}**", ""]
        found += [f"- [ ] {words(task['title'])}{_due(session, task)}" for task in deal["tasks"]]
    if deal["stale"]:
        found += ["", f"**{words(outdated)}**", ""]
        found += [f"- {words(each['label'])}: {_moment(session, each['known_at'])}" for each in deal["stale"]]
    return found


def _due(session: Session, task: Mapping[str, Any]) -> str:
    if task["due"] is None:
        return ""
    return f" ({task['day'] or session.moment(task['due'])})"


def _moment(session: Session, at: int | None) -> str:
    return "-" if at is None else session.moment(at)
