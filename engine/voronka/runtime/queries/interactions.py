"""The ledger of interactions, as whoever asks may see it: of all deals, or of one deal, account or contact."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from voronka.definition.values import ValueFault, read_value
from voronka.expressions.ledger import LEDGER
from voronka.process import interactions as ledger
from voronka.process.state import StreamKind, VaultRef
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json
from voronka.storage.deals import owned_by
from voronka.storage.dialects import id_of, member
from voronka.storage.rows import values_of
from voronka.storage.tables import contacts, deals, interactions

__all__ = ["list_interactions"]


@parameters("deal", "account", "contact", "kind", "channel", "since", "limit", "skip")
def list_interactions(asked: Asked) -> Json:
    """Answer with interactions, the newest first: parameters deal, account, contact, kind, channel, since, limit, skip.

    An account's are those of its deals, and those with its contacts in any deal. Each with the number of its `deal`,
    its name within it (`interaction`), when it was (`at`), whether it was a message that the engine sent (`own`), and
    its `fields`.
    """
    dialect = asked.reader.connection.dialect
    person = id_of(dialect, member(dialect, interactions.c.fields, "contact"))
    query = (
        select(interactions, deals.c.number)
        .join(deals, deals.c.id == interactions.c.deal)
        .where(deals.c.hidden.is_(False))
        .order_by(interactions.c.at.desc(), deals.c.number.desc(), interactions.c.seq.desc(), interactions.c.n.desc())
        .limit(asked.limit())
        .offset(asked.number("skip"))
    )
    if asked.owners is not None:
        query = query.where(owned_by(asked.owners))
    if (deal := asked.record_if_given(StreamKind.DEAL)) is not None:
        query = query.where(interactions.c.deal == deal.id)
    if (account := asked.record_if_given(StreamKind.ACCOUNT)) is not None:
        its_people = select(contacts.c.id).where(member(dialect, contacts.c.fields, "account") == account.id.hex())
        query = query.where((deals.c.account == account.id) | person.in_(its_people))
    if (contact := asked.record_if_given(StreamKind.CONTACT)) is not None:
        query = query.where(person == contact.id)
    for name in ("kind", "channel"):
        if (wanted := asked.text(name)) is not None:
            query = query.where(interactions.c[name] == wanted)
    if (since := _since(asked)) is not None:
        query = query.where(interactions.c.at >= since)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    found = [(row, values_of(row.fields)) for row in asked.reader.execute(query)]
    shown.load((), [held for _, values in found for held in values.values() if isinstance(held, VaultRef)])
    return [_interaction(shown, row, values) for row, values in found]


def _since(asked: Asked) -> int | None:
    """Return the moment that the parameter names, a date being its beginning. Raises `UsageFault` for no moment."""
    text = asked.text("since")
    if text is None:
        return None
    workspace = asked.workspace
    try:
        read = read_value(ledger.LEDGER["at"], text, currency=workspace.currency, timezone=workspace.timezone)
    except ValueFault as fault:
        fault.place = "since"
        raise
    return read if isinstance(read, int) else None


def _interaction(shown: Shown, row: Any, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - of the database
    return {
        "deal": row.number,
        "interaction": f"{row.seq}.{row.n}",
        "at": row.at,
        "own": row.own,
        "fields": shown.row(LEDGER, values),
    }
