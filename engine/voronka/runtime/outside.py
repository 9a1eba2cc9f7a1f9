"""The world outside as one definition of the workspace reaches it: its channels, and the actions of its plugins."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from voronka.config.shape import with_defaults
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault
from voronka.hooks.actions import ActionCall, ActionResult, ActionType
from voronka.hooks.channels import Channel, ChannelType, DeliveryError, Message, Pause
from voronka.hooks.host import Host
from voronka.hooks.limits import Calls
from voronka.hooks.phrases import sentence
from voronka.hooks.plugin import Settings
from voronka.hooks.recall import why_not
from voronka.messages import Sentence, Text
from voronka.process.events import action_of
from voronka.runtime.clock import Clock
from voronka.runtime.errands import Errand
from voronka.runtime.lanes import LaneTerms
from voronka.runtime.outbox import NotBegun, Parcel
from voronka.runtime.plugin_answers import UnsoundAnswer, checked_result
from voronka.runtime.plugin_process.faults import Busy, Late, ProcessFault, Raised, seconds
from voronka.runtime.plugin_process.processes import PluginProcesses
from voronka.runtime.secrets import SecretFault, Secrets
from voronka.runtime.services import PluginServices, close_quietly, moment

__all__ = ["Outside", "Plugins"]

_log = logging.getLogger("voronka.outbox")
_MENDING = 60.0
"""Seconds after which what waits for a broken plugin is tried again."""
_UNKNOWN = Text("an earlier attempt was broken off; whether it had its effect is not known")
_NO_REASON = Text("no reason is given")


class Plugins:
    """The plugins of one opened workspace.

    `root`: the workspace's folder; `state`: that of its state. `secrets`: those that its settings refer to.
    `calls`: those to its sources and checks of health, by what they are. `processes`: those in which their code runs.
    """

    def __init__(self, *, host: Host, secrets: Secrets, state: Path, clock: Clock, processes: PluginProcesses) -> None:
        self.host = host
        self.secrets = secrets
        self.processes = processes
        self.calls: defaultdict[str, Calls] = defaultdict(Calls)
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
            settings=self._settings(plugin, workspace),
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
        self._unknown: set[str] = set()
        self._learning: set[str] = set()
        self._terms_lock = threading.Lock()  # its own: what holds the other may take long
        self._at_hand = 0
        self._retired = False

    def terms(self, lane: str) -> LaneTerms:
        """Return on which terms the effects of a lane leave; of an action whose plugin is not loaded, see `learn`."""
        action = action_of(lane)
        if action is not None:
            if not self._plugins.host.is_loaded(action):
                with self._terms_lock:
                    self._unknown.add(action)
                return LaneTerms(known=False)
            kind = self._plugins.host.loaded(ActionType).get(action)
            once = kind is not None and kind.at_most_once
            return LaneTerms() if kind is None else LaneTerms(rates=kind.rates, attempts=kind.attempts, once=once)
        channel = self._workspace.channels.get(lane)
        if channel is None:
            return LaneTerms()
        return LaneTerms(rates=channel.rates, attempts=channel.attempts, once=channel.at_most_once)

    def learn(self, known: Callable[[], None] | None = None) -> int:
        """Load the plugins on whose terms effects wait, which may take long; return how many actions there were.

        With `known` it is done aside, and that is called when it is over; 0 is returned then.
        """
        with self._terms_lock:
            unknown = self._unknown if known is None else self._unknown - self._learning
            self._unknown = set()
            self._learning |= unknown
        if not unknown:
            return 0
        if known is not None:
            threading.Thread(target=self._learn, args=(unknown, known), name="terms", daemon=True).start()
            return 0
        return self._learn(unknown)

    def _learn(self, actions: set[str], known: Callable[[], None] | None = None) -> int:
        for action in actions:
            self._plugins.host.find(ActionType, action)
        with self._terms_lock:
            self._learning -= actions
        if known is not None:
            known()
        return len(actions)

    def limit(self, lane: str) -> float:
        """Return the seconds that one parcel of a lane may take."""
        kind = self._kind(lane)
        return 20.0 if kind is None else kind.time_limit

    def carry(self, parcel: Parcel) -> ActionResult | DeliveryError | None:
        """Hand a parcel over; return what went wrong, or what an action answered. Raises nothing.

        What is returned can be kept whatever a plugin has put into it: a fault has its words as phrases, and a finite
        pause; a result is JSON.
        """
        with self._lock:
            self._at_hand += 1
        try:
            return self._carried(parcel)
        finally:
            with self._lock:
                self._at_hand -= 1
                if self._retired and not self._at_hand:
                    self.close()

    def _carried(self, parcel: Parcel) -> ActionResult | DeliveryError | None:
        troubles, named = self._plugins.troubles, parcel.way
        once = begun = False
        try:
            once = self._is_once(parcel.effect.channel)
            call = self._prepared(parcel, once)
            begun = True
            outcome = call()
        except Busy as fault:
            return NotBegun(fault.reason, counts=False, retry_after=fault.retry_after, pauses=Pause.EFFECT)
        except DeliveryError as fault:
            sound = self._sound(fault, parcel, once)
            if not sound.counts:
                troubles[named] = sound.reason
            return sound
        except (SecretFault, EnvironmentFault, PluginFault) as fault:
            told = troubles[named] = self._said(fault.reason, parcel)
            wait = _MENDING if isinstance(fault, PluginFault) else None
            return DeliveryError(told, counts=False, retry_after=wait, pauses=Pause.EFFECT)
        except UnsoundAnswer as fault:
            told = troubles[named] = self._said(fault.reason, parcel)
            return DeliveryError(told, unknown=once)
        except Late as fault:
            return self.silent(parcel, fault.seconds)
        except BaseException as error:
            said = parcel.without_personal(self._logged(error))
            _log.error(Text("{lane} failed: {error}", lane=named, error=said))
            told = troubles[named] = self._said(error.reason if isinstance(error, ProcessFault) else error, parcel)
            if once and begun:
                # It may have had its effect before it failed, and nobody there could tell a repeat.
                return DeliveryError(Text("{error}; whether it had its effect is not known", error=told), unknown=True)
            return DeliveryError(told)
        troubles.pop(named, None)
        return outcome

    def _logged(self, error: BaseException) -> str:
        """Return an error as the log has it: with where it was raised, if it was the plugin's."""
        if isinstance(error, Raised):
            return f"\n{self._plugins.secrets.mask(error.trace)}"
        if isinstance(error, ProcessFault):
            return error.reason.render()
        return f"\n{self._plugins.secrets.mask_error(error)}"

    def _said(self, said: object, parcel: Parcel) -> Sentence:
        """Return what a plugin says of a parcel as it can be kept: without secrets and personal texts."""
        mask = self._plugins.secrets.mask
        return sentence(said, lambda text: parcel.without_personal(mask(text))) or _NO_REASON

    def _sound(self, fault: DeliveryError, parcel: Parcel, once: bool) -> DeliveryError:
        """Return a plugin's fault as it can be kept; what is no answer to a question counts as not answered.

        That it may have left all the same matters only where it may be tried but `once`.
        """
        return DeliveryError(
            self._said(getattr(fault, "reason", None), parcel),
            lasting=getattr(fault, "lasting", False) is True,
            counts=getattr(fault, "counts", True) is not False,
            retry_after=seconds(getattr(fault, "retry_after", None)),
            pauses=pauses if isinstance(pauses := getattr(fault, "pauses", None), Pause) else Pause.LANE,
            unknown=once and getattr(fault, "unknown", False) is True,
        )

    def _prepared(self, parcel: Parcel, once: bool) -> Callable[[], ActionResult | None]:
        """Return the call that hands a parcel over; `once`: it must not be repeated once it was begun."""
        lane, errand, message = parcel.effect.channel, parcel.errand, parcel.message
        if once and parcel.effect.broken_off:
            raise DeliveryError(_UNKNOWN, unknown=True)
        if message is None and errand is None:
            fault = parcel.fault or _NO_REASON
            raise fault if isinstance(fault, PluginFault) else DeliveryError(fault, lasting=True)
        if errand is not None:
            return self._action(parcel.effect.action or "", parcel, errand)
        # Without the lock: a lane has one courier, and to open a channel may take long.
        channel = self.channels.get(lane) or self._opened(lane)
        return lambda: _sent(channel, message, once)

    def silent(self, parcel: Parcel, seconds: float | None = None) -> DeliveryError:
        """Return the fault of a parcel whose call has not ended in time: that of its lane, or these `seconds`."""
        reason = Text(
            "{host} does not answer within {seconds} s",
            host=parcel.effect.action or parcel.effect.channel,
            seconds=f"{seconds or self.limit(parcel.effect.channel):g}",
        )
        self._plugins.troubles[parcel.way] = reason
        once = self._is_once(parcel.effect.channel)
        return DeliveryError(_UNKNOWN, unknown=True) if once else DeliveryError(reason)

    def services(self, plugin: str) -> PluginServices:
        """Return the services of a plugin."""
        with self._lock:
            if plugin not in self._services:
                self._services[plugin] = self._plugins.make_services(plugin, self._workspace)
            return self._services[plugin]

    def retire(self) -> None:
        """Close what is open as soon as nothing is being handed over: another definition has come into force."""
        with self._lock:
            self._retired = True
            if not self._at_hand:
                self.close()

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            for name, channel in self.channels.items():
                close_quietly(channel, Text("the channel {name}", name=name))
            for services in self._services.values():
                services.close()
            self.channels, self._services = {}, {}

    def _kind(self, lane: str) -> ActionType | ChannelType | None:
        action = action_of(lane)
        if action is not None:
            return self._plugins.host.find(ActionType, action)
        channel = self._workspace.channels.get(lane)
        return None if channel is None else self._plugins.host.find(ChannelType, channel.via)

    def _is_once(self, lane: str) -> bool:
        """Whether nothing of a lane may be tried twice; its plugin is loaded for that."""
        kind = self._kind(lane)
        return self.terms(lane).once or (kind is not None and kind.at_most_once)

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

    def _action(self, name: str, parcel: Parcel, errand: Errand) -> Callable[[], ActionResult | None]:
        kind = self._plugins.host.find(ActionType, name)
        run = None if kind is None else kind.run
        if run is None:
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
        return lambda: checked_result(run(call))

    def _broken(self, name: str) -> PluginFault:
        plugin = name.partition(".")[0]
        return PluginFault(plugin, why_not(self._plugins.host, plugin))


def _sent(channel: Channel, message: Message | None, once: bool) -> None:
    if message is not None:
        channel.send(replace(message, once=True) if once else message)
