"""Commands as plain JSON: what the command line, the control endpoint and anything outside may send.

A request is an object. `command` names the command and decides what else may stand there:

==================  =====================================  =====================
command             must have                              may have
==================  =====================================  =====================
``deal.create``                                            funnel, fields, parent, from, evidence
``deal.set``        deal, fields                           from, evidence
``deal.move``       deal, to                               fields, override
``interaction.log`` deal                                   fields
``row.put``         deal | account | contact, collection   fields, key
``row.remove``      deal | account | contact, collection, key
``checklist.tick``  deal, item                             done, evidence
``task.complete``   deal, task
``note.process``    deal, note                             fields, from
``account.create``  fields                                 another, from, evidence
``account.set``     account, fields                        from, evidence
``contact.create``  fields                                 another, from, evidence
``contact.set``     contact, fields                        from, evidence
==================  =====================================  =====================

`deal` is a number or an id (32 hex digits); `account` and `contact` are ids or names, in `fields` too. A value in
`fields` is text as a person writes it ("100000.50", "2026-03-02 10:00" or "02.03.2026 10:00"), or JSON in the form the
engine keeps (money in minor units, moments in UTC microseconds); null clears. The `key` of a row is the text of its key
field likewise, or as the answers tell it. With `another` false a name that an
account or contact has already is refused. `from` names the source that the values come from, as configs/fields declares
it, and `evidence`, a link or a text, where they can be looked up. Around any command may stand `actor` (a
user), `source` (the system it comes from; those of the engine itself are refused), `idempotency_key`, `expected_seq`
and `occurred_at` (text or UTC microseconds).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Container, Mapping
from typing import Any, NoReturn

from voronka.calendars import TimeError, in_iso, parse_datetime
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.row_keys import key_field
from voronka.definition.values import check_value, read_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, COMPUTED_NAMES, WRITABLE_COLLECTIONS
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault, VoronkaError
from voronka.expressions import Value
from voronka.messages import Text
from voronka.process.codec import canonical
from voronka.process.commands import (
    Command,
    CompleteTask,
    CreateDeal,
    CreateParty,
    Envelope,
    LogInteraction,
    MoveDeal,
    Origin,
    ProcessNote,
    PutRow,
    RemoveRow,
    SetFields,
    SetParty,
    TickItem,
)
from voronka.process.state import Stream, StreamKind
from voronka.runtime.records import NOUNS, find_record, find_user, named_so, user_called
from voronka.runtime.request_faults import (
    check_clock,
    check_texts,
    not_set,
    say_blank,
    say_nothing,
    together,
    unknown,
    unknown_field,
)
from voronka.runtime.viewer import LOCAL_ACTOR, OPERATOR, viewer_of
from voronka.storage import Reader

__all__ = ["COMMANDS", "LARGEST_REQUEST", "Commanding", "actor_of", "digest_of", "sender_of"]

_AROUND = frozenset({"command", "actor", "source", "idempotency_key", "expected_seq", "occurred_at"})
# What the engine does by itself it does under these sources; the keys of `chain` and `import:NAME` are its own.
_OWN_SOURCES = frozenset({"chain", "import", "merge", "outbox", "plugin", "release", "rule", "source", "timer"})
_ORIGIN = ("from", "evidence")
_RECORDS = {"deal": StreamKind.DEAL, "account": StreamKind.ACCOUNT, "contact": StreamKind.CONTACT}
_SUBJECTS = {
    StreamKind.DEAL: Subject.DEALS,
    StreamKind.ACCOUNT: Subject.ACCOUNTS,
    StreamKind.CONTACT: Subject.CONTACTS,
}
# Clocks of machines differ a little; more than this lies in the future.
_SKEW = 60_000_000
_LARGEST = 2**63
# What names a request for ever is kept as a key of a table.
_SHORT = frozenset({"source", "idempotency_key"})
_LONGEST_NAME = 200
LARGEST_REQUEST = 8 << 20
"""Bytes that a request may have, however it comes in."""


def digest_of(request: Mapping[str, Any], secret: bytes) -> str:
    """Return the hash of a request as it came: the same under one idempotency key, or it is another request.

    It is an HMAC under the workspace's `secret`, so that nobody finds out personal values of the request by trying.
    """
    try:
        kept = canonical(dict(request)).encode()
    except (TypeError, ValueError, RecursionError):
        raise UsageFault(
            Text("The request is not JSON that can be kept."),
            Text("Send an object of texts, numbers, true, false, null, lists and objects."),
        ) from None
    if len(kept) > LARGEST_REQUEST:
        raise UsageFault(
            Text("The request is larger than {size} bytes.", size=LARGEST_REQUEST),
            Text("Import large amounts from a file: voronka import."),
        )
    if b"\\u0000" in kept:  # as JSON writes NUL; it may stand for these six signs, too
        check_texts(request)
    return hmac.new(secret, kept, hashlib.sha256).hexdigest()


def actor_of(workspace: Workspace, request: Mapping[str, Any]) -> str:
    """Return who acts in a request, given by id or by the name that people see.

    `UsageFault` if the workspace knows nobody of that name, or several.
    """
    actor = _text(request, "actor", LOCAL_ACTOR)
    found = LOCAL_ACTOR if actor == LOCAL_ACTOR else user_called(workspace, actor)
    if found is None:
        raise unknown("user", actor, workspace.people)
    return found


def sender_of(request: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the source of a request and its idempotency key, None without one; `UsageFault` if either is none."""
    key = _text(request, "idempotency_key") if request.get("idempotency_key") is not None else None
    return _source(request), key


class Commanding:
    """Reads requests into typed commands. `reader` finds records; `new_id` names those that are to be made."""

    def __init__(self, reader: Reader, workspace: Workspace, now: int, new_id: Callable[[], bytes]) -> None:
        self._reader = reader
        self._workspace = workspace
        self._now = now
        self._new_id = new_id
        self._viewer = OPERATOR

    def read(self, request: Mapping[str, Any], digest: str) -> Envelope:
        """Return the envelope that the request means. Raises `UsageFault` where it means none."""
        name = _text(request, "command")
        reader = _READERS.get(name)
        if reader is None:
            raise unknown("command", name, _READERS)
        must, may, build = reader
        present = frozenset(request)
        for key in sorted(present - _AROUND - must - may):
            raise unknown("key", key, _AROUND | must | may)
        for key in sorted(must - present):
            raise UsageFault(
                Text("The command {command} lacks {key}.", command=name, key=key),
                Text("Add it; the command needs: {keys}.", keys=", ".join(sorted(must))),
            )
        actor = actor_of(self._workspace, request)
        self._viewer = viewer_of(self._reader, self._workspace, actor, self._now)
        source, idempotency_key = sender_of(request)
        stream, command = build(self, request)
        return Envelope(
            command=command,
            stream=stream,
            actor=actor,
            source=source,
            key=idempotency_key,
            digest=digest,
            expected_seq=_whole(request, "expected_seq"),
            occurred_at=self._moment(request.get("occurred_at")),
        )

    def record(self, kind: StreamKind, given: object) -> Stream:
        """Return the record that a number, an id or a name stands for. Raises `UsageFault` if the actor sees none."""
        return find_record(self._reader, kind, given, self._viewer)

    def own_values(self, kind: StreamKind, request: Mapping[str, Any]) -> dict[str, Value | None]:
        """Return the values given for the fields of a record of this kind."""
        return self.values(self.fields_of(kind), request, computed=COMPUTED_NAMES[_SUBJECTS[kind]])

    def own_changes(self, kind: StreamKind, request: Mapping[str, Any]) -> dict[str, Value | None]:
        """Return them likewise; `UsageFault` if there are none, for then the command says nothing."""
        return self.own_values(kind, request) or say_nothing(self.fields_of(kind))

    def values(
        self, fields: Mapping[str, Field], request: Mapping[str, Any], *, computed: Container[str] = ()
    ) -> dict[str, Value | None]:
        """Return the values given under `fields`, each read by the rules of its field; nobody sets those `computed`."""
        given = request.get("fields", {})
        if not isinstance(given, dict):
            raise UsageFault(
                Text("The fields are not an object of names and values."),
                Text("Write them as {example}.", example='{"amount": "1000", "owner": "anna"}'),
            )
        read: dict[str, Value | None] = {}
        faults: list[UsageFault] = []
        for name, value in given.items():
            try:
                field = fields.get(name)
                if field is None:
                    raise not_set(name) if name in computed else unknown_field(name, fields)
                read[name] = None if value is None else self._value(field, value)
            except UsageFault as fault:
                faults.append(fault)
        if faults:
            raise together(faults)
        return read

    def fields_of(self, kind: StreamKind) -> dict[str, Field]:
        """Return the fields that may be set on a record of this kind."""
        subject = _SUBJECTS[kind]
        return {**BUILT_IN_FIELDS[subject], **self._workspace.fields.get(subject, {})}

    def columns_of(self, kind: StreamKind, collection: str) -> Mapping[str, Field]:
        """Return the fields of a collection of such a record."""
        return self._collection(kind, collection).fields

    def row_key(self, kind: StreamKind, collection: str, text: str) -> str:
        """Return the key by which the row is kept whose key field has the value that `text` is.

        What is no such value is the key itself: rows outlast what their field may be.
        """
        field = key_field(self._collection(kind, collection))
        try:
            value = None if field is None else self._value(field, text)
        except VoronkaError:
            value = None
        return text if value is None else str(value)

    def _collection(self, kind: StreamKind, collection: str) -> Collection:
        declared = self._workspace.collections.get(_SUBJECTS[kind], {})
        known = {**BUILT_IN_COLLECTIONS, **declared} if kind is StreamKind.DEAL else declared
        found = known.get(collection)
        if found is None:
            unwritten = BUILT_IN_COLLECTIONS.keys() - WRITABLE_COLLECTIONS - declared.keys()
            raise unknown("collection", collection, [name for name in known if name not in unwritten])
        return found

    def new(self, kind: StreamKind) -> Stream:
        """Return a record that is to be made."""
        return Stream(kind, self._new_id())

    def _value(self, field: Field, given: object) -> Value | None:
        if field.type in (FieldType.ACCOUNT, FieldType.CONTACT):
            return self.record(_RECORDS[field.type.value], given).id.hex()
        if field.type is FieldType.USER and isinstance(given, str):
            return find_user(self._reader, self._workspace, given) or self._no_user(given)
        if isinstance(given, str):
            if field.type is FieldType.DATETIME:
                check_clock(field, given)
            around = self._workspace
            return read_value(field, given, currency=around.currency, timezone=around.timezone, day_first=True)
        return check_value(field, given)

    def _no_user(self, name: str) -> NoReturn:
        raise unknown("user", name, {*self._workspace.people, *self._reader.users()})

    def check_new(self, kind: StreamKind, name: object) -> None:
        """Raise `UsageFault` if the actor sees an account or a contact of this name."""
        known = named_so(self._reader, kind, name, self._viewer) if isinstance(name, str) else []
        if known:
            raise UsageFault(
                Text("There is already: {kind} {name}.", kind=NOUNS[kind], name=str(name)),
                Text(
                    "See whether it is the same: {command}. To make another of this name, repeat with {flag}.",
                    command=f"voronka {kind.value} show {known[0].id.hex()}",
                    flag="--another",
                ),
                place="name",
            )

    def _moment(self, given: object) -> int | None:
        if given is None:
            return None
        if isinstance(given, str):
            try:
                moment = parse_datetime(in_iso(given), self._workspace.timezone)
            except TimeError as fault:
                raise UsageFault(fault.reason, fault.remedy, place="occurred_at") from None
        elif isinstance(given, int) and not isinstance(given, bool) and 0 <= given < _LARGEST:
            moment = given
        else:
            raise UsageFault(
                Text("The time of what happened cannot be read."),
                Text("Write it as in {example}.", example="2026-02-20 18:30"),
                place="occurred_at",
            )
        if moment > self._now + _SKEW:
            raise UsageFault(
                Text("What is recorded as having happened lies in the future."),
                Text("Give a time that has passed, or leave it out for now."),
                place="occurred_at",
            )
        return moment


Built = tuple[Stream, Command]


def _create_deal(read: Commanding, request: Mapping[str, Any]) -> Built:
    values = read.own_values(StreamKind.DEAL, request)
    owner, account, contact = (values.pop(name, None) for name in ("owner", "account", "contact"))
    parent = request.get("parent")
    return read.new(StreamKind.DEAL), CreateDeal(
        funnel="" if request.get("funnel") is None else _text(request, "funnel"),
        fields={name: value for name, value in values.items() if value is not None},
        owner=owner if isinstance(owner, str) else None,
        account=bytes.fromhex(account) if isinstance(account, str) else None,
        contact=bytes.fromhex(contact) if isinstance(contact, str) else None,
        parent=None if parent is None else read.record(StreamKind.DEAL, parent).id,
        origin=_origin(request),
    )


def _set_deal(read: Commanding, request: Mapping[str, Any]) -> Built:
    return _deal(read, request), SetFields(values=read.own_changes(StreamKind.DEAL, request), origin=_origin(request))


def _move_deal(read: Commanding, request: Mapping[str, Any]) -> Built:
    return _deal(read, request), MoveDeal(
        to=_text(request, "to"),
        set=read.own_values(StreamKind.DEAL, request),
        override=_text(request, "override") if request.get("override") is not None else None,
    )


def _log_interaction(read: Commanding, request: Mapping[str, Any]) -> Built:
    columns = dict(read.columns_of(StreamKind.DEAL, "interactions"))
    del columns["at"]
    given = request.get("fields")
    if isinstance(given, Mapping) and "at" in given:
        raise UsageFault(
            Text("“{field}” is not set by hand.", field="at"),
            Text("Give the time around the fields: --at TIME on the command line, `occurred_at` in a request."),
        )
    return _deal(read, request), LogInteraction(values=_given(read.values(columns, request)) or say_nothing(columns))


def _put_row(read: Commanding, request: Mapping[str, Any]) -> Built:
    stream = _any_record(read, request)
    collection = _text(request, "collection")
    columns = read.columns_of(stream.kind, collection)
    values = read.values(columns, request) or say_nothing(columns)
    key = None
    if request.get("key") is not None:
        key = read.row_key(stream.kind, collection, _text(request, "key"))
    return stream, PutRow(collection=collection, values=values, key=key)


def _remove_row(read: Commanding, request: Mapping[str, Any]) -> Built:
    stream = _any_record(read, request)
    collection = _text(request, "collection")
    key = read.row_key(stream.kind, collection, _text(request, "key"))
    return stream, RemoveRow(collection=collection, key=key)


def _tick_item(read: Commanding, request: Mapping[str, Any]) -> Built:
    done = _flag(request, "done", default=True)
    evidence = _text(request, "evidence") if request.get("evidence") is not None else None
    return _deal(read, request), TickItem(item=_text(request, "item"), done=done, evidence=evidence)


def _process_note(read: Commanding, request: Mapping[str, Any]) -> Built:
    source = _text(request, "from") if request.get("from") is not None else ""
    values = read.own_values(StreamKind.DEAL, request)
    return _deal(read, request), ProcessNote(note=_text(request, "note"), values=values, source=source)


def _complete_task(read: Commanding, request: Mapping[str, Any]) -> Built:
    return _deal(read, request), CompleteTask(task=_text(request, "task"))


def _create_party(kind: StreamKind) -> Callable[[Commanding, Mapping[str, Any]], Built]:
    def build(read: Commanding, request: Mapping[str, Any]) -> Built:
        values = read.own_values(kind, request)
        if not _flag(request, "another", default=True):
            read.check_new(kind, values.get("name"))
        return read.new(kind), CreateParty(
            fields=_given(values) or (say_blank(values) if values else say_nothing(read.fields_of(kind))),
            origin=_origin(request),
        )

    return build


def _set_party(kind: StreamKind) -> Callable[[Commanding, Mapping[str, Any]], Built]:
    def build(read: Commanding, request: Mapping[str, Any]) -> Built:
        stream = read.record(kind, request[kind.value])
        return stream, SetParty(values=read.own_changes(kind, request), origin=_origin(request))

    return build


def _keys(*names: str) -> frozenset[str]:
    return frozenset(names)


_READERS: Mapping[str, tuple[frozenset[str], frozenset[str], Callable[[Commanding, Mapping[str, Any]], Built]]] = {
    "deal.create": (_keys(), _keys("funnel", "fields", "parent", *_ORIGIN), _create_deal),
    "deal.set": (_keys("deal", "fields"), _keys(*_ORIGIN), _set_deal),
    "deal.move": (_keys("deal", "to"), _keys("fields", "override"), _move_deal),
    "interaction.log": (_keys("deal"), _keys("fields"), _log_interaction),
    "row.put": (_keys("collection"), _keys(*_RECORDS, "fields", "key"), _put_row),
    "row.remove": (_keys("collection", "key"), _keys(*_RECORDS), _remove_row),
    "checklist.tick": (_keys("deal", "item"), _keys("done", "evidence"), _tick_item),
    "task.complete": (_keys("deal", "task"), _keys(), _complete_task),
    "note.process": (_keys("deal", "note"), _keys("fields", "from"), _process_note),
    "account.create": (_keys("fields"), _keys("another", *_ORIGIN), _create_party(StreamKind.ACCOUNT)),
    "account.set": (_keys("account", "fields"), _keys(*_ORIGIN), _set_party(StreamKind.ACCOUNT)),
    "contact.create": (_keys("fields"), _keys("another", *_ORIGIN), _create_party(StreamKind.CONTACT)),
    "contact.set": (_keys("contact", "fields"), _keys(*_ORIGIN), _set_party(StreamKind.CONTACT)),
}
COMMANDS = tuple(_READERS)
"""The names of the commands that may be sent."""


def _deal(read: Commanding, request: Mapping[str, Any]) -> Stream:
    return read.record(StreamKind.DEAL, request["deal"])


def _any_record(read: Commanding, request: Mapping[str, Any]) -> Stream:
    named = [name for name in _RECORDS if name in request]
    if len(named) != 1:
        raise UsageFault(
            Text("The command must name one record: a deal, an account or a contact."),
            Text("Give exactly one of: {keys}.", keys=", ".join(_RECORDS)),
        )
    return read.record(_RECORDS[named[0]], request[named[0]])


def _origin(request: Mapping[str, Any]) -> Origin:
    """Return where the values of a request come from, as it says."""
    source, evidence = (_text(request, key) if request.get(key) is not None else None for key in _ORIGIN)
    return Origin(source or "", evidence)


def _given(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _text(request: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = request.get(key, default)
    if isinstance(value, str) and value and "\0" not in value:
        if key in _SHORT and len(value) > _LONGEST_NAME:
            raise UsageFault(
                Text("{key} is longer than {most} characters.", key=key, most=_LONGEST_NAME),
                Text("Write a shorter one; a hash of it will do."),
                place=key,
            )
        return value
    if isinstance(value, str) and not value:
        raise UsageFault(Text("The text is empty."), Text("Write a text that is not empty."), place=key)
    raise UsageFault(Text("{key} is not a text.", key=key), Text("Write a text that is not empty."), place=key)


def _source(request: Mapping[str, Any]) -> str:
    source = _text(request, "source", "api")
    if source.partition(":")[0] in _OWN_SOURCES:
        raise UsageFault(
            Text("The source {name} is the engine's own.", name=source),
            Text("Name the system that the command comes from, such as {example}.", example="site"),
            place="source",
        )
    return source


def _flag(request: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = request.get(key, default)
    if not isinstance(value, bool):
        raise UsageFault(
            Text("{key} is neither true nor false.", key=key), Text("Write true or false, or leave it out.")
        )
    return value


def _whole(request: Mapping[str, Any], key: str) -> int | None:
    value = request.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST):
        return value
    raise UsageFault(Text("{key} is not a whole number.", key=key), Text("Write a number from 0."), place=key)
