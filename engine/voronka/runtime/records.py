"""Finding records by what people call them: a deal by its number, an account or a contact by its name."""

from __future__ import annotations

import re

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.state import Stream, StreamKind
from voronka.storage import Reader

__all__ = ["find_record"]

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)
_SHOWN = 5


def find_record(reader: Reader, kind: StreamKind, given: object) -> Stream:
    """Return the record that a number, an id (32 hex digits) or a name stands for.

    Raises `UsageFault` if there is none, or more than one of that name.
    """
    if kind is StreamKind.DEAL:
        return _deal(reader, given)
    if not isinstance(given, str) or not given.strip():
        raise _nothing(kind, str(given))
    if _ID.fullmatch(given):
        stream = Stream(kind, bytes.fromhex(given))
        known = reader.parties([stream]).get(stream)
        if known is None or known.hidden:
            raise _nothing(kind, given)
        return stream
    accounts = kind is StreamKind.ACCOUNT
    found = reader.accounts_by_name([given]).get(given, []) if accounts else reader.contacts_by(given)
    if len(found) > 1:
        shown = ", ".join(each.hex() for each in found[:_SHOWN])
        raise UsageFault(
            Text("More than one {kind} is called {name}.", kind=_NOUNS[kind], name=given),
            Text("Give the id of the one that is meant: {ids}.", ids=shown),
        )
    if not found:
        raise _nothing(kind, given)
    return Stream(kind, found[0])


def _deal(reader: Reader, given: object) -> Stream:
    text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    if number := _NUMBER.fullmatch(text):
        found = reader.deals_by_number([int(number[1])])
        if found:
            return Stream(StreamKind.DEAL, found[int(number[1])])
    elif _ID.fullmatch(text):
        known = reader.deals([bytes.fromhex(text)]).get(bytes.fromhex(text))
        if known is not None and not known.hidden:
            return Stream(StreamKind.DEAL, known.id)
    raise _nothing(StreamKind.DEAL, text)


_NOUNS = {
    StreamKind.DEAL: Text("deal"),
    StreamKind.ACCOUNT: Text("account"),
    StreamKind.CONTACT: Text("contact"),
}


def _nothing(kind: StreamKind, name: str) -> UsageFault:
    match kind:
        case StreamKind.DEAL:
            return UsageFault(
                Text("There is no deal {name}.", name=name),
                Text("`voronka deal list` shows the deals with their numbers."),
            )
        case StreamKind.ACCOUNT:
            return UsageFault(
                Text("There is no account {name}.", name=name),
                Text("`voronka account list --name TEXT` finds one, `voronka account new` makes one."),
            )
    return UsageFault(
        Text("There is no contact {name}.", name=name),
        Text("`voronka contact list --name TEXT` finds one, `voronka contact new` makes one."),
    )
