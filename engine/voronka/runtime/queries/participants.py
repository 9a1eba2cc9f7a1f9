"""The buying unit of a deal: its participants, and when there was last a contact with each of them."""

from __future__ import annotations

from typing import Any

from voronka.definition.rights import owners_of_deal
from voronka.expressions.ledger import LEDGER, last_among
from voronka.process.state import DealState, Stream, StreamKind
from voronka.runtime.queries.shown import Shown

__all__ = ["PARTICIPANTS", "shown_participants"]

PARTICIPANTS = "participants"
"""The collection of the people on the client's side."""


def shown_participants(shown: Shown, deal: DealState) -> list[dict[str, Any]]:
    """Return the participants of a deal in the order in which they were put: the `key` and the `fields` of each, and
    `last_interaction_at`, the newest contact with them in this deal by the ledger; None: there was none.
    """
    stream, owners = Stream(StreamKind.DEAL, deal.id), owners_of_deal(deal.owner)
    rows = shown.reader.rows(PARTICIPANTS, [stream])[stream]
    ledger = shown.reader.rows(LEDGER, [stream])[stream].values() if rows else ()
    return [
        {
            "key": shown.row_key(PARTICIPANTS, key),
            "fields": shown.row(PARTICIPANTS, row, owners=owners),
            "last_interaction_at": last_among(ledger, key),
        }
        for key, row in rows.items()
    ]
