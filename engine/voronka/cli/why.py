"""`voronka why`: what happened to a deal, with causes and the conditions as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from voronka.cli.listing import tell_rest
from voronka.cli.parameters import After, AsJson, Deal, Limit, single
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

app = single()

_RESULTS = {True: Text("holds"), False: Text("does not hold"), None: Text("not known")}


@app.command(help=original("Tell what happened to a deal, with causes and conditions"))
def why(ctx: typer.Context, deal: Deal, after: After = 0, limit: Limit = 200, as_json: AsJson = False) -> None:
    """Tell a deal's history, entry by entry."""
    with opened(ctx) as session:
        found = session.ask("why", deal=deal, after=after, limit=limit + 1)
        entries, more = found[:limit], len(found) > limit
        if as_json:
            session.out.json(entries)
        else:
            for entry in entries:
                _entry(session, entry)
        if more:
            tell_rest(ctx, session, {"after": entries[-1]["seq"]})
        elif as_json:
            return
        elif entries:
            session.out.hint(f"deal show {deal}")
        else:
            session.out.note(Text("Nothing after entry {number}.", number=after))


def _entry(session: Session, entry: Mapping[str, Any]) -> None:
    out = session.out
    out.data(f"{entry['seq']}. {session.moment(entry['occurred_at'])}  {out.words(entry['told'])}")
    links = entry["links"]
    ends = [*(link["first"] for link in links[1:]), len(entry["events"])]
    for link, end in zip(links, ends, strict=True):
        if link is not links[0] or link["by"] != entry["actor"]:
            out.data(f"   {out.words(link['told'])}")
        for judgement in link["judgements"]:
            _judgement(session, judgement)
        for event in entry["events"][link["first"] : end]:
            out.data(f"   - {out.words(event['told'])}")


def _judgement(session: Session, judgement: Mapping[str, Any]) -> None:
    out = session.out
    told = out.words(judgement["words"]) if judgement["words"] else judgement["text"]
    lines = told.splitlines() or [""]
    result = Text("hidden") if judgement["hidden"] else _RESULTS[judgement["result"]]
    out.data(f"   ? {judgement['name']}, {out.words(result)}: {lines[0]}")
    out.data(*(f"     {line}" for line in lines[1:]))
