"""Commands, events and snapshots as JSON and back, and the canonical text that hashes are made of.

A part that has its default is left out, so a default never changes within a `version` of a payload. Bytes are hex.
A reading of an older version goes through its upcasters, one version at a time.
"""

# ruff: noqa: ANN401 - JSON, and values of whatever type a hint names, are what this module is about

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from voronka.errors import EnvironmentFault
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.process import commands, events
from voronka.process.commands import Command, Sealed
from voronka.process.events import Event
from voronka.process.state import DealState, TimerKey, VaultRef

__all__ = [
    "SCALAR",
    "UPCASTERS",
    "Form",
    "UnknownKind",
    "canonical",
    "decode_command",
    "decode_deal",
    "decode_event",
    "decode_value",
    "encode",
    "encode_value",
    "form_of",
    "sealed_in",
]

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _timer_ended_1(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {"version": 2, "latest": False}


def _without_event(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {"version": payload["version"] + 1, "event": None}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("timer.ended", 1): _timer_ended_1,
    ("timer.ended", 2): _without_event,
    ("timer.armed", 1): _without_event,
}
"""What makes a payload of (kind, version) one of the next version."""


class UnknownKind(EnvironmentFault):
    """The history was written by a newer Voronka: it holds a kind of event or command that this one does not know."""


def _scalar(value: Any) -> Any:
    return value


def encode_value(value: Any) -> Any:
    """Return the JSON form of a field's value: a choice of several as a list, a vault reference as an object."""
    kind = type(value)
    if kind is tuple or kind is list:
        return [encode_value(part) for part in value]
    if kind is VaultRef:
        return {"$subject": value.subject.hex(), "$ref": value.ref}
    if kind is Sealed:
        return {"$subject": value.subject.hex(), "$ref": value.ref, "$hmac": value.hmac}
    if kind is dict:
        return {name: encode_value(part) for name, part in value.items()}
    return value


def decode_value(data: Any) -> Any:
    """Return the value whose JSON form is `data`."""
    if type(data) is list:
        return tuple(map(decode_value, data))
    if type(data) is dict:
        if "$ref" not in data:
            return {name: decode_value(part) for name, part in data.items()}
        subject = bytes.fromhex(data["$subject"])
        if "$hmac" in data:
            return Sealed(subject, data["$ref"], data["$hmac"])
        return VaultRef(subject, data["$ref"])
    return data


@frozen(kw_only=False)
class Form:
    """How one type is written as JSON and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


SCALAR = Form(_scalar, _scalar)
"""What is its own JSON form."""
_VALUE = Form(encode_value, decode_value)


def _write_hex(value: bytes) -> str:
    return value.hex()


def _many(part: Form, kind: Callable[[Any], Any]) -> Form:
    if part is SCALAR:
        return Form(list, kind)
    write, read = part.write, part.read
    return Form(lambda values: [write(value) for value in values], lambda data: kind(read(item) for item in data))


def _record(kind: Any) -> Form:
    """A named tuple: a list of its parts, in their order; those that an older version did not have, by default."""
    parts = [form_of(hint) for hint in _hints(kind).values()]
    if all(part is SCALAR for part in parts):
        return Form(list, lambda data: kind(*data))
    return Form(
        lambda value: [part.write(item) for part, item in zip(parts, value, strict=True)],
        lambda data: kind(*[part.read(item) for part, item in zip(parts, data, strict=False)]),
    )


def _mapping(key: Any, value: Form) -> Form:
    if key is TimerKey:  # the timers of a deal: each names itself
        return Form(
            lambda timers: [value.write(timers[name]) for name in sorted(timers)],
            lambda data: {timer.key: timer for timer in map(value.read, data)},
        )
    if value is SCALAR:
        return Form(dict, dict)
    write, read = value.write, value.read
    return Form(
        lambda mapping: {name: write(item) for name, item in mapping.items()},
        lambda data: {name: read(item) for name, item in data.items()},
    )


def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def form_of(hint: Any) -> Form:  # noqa: C901 - one case a type
    """Return how what a type hint describes is written as JSON and read."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        if len(rest) > 1:
            return _VALUE if VaultRef in rest or Sealed in rest else SCALAR
        inner = form_of(rest[0])
        if inner is SCALAR:
            return inner
        write, read = inner.write, inner.read
        return Form(
            lambda value: None if value is None else write(value), lambda data: None if data is None else read(data)
        )
    if hint is bytes:
        return Form(_write_hex, bytes.fromhex)
    if origin is tuple:
        return _many(form_of(args[0]), tuple)
    if origin is frozenset:
        return Form(sorted, frozenset)
    if origin is Mapping:
        return _mapping(args[0], form_of(args[1]))
    if inspect.isclass(hint):
        if is_dataclass(hint):
            return Form(_writer(hint), _reader(hint))
        if issubclass(hint, tuple):
            return _record(hint)
        if issubclass(hint, Enum):
            return Form(lambda value: value.value, hint)
    return SCALAR


@cache
def _writer(kind: type) -> Callable[[Any], dict[str, Any]]:
    hints = _hints(kind)
    plain: list[tuple[str, Any]] = []
    formed: list[tuple[str, Any, Callable[[Any], Any]]] = []
    for part in fields(kind):
        default = part.default_factory() if part.default_factory is not MISSING else part.default
        form = form_of(hints[part.name])
        if form is SCALAR:
            plain.append((part.name, default))
        else:
            formed.append((part.name, default, form.write))
    head: dict[str, Any] = {}
    if issubclass(kind, (Event, Command)):
        head["kind"] = kind.kind
        if issubclass(kind, Event):
            head["version"] = kind.version

    def write(value: Any) -> dict[str, Any]:
        data = head.copy()
        for name, default in plain:
            item = getattr(value, name)
            if item is not default and (item != default or type(item) is not type(default)):
                data[name] = item
        for name, default, to_json in formed:
            item = getattr(value, name)
            if item is not default and item != default:
                data[name] = to_json(item)
        return data

    return write


@cache
def _reader(kind: type) -> Callable[[Mapping[str, Any]], Any]:
    hints = _hints(kind)
    forms = {part.name: form_of(hints[part.name]) for part in fields(kind)}
    readers = {name: None if form is SCALAR else form.read for name, form in forms.items()}

    named = issubclass(kind, (Event, Command))

    def read(data: Mapping[str, Any]) -> Any:
        values = {}
        for name, item in data.items():
            if named and name in ("kind", "version"):
                continue
            from_json = readers[name]
            values[name] = item if from_json is None else from_json(item)
        return kind(**values)

    return read


def encode(value: Any) -> dict[str, Any]:
    """Return the JSON form of an event, a command or a snapshot (of any of the dataclasses of this package)."""
    kind: Any = type(value)
    return _writer(kind)(value)


def _subclasses(module: types.ModuleType, base: Any) -> Mapping[str, Any]:
    found: list[Any] = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, base)]
    return {kind.kind: kind for kind in found if kind is not base}


_EVENTS = _subclasses(events, Event)
_COMMANDS = _subclasses(commands, Command)


def _decode(kinds: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    kind = kinds.get(data["kind"])
    if kind is None:
        raise UnknownKind(
            Text("The history holds “{kind}”, which this version of Voronka does not know.", kind=data["kind"]),
            Text("Run the version that wrote it, or a newer one."),
        )
    return _reader(kind)(data)


def decode_event(data: Mapping[str, Any], upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> Event:
    """Return the event whose JSON form is `data`, of whatever version; `UnknownKind` for one from the future."""
    payload = dict(data)
    while (upcast := upcasters.get((payload["kind"], payload["version"]))) is not None:
        payload = upcast(payload)
    event: Event = _decode(_EVENTS, payload)
    return event


def decode_command(data: Mapping[str, Any]) -> Command:
    """Return the command whose JSON form is `data`."""
    command: Command = _decode(_COMMANDS, data)
    return command


def decode_deal(data: Mapping[str, Any]) -> DealState:
    """Return the deal whose JSON form is `data`."""
    deal: DealState = _reader(DealState)(data)
    return deal


def sealed_in(data: Any) -> Iterator[Sealed]:
    """Yield every sealed value that the JSON form of an event holds."""
    if isinstance(data, dict):
        if "$hmac" in data:
            yield decode_value(data)
        else:
            for part in data.values():
                yield from sealed_in(part)
    elif isinstance(data, (list, tuple)):
        for part in data:
            yield from sealed_in(part)


def _other(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (VaultRef, Sealed)):
        return encode_value(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return encode(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _text_encoder() -> Callable[[Any], str]:
    """Return `JSONEncoder.encode` with its C part made once, not at every call, which is a third of a short text."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(
            ensure_ascii=False,
            allow_nan=False,
            check_circular=False,
            sort_keys=True,
            separators=(",", ":"),
            default=_other,
        ).encode
    quote = json.encoder.encode_basestring
    parts = make(None, _other, quote, None, ":", ",", True, False, False)  # the options above
    return lambda value: "".join(parts(value, 0))


canonical = _text_encoder()
"""Return the one text of a value: JSON with sorted keys and no spaces, integers exact, floats by their repr.

Its UTF-8 bytes are what the hash chain covers. Bytes are hex; NaN and infinity raise ValueError.
"""
