"""The deal that a row opens."""

from __future__ import annotations

from voronka.definition.imports import Import
from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.commands import CreateDeal
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.parties import Parties

__all__ = ["creation_of"]


def creation_of(mapping: Import, import_id: str, row: ReadRow, parties: Parties) -> CreateDeal:
    """Return the command that opens the row's deal. Raises `RowFault` if the mapping opens none."""
    if row.deal is None:
        raise RowFault(
            Text("There is no deal with the key {key}.", key=row.case),
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
        keys=((mapping.keys, row.case),),
        import_id=import_id,
    )
