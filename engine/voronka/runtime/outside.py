"""The world outside as one definition of the workspace reaches it: its channels, and the actions of its plugins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voronka.config.shape import with_defaults
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault
from voronka.hooks.actions import ActionCall, ActionResult, ActionType
from voronka.hooks.channels import Channel, ChannelType, DeliveryError, Message
from voronka.hooks.host import Host
from voronka.hooks.plugin import Settings
from voronka.hooks.recall import why_not
from voronka.messages import Label, Sentence, Text
from voronka.process.events import action_lane, action_of
from voronka.runtime.clock import Clock
from voronka.runtime.outbox import Errand, Parcel
from voronka.runtime.secrets import SecretFault, Secrets
from voronka.runtime.services import PluginServices, close_quietly, moment

__all__ = ["Outside", "Plugins"]

_log = logging.getLogger("voronka.outbox")
_MENDING = 60.0
"""Seconds after which what waits for a broken plugin is tried again."""
_UNKNOWN = Text("an earlier attempt was broken off; whether it had its effect is not known")


class Plugins:
    """The plugins of one opened workspace.

    `root`: the workspace's folder; `state`: that of its state. `secrets`: those that its settings refer to.
    """

    def __init__(self, *, host: Host, root: Path, state: Path, clock: Clock) -> None:
        self.host = host
        self.secrets = Secrets(root)
        self._state = state
        self._clock = clock
        self._outside: Outside | None = None

    @property
    def troubles(self) -> dict[str, Sentence]:
        """What failed last of what plugins do, by what it was."""
        return self.host.troubles

    def open(self, workspace: Workspace) -> Outside:
        """Return the way out under `workspace`, which is the one in force from now on."""
        self._outside = Outside(self, workspace)
        return self._outside

    def services(self, plugin: str) -> PluginServices:
        """Return the services of a plugin under the definition in force."""
        if self._outside is None:
            raise RuntimeError("no definition is in force")
        return self._outside.services(plugin)

    def make_services(self, plugin: str, workspace: Workspace) -> PluginServices:
        """Return new services of a plugin; ``voronka`` is the engine's own."""
        return PluginServices(
            plugin,
            settings=self.secrets.view(self._settings(plugin, workspace)),
            secrets=self.secrets,
            folder=self._state if plugin == "voronka" else self._state / "plugins" / plugin,
            allowed_hosts=workspace.allowed_hosts,
            clock=self._clock,
        )

    def _settings(self, plugin: str, workspace: Workspace) -> Settings:
        """Return what is set for a plugin; for one that nothing is said of, what its schema gives."""
        found = workspace.plugins.get(plugin)
        state = None if found is not None else self.host.plugin(plugin)
        if state is None or state.plugin is None:
            return found or {}
        settings: Settings = with_defaults({}, state.plugin.settings)
        return settings


class Outside:
    """Hands parcels over. Channels and services are opened when they are first needed.

    `channels`: the open ones by name.
    """

    def __init__(self, plugins: Plugins, workspace: Workspace) -> None:
        self.channels: dict[str, Channel] = {}
        self._plugins = plugins
        self._workspace = workspace
        self._services: dict[str, PluginServices] = {}
        self._lock = threading.RLock()

    @property
    def single(self) -> frozenset[str]:
        """The lanes whose parcels may be tried once only, as far as their plugins are loaded."""
        channels = self._plugins.host.loaded(ChannelType)
        actions = self._plugins.host.loaded(ActionType)
        once = {action_lane(name) for name, kind in actions.items() if kind.at_most_once}
        declared = self._workspace.channels.items()
        return frozenset(
            once | {name for name, each in declared if each.via in channels and channels[each.via].at_most_once}
        )

    def limit(self, lane: str) -> float:
        """Return the seconds that one parcel of a lane may take."""
        kind = self._kind(lane)
        return 20.0 if kind is None else kind.time_limit

    def carry(self, parcel: Parcel) -> ActionResult | DeliveryError | None:
        """Hand a parcel over; return what went wrong, or what an action answered. Raises nothing."""
        troubles, named = self._plugins.troubles, self._named(parcel)
        try:
            outcome = self._carried(parcel)
        except DeliveryError as fault:
            fault.reason = self._plugins.secrets.mask_sentence(fault.reason)
            if not fault.counts:
                troubles[named] = fault.reason
            return fault
        except (SecretFault, EnvironmentFault, PluginFault) as fault:
            troubles[named] = self._plugins.secrets.mask_sentence(fault.reason)
            pause = _MENDING if isinstance(fault, PluginFault) else None
            return DeliveryError(troubles[named], counts=False, retry_after=pause)
        except (Exception, SystemExit) as error:
            masked = self._plugins.secrets.mask_error(error)
            _log.error(Text("{lane} failed: {error}", lane=named, error=f"\n{masked}"))
            troubles[named] = Label.plain(self._plugins.secrets.mask(f"{type(error).__name__}: {error}"))
            return DeliveryError(troubles[named])
        troubles.pop(named, None)
        return outcome

    def _carried(self, parcel: Parcel) -> ActionResult | None:
        lane = parcel.effect.channel
        if parcel.message is None and parcel.errand is None:
            fault = parcel.fault or Label.plain("")
            raise fault if isinstance(fault, PluginFault) else DeliveryError(fault, lasting=True)
        kind = self._kind(lane)
        if kind is not None and kind.at_most_once and parcel.effect.broken_off:
            raise DeliveryError(_UNKNOWN, lasting=True)
        if parcel.errand is not None:
            return self._run(parcel.effect.action or "", parcel, parcel.errand)
        if parcel.message is not None:
            self._send(lane, parcel.message)
        return None

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return the fault of a parcel whose call has not ended in time."""
        lane = parcel.effect.channel
        kind = self._kind(lane)
        if kind is not None and kind.at_most_once:
            return DeliveryError(_UNKNOWN, lasting=True)
        named = self._named(parcel)
        reason = Text(
            "{host} does not answer within {seconds} s",
            host=parcel.effect.action or lane,
            seconds=f"{self.limit(lane):g}",
        )
        if self._plugins.troubles.get(named) != reason:
            _log.error(Text("{lane} failed: {error}", lane=named, error=reason))
        self._plugins.troubles[named] = reason
        return DeliveryError(reason)

    def _named(self, parcel: Parcel) -> str:
        """Return what a parcel leaves by, as status and log name it."""
        effect = parcel.effect
        if effect.action is None:
            return f"channel {effect.channel}"
        return f"action {effect.action} → {effect.destination}" if effect.destination else f"action {effect.action}"

    def services(self, plugin: str) -> PluginServices:
        """Return the services of a plugin."""
        with self._lock:
            if plugin not in self._services:
                self._services[plugin] = self._plugins.make_services(plugin, self._workspace)
            return self._services[plugin]

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            for name, channel in self.channels.items():
                close_quietly(channel, f"the channel {name}")
            for services in self._services.values():
                services.close()
            self.channels, self._services = {}, {}

    def _kind(self, lane: str) -> ActionType | ChannelType | None:
        action = action_of(lane)
        if action is not None:
            return self._plugins.host.find(ActionType, action)
        channel = self._workspace.channels.get(lane)
        return None if channel is None else self._plugins.host.find(ChannelType, channel.via)

    def _send(self, name: str, message: Message) -> None:
        # Without the lock: a lane has one courier, and to open a channel may take long.
        channel = self.channels.get(name) or self._opened(name)
        channel.send(message)

    def _opened(self, name: str) -> Channel:
        declared = self._workspace.channels.get(name)
        if declared is None:
            raise DeliveryError(Text("there is no channel {name}", name=name), lasting=True)
        kind = self._plugins.host.find(ChannelType, declared.via)
        if kind is None:
            raise self._broken(declared.via)
        services = self.services(self._plugins.host.owner(declared.via) or "voronka")
        channel = kind.open(self._plugins.secrets.resolved(declared.settings), services)
        self.channels[name] = channel
        return channel

    def _run(self, name: str, parcel: Parcel, errand: Errand) -> ActionResult | None:
        kind = self._plugins.host.find(ActionType, name)
        if kind is None or kind.run is None:
            raise self._broken(name)
        call = ActionCall(
            key=parcel.key,
            action=name,
            deal=errand.deal,
            arguments=errand.arguments,
            at=moment(parcel.effect.at),
            attempt=parcel.effect.attempts,
            services=self.services(name.partition(".")[0]),
        )
        result = kind.run(call)
        if result is None or (isinstance(result, ActionResult) and _is_sound(result)):
            return result
        # Whoever forgets what to return may have forgotten the work, too; the key lets the other side tell a repeat.
        reason = Text("it returned {type} that is no ActionResult", type=type(result).__name__)
        if kind.at_most_once:
            raise DeliveryError(reason, lasting=True)
        raise TypeError(str(reason))

    def _broken(self, name: str) -> PluginFault:
        plugin = name.partition(".")[0]
        return PluginFault(plugin, why_not(self._plugins.host, plugin))


def _is_sound(result: ActionResult) -> bool:
    return all(_is_plain_mapping(each) for each in (result.set, result.log)) and isinstance(result.move, str | None)


def _is_plain_mapping(value: Any) -> bool:  # noqa: ANN401 - whatever a plugin has put there
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
