"""What a plugin declares: asked for hook by hook, and checked before anybody relies on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import fields, replace
from functools import cache
from itertools import islice
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind
from voronka.hooks.actions import ActionType
from voronka.hooks.calendars import CalendarSource, guarded_source
from voronka.hooks.callables import arguments_of, why_not_called
from voronka.hooks.channels import ChannelType
from voronka.hooks.commands import CommandGroup
from voronka.hooks.functions import guarded
from voronka.hooks.health import LONGEST_CHECK, HealthCheck
from voronka.hooks.importers import RowFormat, guarded_format
from voronka.hooks.own_commands import is_own
from voronka.hooks.phrases import phrase
from voronka.hooks.plugin import Plugin
from voronka.hooks.sources import SourceType
from voronka.hooks.sql_forms import why_no_sql
from voronka.hooks.well_formed import is_well_formed, unreadable
from voronka.messages import Sentence, Text

__all__ = ["HOOKS", "LONGEST", "BrokenPlugin", "Declaration", "Isolate", "checked", "checked_plugin"]

Declaration = (
    ActionType | ChannelType | SourceType | RowFormat | ExpressionFunction | CalendarSource | CommandGroup | HealthCheck
)

Isolate = Callable[[Declaration], Declaration]
"""Returns a declaration whose code runs in another process, or the same if it is none for that."""

HOOKS: Mapping[str, type[Declaration]] = {
    "voronka_actions": ActionType,
    "voronka_channels": ChannelType,
    "voronka_sources": SourceType,
    "voronka_importers": RowFormat,
    "voronka_functions": ExpressionFunction,
    "voronka_calendars": CalendarSource,
    "voronka_commands": CommandGroup,
    "voronka_health": HealthCheck,
}
"""What each hook returns any number of; `voronka_plugin` returns one `Plugin`."""

_EXPRESSIONS = frozenset(kind.value for kind in Kind if kind is not Kind.MISSING) | {"any"}
_MOST = 1_000
LONGEST = 25.0
"""Seconds: no call of a plugin may take longer, for the lease of an effect is not much longer."""


class BrokenPlugin(Exception):  # noqa: N818 - a fault of the plugin that is told, not raised at a person
    """Why a plugin cannot be used."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def checked_plugin(value: object) -> Plugin:
    """Return what `voronka_plugin` gave, if it is a sound `Plugin`. Raises `BrokenPlugin`."""
    if not isinstance(value, Plugin):
        raise _nonsense("voronka_plugin", value, Plugin)
    _check_parts("voronka_plugin", value)
    _check_schema("voronka_plugin", value.settings)
    return value


def checked(
    hook: str,
    values: object,
    plugin: str,
    troubles: MutableMapping[str, Sentence] | None = None,
    isolate: Isolate | None = None,
) -> tuple[Declaration, ...]:
    """Return what a hook of `plugin` gave, if all of it is sound and named after it. Raises `BrokenPlugin`.

    `troubles`: where what fails later, in the midst of our own work, is written down. `isolate`: puts its code away.
    """
    expected = HOOKS[hook]
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes, Mapping)):
        raise _nonsense(hook, values, expected)
    found: dict[str, Declaration] = {}
    for value in islice(values, _MOST + 1):
        if not isinstance(value, expected):
            raise _nonsense(hook, value, expected)
        _check_parts(hook, value)
        for schema in _schemas(value):
            _check_schema(hook, schema)
        if value.name.partition(".")[0] != plugin:
            raise BrokenPlugin(
                Text(
                    "{hook} declares “{name}”; its names must be “{plugin}” or begin with “{plugin}.”.",
                    hook=hook,
                    name=value.name,
                    plugin=plugin,
                )
            )
        if isinstance(value, CommandGroup) and is_own(value.name):
            raise BrokenPlugin(
                Text(
                    "{hook} declares “{name}”, and `voronka {name}` is a command of Voronka's own: rename the plugin.",
                    hook=hook,
                    name=value.name,
                )
            )
        if value.name in found:
            raise BrokenPlugin(Text("{hook} declares “{name}” twice.", hook=hook, name=value.name))
        if isinstance(value, ExpressionFunction) and (why := why_no_sql(value)) is not None:
            raise BrokenPlugin(
                Text("{hook}: the SQL of “{name}” cannot be used: {reason}.", hook=hook, name=value.name, reason=why)
            )
        given = (
            replace(value, time_limit=min(value.time_limit, LONGEST_CHECK)) if isinstance(value, HealthCheck) else value
        )
        given = given if isolate is None else isolate(given)
        found[value.name] = _guarded(given, {} if troubles is None else troubles)
    if len(found) > _MOST:
        raise BrokenPlugin(Text("{hook} declares more than {most} things.", hook=hook, most=_MOST))
    return tuple(found.values())


def _guarded(value: Declaration, troubles: MutableMapping[str, Sentence]) -> Declaration:
    """Return what is called in the midst of our own work so that it cannot harm that."""
    if isinstance(value, ExpressionFunction):
        return guarded(value, troubles)
    if isinstance(value, RowFormat):
        return guarded_format(value, troubles)
    return guarded_source(value, troubles) if isinstance(value, CalendarSource) else value


def _nonsense(hook: str, value: object, expected: type) -> BrokenPlugin:
    if isinstance(value, expected):
        return BrokenPlugin(
            Text("{hook} returned one {kind}: give it by `yield`, or in a list.", hook=hook, kind=expected.__name__)
        )
    return BrokenPlugin(
        Text(
            "{hook} returned {kind}, not {expected}.", hook=hook, kind=type(value).__name__, expected=expected.__name__
        )
    )


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    # Typer is imported by the command line only.
    return get_type_hints(kind, localns={"Typer": object})


def _check_parts(hook: str, value: Declaration | Plugin) -> None:
    hints = _hints(type(value))  # type: ignore[arg-type] # a class can be hashed
    for part in fields(value):
        if not _fits(getattr(value, part.name), hints[part.name]):
            raise BrokenPlugin(
                Text(
                    "{hook}: `{part}` of “{name}” is {kind}.",
                    hook=hook,
                    part=part.name,
                    name=value.name,
                    kind=type(getattr(value, part.name)).__name__,
                )
            )
        given = arguments_of(hints[part.name])
        if isinstance(value, ExpressionFunction) and part.name == "call":
            given = len(value.parameters)
        function = getattr(value, part.name)
        if given is not None and function is not None and (why := why_not_called(function, given)) is not None:
            raise BrokenPlugin(
                Text("{hook}: `{part}` of “{name}” {reason}.", hook=hook, part=part.name, name=value.name, reason=why)
            )
    limit = getattr(value, "time_limit", 1)
    if not 0 < limit <= LONGEST:
        raise BrokenPlugin(Text("{hook}: the time limit of “{name}” is no time.", hook=hook, name=value.name))
    if getattr(value, "attempts", 1) < 1:
        raise BrokenPlugin(Text("{hook}: “{name}” has no attempts.", hook=hook, name=value.name))
    if isinstance(value, ActionType) and value.run is None:
        raise BrokenPlugin(Text("{hook}: the action “{name}” has nothing to run.", hook=hook, name=value.name))
    if isinstance(value, ActionType) and value.destination is not None:
        _check_destination(hook, value, value.destination)


def _check_destination(hook: str, action: ActionType, destination: str) -> None:
    """Refuse a destination that is not known as the configuration is read: the lane of an effect follows from it."""
    schema = action.arguments.get("properties", {}).get(destination, {})
    if schema.get("type") != "string" or "x-expression" in schema:
        raise BrokenPlugin(
            Text(
                "{hook}: the destination of “{name}” is {argument}, which is no argument that is a constant text.",
                hook=hook,
                name=action.name,
                argument=destination,
            )
        )
    if action.at_most_once:
        raise BrokenPlugin(
            Text("{hook}: “{name}” cannot have both destinations and at_most_once.", hook=hook, name=action.name)
        )


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - any annotation of our values; one case a form
    kind = get_origin(hint) or hint
    if kind is Any:
        return True
    if kind in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if kind in (None, NoneType):
        return value is None
    if kind is Callable:
        return callable(value)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is tuple:
        return isinstance(value, tuple) and all(_fits(each, get_args(hint)[0]) for each in value)
    if kind is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return isinstance(value, kind)


def _schemas(value: Declaration) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, ActionType):
        yield value.arguments
    elif isinstance(value, (ChannelType, SourceType)):
        yield value.settings


def _check_schema(hook: str, schema: Mapping[str, Any]) -> None:
    """Refuse what is no JSON Schema of an object, or of values that the configuration could not be read as."""
    if not is_well_formed(schema):
        from jsonschema import Draft202012Validator, SchemaError  # 80 ms, which an ordinary schema need not cost

        try:
            Draft202012Validator.check_schema(dict(schema))
        except SchemaError as error:
            raise BrokenPlugin(
                Text(
                    "{hook}: the schema is wrong: {value} cannot stand under `{place}`.",
                    hook=hook,
                    value=phrase(repr(error.instance)),
                    place=".".join(map(str, error.absolute_path)) or "arguments",
                )
            ) from None
    if schema.get("type") != "object":
        raise BrokenPlugin(Text("{hook}: the schema must be one of an object.", hook=hook))
    for part in _parts(schema):
        strange = unreadable(part)
        if strange is not None:
            raise BrokenPlugin(Text("{hook}: {fault}", hook=hook, fault=strange))
        kind = part.get("x-expression", "any")
        if not isinstance(kind, str) or kind not in _EXPRESSIONS:
            raise BrokenPlugin(
                Text(
                    "{hook}: `x-expression` is {kind}, not one of {kinds}.",
                    hook=hook,
                    kind=phrase(kind),
                    kinds=", ".join(sorted(_EXPRESSIONS)),
                )
            )


def _parts(schema: object) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that stand in it."""
    if isinstance(schema, Mapping):
        yield schema
        for keyword in ("properties", "patternProperties"):
            for each in schema.get(keyword, {}).values():
                yield from _parts(each)
        for keyword in ("additionalProperties", "items", "propertyNames"):
            yield from _parts(schema.get(keyword))
