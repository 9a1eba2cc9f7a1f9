"""What owners may see, as conditions on rows: the same as `ownership` tells of single records."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Dialect, and_, or_, select

from voronka.definition.rights import NOBODY
from voronka.process.state import StreamKind
from voronka.storage.deals import owned_by
from voronka.storage.dialects import id_of, member
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import accounts, contacts, deals

__all__ = ["visible", "visible_ids"]

_CHUNK = 500


def visible(kind: StreamKind, owners: frozenset[str], dialect: Dialect) -> ColumnElement[bool]:
    """Return what the rows of deals, accounts or contacts must satisfy to be seen by who sees what is of `owners`.

    An account is its owner's and that of the owners of its deals; a contact is of all whose its account is, and of the
    owners of its own deals; one that has none of these is nobody's (`NOBODY`).
    """
    if kind is StreamKind.DEAL:
        return owned_by(owners)
    seen: ColumnElement[bool]
    unowned: ColumnElement[bool]
    own = member(dialect, accounts.c.fields, "owner")
    if kind is StreamKind.ACCOUNT:
        links = [deals.c.account == accounts.c.id]
        seen, unowned = own.in_(sorted(owners - {NOBODY})), own.is_(None)
    else:
        its_account = id_of(dialect, member(dialect, contacts.c.fields, "account"))
        links = [deals.c.contact == contacts.c.id, deals.c.account == its_account]
        account = select(accounts.c.id).where(accounts.c.id == its_account)
        seen = account.where(own.in_(sorted(owners - {NOBODY}))).exists()
        unowned = ~account.where(own.is_not(None)).exists()
    of_deals = [select(deals.c.id).where(link, deals.c.hidden.is_(False)) for link in links]
    seen = or_(seen, *(deal.where(owned_by(owners)).exists() for deal in of_deals))
    return seen | and_(unowned, *(~deal.exists() for deal in of_deals)) if NOBODY in owners else seen


def visible_ids(connection: Connection, ids: Iterable[bytes], owners: frozenset[str]) -> set[bytes]:
    """Return those of the ids that are of deals, accounts or contacts which are there and may be seen."""
    every = list(dict.fromkeys(ids))
    found: set[bytes] = set()
    for kind, table in ((StreamKind.DEAL, deals), *PARTIES.items()):
        condition = visible(kind, owners, connection.dialect)
        for start in range(0, len(every), _CHUNK):
            query = select(table.c.id).where(table.c.id.in_(every[start : start + _CHUNK]), condition)
            found.update(connection.execute(query).scalars())
    return found
