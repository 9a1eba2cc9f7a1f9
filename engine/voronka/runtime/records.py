"""Finding records by what people call them: a deal by its number, an account or a contact by its name."""

from __future__ import annotations

import re

from voronka.definition.faults import brief
from voronka.definition.people import called_so
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.state import Stream, StreamKind
from voronka.runtime.viewer import Unseen, Viewer
from voronka.storage import Reader

__all__ = ["NOUNS", "NO_DEAL", "find_record", "find_user", "named_so"]

NO_DEAL = "-"
"""What stands for the deal of a message that is about none, as lists show it."""

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)
_SHOWN = 5


def find_record(reader: Reader, kind: StreamKind, given: object, viewer: Viewer, *, hidden: bool = False) -> Stream:
    """Return the record that a number, an id (32 hex digits) or a name stands for, as far as `viewer` may see it.

    An account or a contact that was merged into another is that one, by its id as by its name, unless another is called
    so now. `hidden`: one is also found if it is hidden, by its id alone.

    Raises `UsageFault` if there is none, or more than one of that name: `Unseen` if there is one to others.
    """
    if kind is StreamKind.DEAL:
        return _seen(reader, viewer, [_deal(reader, given)], given)[0]
    if not isinstance(given, str) or not given.strip():
        raise _nothing(kind, str(given))
    if _ID.fullmatch(given):
        stream = Stream(kind, bytes.fromhex(given))
        known = {each: each for each in reader.parties([stream])} if hidden else reader.staying([stream])
        if stream not in known:
            raise _nothing(kind, given)
        return _seen(reader, viewer, [known[stream]], given)[0]
    found = _called(reader, kind, given)
    if not found:
        raise _nothing(kind, given)
    seen = _seen(reader, viewer, found, given)
    if len(seen) > 1:
        shown = ", ".join(each.id.hex() for each in seen[:_SHOWN])
        raise UsageFault(
            Text("More than one {kind} is called {name}.", kind=NOUNS[kind], name=given),
            Text("Give the id of the one that is meant: {ids}.", ids=shown),
        )
    return seen[0]


def named_so(reader: Reader, kind: StreamKind, name: str, viewer: Viewer) -> list[Stream]:
    """Return the accounts or contacts of this name that `viewer` may see, the oldest first.

    If there is none, those that stay of the ones that were merged under this name.
    """
    found = _called(reader, kind, name)
    visible = viewer.seen(reader, found)
    return [stream for stream in found if stream in visible]


def _called(reader: Reader, kind: StreamKind, name: str) -> list[Stream]:
    find = reader.accounts_by_name if kind is StreamKind.ACCOUNT else reader.contacts_by
    found = find([name]) or find([name], merged=True)
    return [Stream(kind, each) for each in found.get(name, [])]


def find_user(reader: Reader, workspace: Workspace, given: str) -> str | None:
    """Return the user that an id or the name which lists show stands for, as declared or known from imports.

    None if nobody is called so; `UsageFault` if several are.
    """
    return given if given in reader.users() else user_called(workspace, given)


def user_called(workspace: Workspace, given: str) -> str | None:
    """Return the declared user that an id or the name which people see stands for; None and raises likewise."""
    if given in workspace.people:
        return given
    found = called_so(workspace.people.values(), given)
    if len(found) > 1:
        raise UsageFault(
            Text("More than one {kind} is called {name}.", kind=Text("user"), name=given),
            Text("Give the id of the one that is meant: {ids}.", ids=", ".join(found)),
        )
    return found[0] if found else None


def _seen(reader: Reader, viewer: Viewer, streams: list[Stream], given: object) -> list[Stream]:
    """Return those of the records found that the viewer may see; `Unseen` if that leaves none."""
    visible = viewer.seen(reader, streams)
    if not visible:
        raise Unseen(_nothing(streams[0].kind, str(given)), streams[0])
    return [stream for stream in streams if stream in visible]


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
    if given is None:
        raise UsageFault(
            Text("No deal is given."), Text("Name it by its number: `voronka deal list` shows the numbers.")
        )
    raise _nothing(StreamKind.DEAL, brief(text or str(given)))


NOUNS = {
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
                Text("`voronka account list --name TEXT` finds one, `voronka account new name=NAME` makes one."),
            )
    return UsageFault(
        Text("There is no contact {name}.", name=name),
        Text("`voronka contact list --name TEXT` finds one, `voronka contact new name=NAME` makes one."),
    )
