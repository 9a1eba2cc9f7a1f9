"""Frozen dataclasses that cost little to define and to make: what definitions, steps and answers are built of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, ParamSpec, TypeVar, dataclass_transform, overload

__all__ = ["frozen", "maker"]

_Class = TypeVar("_Class", bound=type)
_Parts = ParamSpec("_Parts")
_Value = TypeVar("_Value")


@overload
def frozen(cls: _Class) -> _Class: ...
@overload
def frozen(*, kw_only: bool = True, slots: bool = True, eq: bool = True) -> Callable[[_Class], _Class]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, *, kw_only: bool = True, slots: bool = True, eq: bool = True) -> Any:
    """Make `cls` a dataclass: frozen, slotted, its parts given by keyword. What derives from it must be `frozen` too.

    `dataclass` writes and compiles seven functions for a frozen class: a fourth of a command's start, once. Here
    those functions are shared, and `__init__` is compiled when the first instance is made.

    An ordinary frozen dataclass sets each part through `object.__setattr__`, which was a quarter of a step. Here
    `__init__` lets the new instance be one of a twin class, of the same slots but not frozen, while it sets them:
    making one costs less than half.
    """
    if cls is None:
        return partial(_frozen, kw_only=kw_only, slots=slots, eq=eq)
    return _frozen(cls, kw_only=kw_only, slots=slots, eq=eq)


def _frozen(cls: Any, *, kw_only: bool, slots: bool, eq: bool) -> Any:  # noqa: ANN401 - of any class
    made: Any = dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(cls)
    parts = fields(made)
    shared = {
        "__repr__": _shown([part.name for part in parts if part.repr]),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_remove,
    }
    if eq:
        shared |= _compared(parts)
    if slots:
        shared |= {"__getstate__": _state, "__setstate__": _set_state}
    if parts:
        shared["__init__"] = _first_init(made)
    for name, function in shared.items():
        if name not in made.__dict__:
            setattr(made, name, function)
    return made


def maker(cls: Callable[_Parts, _Value]) -> Callable[_Parts, _Value]:
    """Return a function that makes what calling a `frozen` class or a named tuple does, for where many are made.

    It takes less than half the time: CPython gives a class its arguments in a tuple and a dict, a function on the
    stack. `__post_init__` is not called.
    """
    made: Any = cls
    return _tuple_maker(made) if issubclass(made, tuple) else _compiled(made, with_init=False)


def _tuple_maker(cls: Any) -> Callable[..., Any]:  # noqa: ANN401 - of any class
    defaults = cls._field_defaults
    known = {"_tuple": tuple.__new__, "_made": cls, **{f"_default_{name}": value for name, value in defaults.items()}}
    given = ", ".join(f"{name}=_default_{name}" if name in defaults else name for name in cls._fields)
    return _function(cls, known, f"def maker({given}):", [f"return _tuple(_made, ({', '.join(cls._fields)},))"])


def _first_init(cls: Any) -> Callable[..., None]:  # noqa: ANN401 - of any class
    """Return an `__init__` that puts the real one in its place."""

    def __init__(self: Any, *args: Any, **parts: Any) -> None:  # noqa: ANN401, N807 - of any class; its name
        cls.__init__ = _compiled(cls, with_init=True)
        cls.__init__(self, *args, **parts)

    return __init__


def _compiled(cls: Any, *, with_init: bool) -> Callable[..., Any]:  # noqa: ANN401 - of any class
    """Return `__init__`, or a function that makes an instance without it."""
    space: dict[str, Any] = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    if "__slots__" in cls.__dict__:
        space["__slots__"] = cls.__slots__
    known: dict[str, Any] = {
        "_MISSING": MISSING,
        "_frozen": cls,
        "_twin": type(cls.__name__, cls.__bases__, space),  # of the same bases, or the layouts would differ
        "_become": object.__dict__["__class__"].__set__,
    }
    by_place: list[str] = []
    by_name: list[str] = []
    body: list[str] = []
    for part in fields(cls):
        given, line = _setting(part, known)
        if part.init:
            (by_name if part.kw_only else by_place).append(given)
        if line:
            body.append(line)
    parts = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    freeze = "self.__class__ = _frozen"
    if not with_init:
        return _function(cls, known, f"def maker({parts}):", ["self = _twin()", *body, freeze, "return self"])
    ready = ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    return _function(cls, known, f"def __init__(self, {parts}):", ["_become(self, _twin)", *body, freeze, *ready])


def _setting(part: Field[Any], known: dict[str, Any]) -> tuple[str, str]:
    """Return a part as a parameter of `__init__`, and the line that sets it; what that names is put into `known`."""
    name = part.name
    if part.default_factory is not MISSING:
        known[f"_make_{name}"] = part.default_factory
        made = f"_make_{name}()"
        if part.init:
            made += f" if {name} is _MISSING else {name}"
        return f"{name}=_MISSING", f"self.{name} = {made}"
    if part.default is not MISSING:
        known[f"_default_{name}"] = part.default
        return f"{name}=_default_{name}", f"self.{name} = {name if part.init else f'_default_{name}'}"
    return name, f"self.{name} = {name}" if part.init else ""


def _function(cls: type, known: dict[str, Any], head: str, body: list[str]) -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec("\n    ".join([head, *body]), known, scope)  # noqa: S102 - the names of parts, as `dataclass` itself does
    (function,) = scope.values()
    function.__qualname__ = f"{cls.__qualname__}.{function.__name__}"
    function.__module__ = cls.__module__
    return function  # type: ignore[no-any-return] # made just now


def _compared(parts: tuple[Field[Any], ...]) -> dict[str, Callable[..., Any]]:
    """Return how instances are compared and hashed."""
    compared = _values([part.name for part in parts if part.compare])
    hashed = _values([part.name for part in parts if (part.compare if part.hash is None else part.hash)])

    def __eq__(self: Any, other: object) -> bool:  # noqa: ANN401, N807 - of any class; its name
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: ANN401, N807 - of any class; its name
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _shown(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: ANN401, N807 - of any class; its name
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({parts})"

    return __repr__


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_remove(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - of any class
    return [getattr(self, part.name) for part in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - of any class
    for part, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, part.name, value)
