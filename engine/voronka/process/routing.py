"""Routing: a new deal that nobody owns goes to whom the first entry that holds for it gives it."""

from __future__ import annotations

from voronka.process.assigning import assign_owner
from voronka.process.draft import Draft
from voronka.process.step import Judgement

__all__ = ["route"]


def route(draft: Draft) -> None:
    """Give the deal an owner by the entries of its funnel; leave it as it is where none holds, or finds nobody."""
    for entry in draft.funnel.routing:
        where = entry.where
        if where is not None and where.evaluate(draft.env(where)) is not True:
            continue
        draft.because(draft.by_itself(entry.label))
        if where is not None:
            values = where.leaves(draft.env(where))
            draft.judged(Judgement(name=f"routing.{entry.number}.where", text=where.text, result=True, values=values))
        assign_owner(draft, entry.assign)
        draft.because(draft.moment.actor)
        return
