"""The world outside as one definition of the workspace reaches it: its channels, and the actions of its plugins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voronka.config.shape import with_defaults
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault
from voronka.hooks.actions import ActionCall, ActionResult, ActionType
from voronka.hooks.channels import Channel, ChannelType, DeliveryError, Message
from voronka.hooks.host import Host
from voronka.hooks.plugin import Settings
from voronka.process.events import ACTION_LANE
from voronka.runtime.clock import Clock
from voronka.runtime.outbox import Errand, Parcel
from voronka.runtime.secrets import SecretFault, Secrets
from voronka.runtime.services import PluginServices, close_quietly, moment

__all__ = ["Outside", "Plugins"]

_log = logging.getLogger("voronka.outbox")
_UNKNOWN = "an earlier attempt was broken off; whether it had its effect is not known"


class Plugins:
    """The plugins of one opened workspace. `troubles`: what failed last of what they do, by what it was.

    `root`: the workspace's folder; `state`: that of its state. `secrets`: those that its settings refer to.
    """

    def __init__(self, *, host: Host, root: Path, state: Path, clock: Clock) -> None:
        self.host = host
        self.secrets = Secrets(root)
        self.troubles: dict[str, str] = {}
        self._state = state
        self._clock = clock
        self._outside: Outside | None = None

    def open(self, workspace: Workspace) -> Outside:
        """Return the way out under `workspace`, which is the one in force from now on."""
        self._outside = Outside(self, workspace)
        return self._outside

    def services(self, plugin: str) -> PluginServices:
        """Return the services of a plugin under the definition in force. Raises `SecretFault`."""
        if self._outside is None:
            raise RuntimeError("no definition is in force")
        return self._outside.services(plugin)

    def make_services(self, plugin: str, workspace: Workspace) -> PluginServices:
        """Return new services of a plugin; ``voronka`` is the engine's own. Raises `SecretFault`."""
        return PluginServices(
            plugin,
            settings=self.secrets.resolved(self._settings(plugin, workspace)),
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
        once = {ACTION_LANE + name for name, kind in actions.items() if kind.at_most_once}
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
        outcome = self._carried(parcel)
        if isinstance(outcome, DeliveryError):
            outcome.reason = self._plugins.secrets.mask(outcome.reason)
        return outcome

    def _carried(self, parcel: Parcel) -> ActionResult | DeliveryError | None:
        lane = parcel.effect.channel
        if parcel.message is None and parcel.errand is None:
            return DeliveryError(parcel.fault, lasting=True)
        kind = self._kind(lane)
        if kind is not None and kind.at_most_once and parcel.effect.broken_off:
            return DeliveryError(_UNKNOWN, lasting=True)
        try:
            if parcel.message is not None:
                self._send(lane, parcel.message)
                return None
            if parcel.errand is not None:
                return self._run(lane.removeprefix(ACTION_LANE), parcel, parcel.errand)
        except DeliveryError as fault:
            return fault
        except SecretFault as fault:
            return DeliveryError(str(fault), counts=False)
        except EnvironmentFault as fault:
            return DeliveryError(str(fault.reason), counts=False)
        except (Exception, SystemExit) as error:
            _log.error("%s failed\n%s", lane, self._plugins.secrets.mask_error(error))
            return DeliveryError(f"{type(error).__name__}: {error}")
        return None

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return the fault of a parcel whose call has not ended in time."""
        lane = parcel.effect.channel
        kind = self._kind(lane)
        if kind is not None and kind.at_most_once:
            return DeliveryError(_UNKNOWN, lasting=True)
        name = lane.removeprefix(ACTION_LANE)
        return DeliveryError(f"{name} does not answer within {self.limit(lane):g} s")

    def services(self, plugin: str) -> PluginServices:
        """Return the services of a plugin. Raises `SecretFault`."""
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
        if lane.startswith(ACTION_LANE):
            return self._plugins.host.find(ActionType, lane.removeprefix(ACTION_LANE))
        channel = self._workspace.channels.get(lane)
        return None if channel is None else self._plugins.host.find(ChannelType, channel.via)

    def _send(self, name: str, message: Message) -> None:
        # Without the lock: a lane has one courier, and to open a channel may take long.
        channel = self.channels.get(name) or self._opened(name)
        channel.send(message)

    def _opened(self, name: str) -> Channel:
        declared = self._workspace.channels.get(name)
        if declared is None:
            raise DeliveryError(f"there is no channel {name}", lasting=True)
        kind = self._plugins.host.find(ChannelType, declared.via)
        if kind is None:
            raise DeliveryError(f"nothing delivers {declared.via}: {self._absent(declared.via)}", counts=False)
        services = self.services(self._plugins.host.owner(declared.via) or "voronka")
        channel = kind.open(self._plugins.secrets.resolved(declared.settings), services)
        self.channels[name] = channel
        return channel

    def _run(self, name: str, parcel: Parcel, errand: Errand) -> ActionResult | DeliveryError | None:
        kind = self._plugins.host.find(ActionType, name)
        if kind is None or kind.run is None:
            raise DeliveryError(f"nothing does {name}: {self._absent(name)}", counts=False)
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
        # It was done: to try it again would do it twice.
        _log.error("the action %s returned nonsense: %s", name, type(result).__name__)
        return None

    def _absent(self, name: str) -> str:
        state = self._plugins.host.plugin(name.partition(".")[0])
        if state is None:
            return f"there is no plugin {name.partition('.')[0]}"
        return f"the plugin {state.name} does not declare it" if state.fault is None else str(state.fault)


def _is_sound(result: ActionResult) -> bool:
    return all(_is_plain_mapping(each) for each in (result.set, result.log)) and isinstance(result.move, str | None)


def _is_plain_mapping(value: Any) -> bool:  # noqa: ANN401 - whatever a plugin has put there
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
