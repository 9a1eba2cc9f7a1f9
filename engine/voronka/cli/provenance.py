"""Where values come from, as lines under the fields of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from voronka.cli.session import Session
from voronka.messages import Label, Sentence, Text, original

__all__ = ["WithProvenance", "only_observed", "tell_provenance"]

WithProvenance = Annotated[
    bool, typer.Option("--provenance", help=original("With where each value comes from: what every source said"))
]


def only_observed(answer: Mapping[str, Any]) -> Sentence | None:
    """Return what to say of a command that changed no value, and yet told what is worth remembering; else None."""
    if set(answer["events"]) != {"value.observed"}:
        return None
    return Text("The values stand as they did; what was told is kept with its source (--provenance shows it).")


def tell_provenance(session: Session, fields: Iterable[Mapping[str, Any]]) -> None:
    """Write what the sources said of each field that is followed, first what stands."""
    followed = [field for field in fields if "provenance" in field]
    session.out.heading(Text("Where the values come from"))
    if not followed:
        session.out.data("  " + session.out.words(Text("No source was named for any of them.")))
    for field in followed:
        session.out.data(f"  {session.called(field['name'], field['label'])}")
        for said in field["provenance"]["said"]:
            told = _said(session, said)
            if said["stands"]:
                stale = field["provenance"]["stale"]
                told = Text("{what} (stands, out of date)", what=told) if stale else Text("{what} (stands)", what=told)
            session.out.data(f"    {session.out.words(told)}")
        if not field["provenance"]["said"]:
            session.out.data("    " + session.out.words(Text("Nobody knows: it was given before this was followed.")))


def _said(session: Session, said: Mapping[str, Any]) -> Sentence:
    source: Sentence = Label(said["label"]) if said["source"] else Text("by hand")
    if said["confidence"] is not None:
        source = Text("{source}, sure to {share}%", source=source, share=round(said["confidence"] * 100))
    told = Text(
        "{value}: {source}, {at}, {by}",
        value=session.out.words(said["shown"]),
        source=source,
        at=session.moment(said["at"]),
        by=session.named(said["by"]),
    )
    return told if said["evidence"] is None else Text("{what}; {evidence}", what=told, evidence=said["evidence"])
