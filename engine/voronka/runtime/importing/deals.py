"""The deals that rows name: found by their keys, or opened."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.definition.imports import Import
from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.commands import CreateDeal, Origin
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.parties import Parties
from voronka.storage import Reader

__all__ = ["creation_of", "known_deals"]


def known_deals(reader: Reader, mapping: Import, rows: Iterable[ReadRow]) -> dict[str, bytes]:
    """Return the ids of those deals of the rows that are there, by their keys.

    Before the keys of deals were hashes, they were what stands in the file; such deals are found, too.
    """
    cases = {row.deal_key: row.case for row in rows}
    found = reader.deals_by_key((mapping.keys, name) for names in cases.items() for name in names)
    deals = {key: found.get((mapping.keys, key)) or found.get((mapping.keys, case)) for key, case in cases.items()}
    return {key: deal for key, deal in deals.items() if deal is not None}


def creation_of(mapping: Import, import_id: str, row: ReadRow, parties: Parties) -> CreateDeal:
    """Return the command that opens the row's deal. Raises `RowFault` if the mapping opens none."""
    if row.deal is None:
        raise RowFault(
            Text("There is no deal with this key."),
            Text("Import the deals first; or write `deal` in the mapping, so that an event opens its deal."),
            column=mapping.case or "",
            value=row.case,
        )
    values = parties.resolve(row.deal)
    owner, account, contact = (values.pop(name, None) for name in ("owner", "account", "contact"))
    return CreateDeal(
        funnel=mapping.funnel,
        fields=values,
        owner=owner if isinstance(owner, str) else None,
        account=bytes.fromhex(account) if isinstance(account, str) else None,
        contact=bytes.fromhex(contact) if isinstance(contact, str) else None,
        keys=((mapping.keys, row.deal_key),),
        import_id=import_id,
        origin=Origin(mapping.source),
    )
