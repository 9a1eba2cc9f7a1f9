"""The ledger of interactions: every contact with a person, and what it means for the deal."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.fields import WRITTEN_AT
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.expressions.ledger import reached
from voronka.process.chronology import precision
from voronka.process.commands import Given
from voronka.process.draft import Draft
from voronka.process.events import InteractionLogged, Kept, RowPut
from voronka.process.fields import check, refuse_failures

__all__ = ["LEDGER", "check_interaction", "log"]

LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields
"""What a contact consists of."""

_GIVEN = {name: field for name, field in LEDGER.items() if name != "at"}


def check_interaction(values: Mapping[str, Given]) -> dict[str, Kept]:
    """Return the values of a contact in the form in which they are kept; `Refused` with all that is wrong."""
    kept, failures = check(_GIVEN, values, place="interaction", computed=("at",))
    refuse_failures(failures)
    return {name: value for name, value in kept.items() if value is not None}


def log(draft: Draft, values: Mapping[str, Kept], *, at: int, own: bool = False, past: bool = False) -> None:
    """Write a contact into the ledger, with the deal's contact if it names no other; its note waits in the inbox, if
    the funnel has one, to be turned into values.

    `own`: the engine's own message, which is no contact with a person. `past`: nobody will look at its note again. An
    entry into the stage that lies ahead of now was recorded by a clock that was ahead: the contact came after it.
    """
    deal = draft.deal
    if deal.contact is not None:
        values = {"contact": deal.contact.hex(), **values}
    last, replied, contacted = deal.last_interaction_at, deal.replied, deal.contacted
    if not own:
        direction = values.get("direction")
        if reached(values):
            last = at if last is None else max(last, at)
        if at + precision(at) > deal.entered_at or deal.entered_at > draft.now:
            replied = replied or direction == "in"
            contacted = contacted or direction == "out"
    n = draft.child()
    draft.add(
        InteractionLogged(
            n=n,
            at=at,
            values=values,
            last_interaction_at=last,
            replied=replied,
            contacted=contacted,
            own=own,
        )
    )
    inbox = draft.funnel.inbox
    if inbox is not None and values.get("note") is not None and not own and not past:
        draft.add(RowPut(collection=inbox, key=f"{draft.seq}.{n}", values={WRITTEN_AT: at}))
