"""The host: loads plugins when they are first asked for, keeps what they declare, and keeps out what is broken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pluggy

from voronka.expressions.suggestion import suggest
from voronka.frozen import frozen
from voronka.hooks import hookspecs
from voronka.hooks.built_in import BUILT_IN
from voronka.hooks.declarations import HOOKS, BrokenPlugin, Declaration, Isolate, checked, checked_plugin
from voronka.hooks.discovery import Origin, forget_installed, handed_in, installed, local
from voronka.hooks.limits import NoAnswer, call_within
from voronka.hooks.phrases import error_phrase, phrase
from voronka.hooks.plugin import Plugin
from voronka.messages import Sentence, Text

__all__ = ["LOADING", "Host", "PluginState"]

LOADING = 10.0
"""Seconds that a plugin has to be imported, and each of its hooks to answer."""

_log = logging.getLogger("voronka.plugins.loading")
_Kind = TypeVar("_Kind", bound=Declaration)


@frozen
class PluginState:
    """A plugin as it was found. `place`: its package or file, or ``voronka`` for what is built in.

    `fault`: why it cannot be used; then it declares nothing. `plugin` is None if that was not even said. `recalled`:
    it is what a release remembers of a plugin (see `voronka.hooks.recall`).
    """

    name: str
    place: str
    plugin: Plugin | None = None
    fault: Sentence | None = None
    recalled: bool = False
    declared: Mapping[str, tuple[Declaration, ...]] = field(default_factory=dict)

    @property
    def declarations(self) -> Iterator[Declaration]:
        """All it declares."""
        return (each for values in self.declared.values() for each in values)


class Host:
    """The plugins of a workspace by name. Safe to use from several threads.

    A plugin is imported when something of its name is first asked for, so that who needs none loads none. `origins`:
    those found; `seconds`: the time limit of loading. `isolate`: how the code of a plugin runs elsewhere, if it is to.
    `troubles`: what failed last of what plugins do, by what it was.
    """

    def __init__(
        self,
        origins: Iterable[Origin] = (),
        *,
        seconds: float = LOADING,
        isolate: Callable[[Origin], Isolate | None] | None = None,
        troubles: dict[str, Sentence] | None = None,
    ) -> None:
        self._seconds = seconds
        self._isolate = isolate
        self._find: Callable[[], Iterable[Origin]] | None = None
        self._origins = _by_name(origins)
        self._built_in = _built_in()
        self._states: dict[str, PluginState] = {}
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self.troubles: dict[str, Sentence] = {} if troubles is None else troubles

    @classmethod
    def of(
        cls,
        root: Path | None,
        given: Iterable[object] = (),
        *,
        seconds: float = LOADING,
        isolate: Callable[[Origin], Isolate | None] | None = None,
        troubles: dict[str, Sentence] | None = None,
    ) -> Host:
        """Return the host of the workspace at `root`: its own plugins and the installed ones.

        `given`: modules or objects that are plugins beside those, or in the place of those of the same name.
        """
        own = {origin.name: origin for origin in map(handed_in, given)}

        def find() -> Iterator[Origin]:
            yield from own.values()
            for origin in (*installed(), *(local(root) if root is not None else ())):
                if origin.name not in own:
                    yield origin

        host = cls(find(), seconds=seconds, isolate=isolate, troubles=troubles)
        host._find = find
        return host

    def look_again(self) -> bool:
        """Look for plugins anew, and load those that are broken once more when they are asked for.

        Return whether there is any to load. A plugin that works stays as it is loaded.
        """
        with self._lock:
            if self._find is not None:
                forget_installed()
                found = _by_name(self._find())
                changed = found.keys() != self._origins.keys()
                self._origins = found
            else:
                changed = False
            broken = [name for name, state in self._states.items() if state.fault is not None]
            for name in broken:
                del self._states[name]
            return changed or bool(broken)

    def with_states(self, states: Iterable[PluginState]) -> Host:
        """Return a host that has these plugins, beside this one's and in the place of those of the same name."""
        other = Host(seconds=self._seconds)
        given = {state.name: state for state in states}
        other._origins = {**{name: [] for name in given}, **self._origins}
        other._states = {**self._states, **given}
        return other

    @property
    def reserved(self) -> frozenset[str]:
        """The names that no plugin can have: they are of what is built in."""
        return frozenset({each.name.partition(".")[0] for each in self._built_in.declarations} | {"voronka"})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all plugins that were found, the built-in ones aside; none is loaded for that."""
        return tuple(self._origins)

    @property
    def built_in(self) -> PluginState:
        """What the engine itself declares."""
        return self._built_in

    def plugins(self, *, within: float | None = None) -> tuple[PluginState, ...]:
        """Return all plugins in the order of their names, loaded.

        `within`: seconds for all of them together; one that is loading still has that as its fault.
        """
        names = sorted(self._origins)
        if within is not None:
            self._begin(names, within)
            return tuple(self._states.get(name) or self._unready(name, within) for name in names)
        return tuple(self.plugin(name) for name in names)  # type: ignore[misc] # each of them is there

    def _begin(self, names: Iterable[str], seconds: float) -> None:
        """Load plugins at once, and wait for them up to so many seconds."""
        deadline = time.monotonic() + seconds
        loading = [
            threading.Thread(target=self.plugin, args=(name,), daemon=True)
            for name in names
            if name not in self._states
        ]
        for thread in loading:
            thread.start()
        for thread in loading:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _unready(self, name: str, seconds: float) -> PluginState:
        place = ", ".join(origin.place for origin in self._origins[name])
        fault = Text("It is not loaded within {seconds} s; it may be still.", seconds=f"{seconds:g}")
        return PluginState(name=name, place=place, fault=fault)

    def plugin(self, name: str) -> PluginState | None:
        """Return a plugin, loaded; None if there is none of the name."""
        known = self._states.get(name)
        if known is not None or name not in self._origins:
            return known
        with self._lock:
            loading = self._loading.setdefault(name, threading.Lock())
        # Each by itself: one that hangs as it is imported must not hold up what asks for others.
        with loading:
            if name in self._origins and name not in self._states:
                state = self._load(name, self._origins[name])
                if state.fault is not None:
                    _log.error(
                        Text(
                            "The plugin {plugin} ({place}) is left out: {reason}",
                            plugin=name,
                            place=state.place,
                            reason=state.fault,
                        )
                    )
                self._states[name] = state
            return self._states.get(name)

    def find(self, kind: type[_Kind], name: str) -> _Kind | None:
        """Return what is declared under a `name` of a `kind`, such as `ActionType`; None if nothing is."""
        for state in (self._built_in, self.plugin(name.partition(".")[0])):
            for each in () if state is None else state.declarations:
                if each.name == name and isinstance(each, kind):
                    return each
        return None

    def all(self, kind: type[_Kind]) -> dict[str, _Kind]:
        """Return everything of a `kind` by name; all plugins are loaded for that."""
        states = (self._built_in, *self.plugins())
        return {each.name: each for state in states for each in state.declarations if isinstance(each, kind)}

    def loaded(self, kind: type[_Kind]) -> dict[str, _Kind]:
        """Return everything of a `kind` by name, of the plugins that are loaded already."""
        states = (self._built_in, *list(self._states.values()))
        return {each.name: each for state in states for each in state.declarations if isinstance(each, kind)}

    def is_loaded(self, name: str) -> bool:
        """Whether all is known that is declared under a `name`, such as that of an action: nothing, if it has no
        plugin."""
        plugin = self.owner(name)
        return plugin is None or plugin in self._states

    def owner(self, name: str) -> str | None:
        """Return the plugin whose `name`, or the name of whose declaration, it is; None if there is none."""
        plugin = name.partition(".")[0]
        return plugin if plugin in self._origins else None

    def _load(self, name: str, origins: list[Origin]) -> PluginState:
        place = ", ".join(origin.place for origin in origins)
        try:
            return self._loaded(name, origins)
        except BrokenPlugin as fault:
            return PluginState(name=name, place=place, fault=fault.reason)

    def _loaded(self, name: str, origins: list[Origin]) -> PluginState:
        if len(origins) > 1:
            raise BrokenPlugin(Text("Several plugins have the name {name}.", name=name))
        if name in self.reserved:
            raise BrokenPlugin(Text("The name {name} is Voronka's own.", name=name))
        (origin,) = origins
        module = self._asked(Text("It cannot be imported"), origin.load)
        manager = _registered(module)
        plugin = None
        declared: dict[str, tuple[Declaration, ...]] = {}
        for hook, implementation in _implementations(manager):
            if hook == "voronka_plugin":
                plugin = self._asked(hook, lambda implementation=implementation: checked_plugin(implementation()))
        if plugin is None:
            raise BrokenPlugin(Text("It does not say who it is: there is no {hook}.", hook="voronka_plugin"))
        if plugin.api != hookspecs.API_VERSION:
            raise BrokenPlugin(
                Text(
                    "It is written for version {theirs} of the hooks; this Voronka has version {ours}.",
                    theirs=plugin.api,
                    ours=hookspecs.API_VERSION,
                )
            )
        if plugin.name != name:
            raise BrokenPlugin(Text("It is registered as {name} and calls itself {own}.", name=name, own=plugin.name))
        isolate = None if self._isolate is None else self._isolate(origin)
        for hook, implementation in _implementations(manager):
            if hook != "voronka_plugin":
                declared[hook] = self._asked(
                    hook,
                    lambda hook=hook, implementation=implementation: checked(
                        hook, implementation(), name, self.troubles, isolate
                    ),
                )
        return PluginState(name=name, place=origin.place, plugin=plugin, declared=declared)

    def _asked(self, what: Sentence | str, call: Any) -> Any:  # noqa: ANN401 - foreign code
        """Return what foreign code gives; `BrokenPlugin` if it raises or does not answer."""
        try:
            return call_within(self._seconds, call)
        except BrokenPlugin:
            raise
        except NoAnswer:
            raise BrokenPlugin(
                Text("{what}: no answer within {seconds} s.", what=what, seconds=f"{self._seconds:g}")
            ) from None
        except BaseException as error:
            _log.debug(Text("A plugin failed."), exc_info=error)
            raise BrokenPlugin(Text("{what}: {error}", what=what, error=error_phrase(error))) from None


def _by_name(origins: Iterable[Origin]) -> dict[str, list[Origin]]:
    found: dict[str, list[Origin]] = {}
    for origin in origins:
        found.setdefault(origin.name, []).append(origin)
    return found


def _registered(module: object) -> pluggy.PluginManager:
    """Register a module's hooks alone in a manager of its own, which knows our hooks."""
    manager = pluggy.PluginManager("voronka")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        unknown = [
            name
            for name in dir(module)
            if name.startswith("voronka_")
            and not hasattr(hookspecs, name)
            and manager.parse_hookimpl_opts(module, name) is not None
        ]
        if unknown:
            meant = suggest(unknown[0], [*HOOKS, "voronka_plugin"])
            raise BrokenPlugin(
                Text("There is no hook {name}. Did you mean {meant}?", name=unknown[0], meant=meant)
                if meant
                else Text("There is no hook {name}.", name=unknown[0])
            ) from None
        raise BrokenPlugin(Text("Its hooks do not fit: {reason}", reason=phrase(str(error).splitlines()[-1]))) from None
    except Exception as error:
        raise BrokenPlugin(Text("Its hooks cannot be read: {reason}", reason=phrase(error))) from None
    for hook in ("voronka_plugin", *HOOKS):
        if callable(getattr(module, hook, None)) and manager.parse_hookimpl_opts(module, hook) is None:
            raise BrokenPlugin(Text("{hook} is not marked with @hookimpl, so it is not called.", hook=hook))
    return manager


def _implementations(manager: pluggy.PluginManager) -> Iterator[tuple[str, Any]]:
    for hook in ("voronka_plugin", *HOOKS):
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            yield hook, implementation.function


@cache
def _built_in() -> PluginState:
    """Return what the built-in plugin declares; it is our own and needs no guard."""
    found = {hook: call() for hook, call in _implementations(_registered(BUILT_IN))}
    plugin: Plugin = found.pop("voronka_plugin")
    declared = {hook: tuple(values) for hook, values in found.items()}
    return PluginState(name=plugin.name, place="voronka", plugin=plugin, declared=declared)
