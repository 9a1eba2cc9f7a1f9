"""Whether messages can reach people: the keys and values of their addresses, and the names that stand beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set

from voronka.config.finding import Finding, Severity
from voronka.config.names import Declaration
from voronka.config.node import Node
from voronka.definition.addresses import read_email, read_phone
from voronka.definition.faults import ValueFault
from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Channel
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["check_addresses"]

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_READERS: Mapping[FieldType, Callable[[str], str]] = {FieldType.EMAIL: read_email, FieldType.PHONE: read_phone}


def check_addresses(
    users: Mapping[str, Declaration],
    fields: Mapping[str, Field],
    channels: Mapping[str, Channel],
    others: Callable[[], Set[str]],
) -> Iterator[Finding]:
    """Yield what keeps messages from people.

    `fields`: those of contacts, dotted; an address is written as its field would be. `others`: asked for the addresses
    of all types of channels only where somebody has a key that neither `channels` nor contacts have.
    """
    known = {each.address for each in channels.values() if each.address is not None}
    contacts = [(*name.split("."), each.type) for name, each in fields.items()]
    known |= {name for of, name, kind in contacts if of == "contact" and kind in _READERS}
    for user, declaration in users.items():
        for part in _scalars(declaration.value.get("name")):
            if _BREAKS.search(part.text):
                yield Finding(
                    code="V5315",
                    severity=Severity.WARNING,
                    place=part.place,
                    reason=Text("The name of {user} holds a line break or a control character.", user=user),
                    remedy=Text("Write it in one line: mail with such a name does not leave."),
                )
        addresses = declaration.value.get("addresses")
        for entry in addresses.items() if addresses is not None else ():
            key = entry.key.text
            if key not in known:
                known |= others()
            if key not in known:
                yield Finding(
                    code="V5313",
                    severity=Severity.WARNING,
                    place=entry.key.place,
                    reason=Text(
                        "No channel looks for an address under “{key}”: nothing reaches {user} there.",
                        key=key,
                        user=user,
                    ),
                    remedy=Text(
                        "Write one of {known}, or name it under “address” of a channel in voronka.yaml.",
                        known=", ".join(sorted(known)),
                    ),
                    suggestion=suggest(key, sorted(known)),
                )
            elif (fault := _fault(entry.value.text, fields.get(f"contact.{key}"))) is not None:
                yield Finding(
                    code="V5314",
                    severity=Severity.WARNING,
                    place=entry.value.place,
                    reason=fault.reason,
                    remedy=fault.remedy,
                )


def _scalars(label: Node | None) -> Iterator[Node]:
    if label is not None:
        yield from (entry.value for entry in label.items() if entry.value.is_scalar)
        if label.is_scalar:
            yield label


def _fault(address: str, field: Field | None) -> ValueFault | None:
    """Return what is wrong with an address of the kind that a field of contacts holds."""
    if _BREAKS.search(address):
        return ValueFault(Text("The address holds a line break or a control character."), Text("Write it in one line."))
    reader = None if field is None else _READERS.get(field.type)
    try:
        if reader is not None:
            reader(address.strip())
    except ValueFault as fault:
        return fault
    return None
