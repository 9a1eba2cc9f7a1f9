"""The plugins of a workspace: which are there, which are broken, and what is wrong with those that work."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.guarded import given_hidden
from voronka.hooks.health import Health, HealthCheck
from voronka.hooks.host import PluginState
from voronka.hooks.limits import NoAnswer
from voronka.hooks.phrases import error_phrase
from voronka.messages import Sentence, Text
from voronka.runtime.outside import Plugins
from voronka.runtime.plugin_answers import UnsoundAnswer, checked_health
from voronka.runtime.plugin_process.faults import Late, ProcessFault
from voronka.runtime.plugin_reasons import UNSAID
from voronka.runtime.plugin_states import state_to_json
from voronka.runtime.queries.asked import Asked, Query, parameters
from voronka.runtime.secrets import SecretFault
from voronka.runtime.viewer import hidden_of_some
from voronka.runtime.words import Json, words

__all__ = ["query_of"]


def query_of(plugins: Plugins) -> Query:
    """Return the query ``plugins``: every plugin with its state, the health of those set up, and what failed last.

    ``seconds``: what is not loaded by then, all of them together, is told as loading still.
    """

    @parameters("seconds")
    def show(asked: Asked) -> Json:
        states = plugins.host.plugins(within=asked.number("seconds") or None)
        health = _health(plugins, [state for state in states if _is_set_up(asked, state)])
        processes = plugins.processes.to_json()
        return {
            "plugins": [
                {**state_to_json(state), "health": health.get(state.name, []), "processes": processes.get(state.name)}
                for state in states
            ],
            "troubles": {
                name: _words(plugins, _open(asked, name, told)) or {} for name, told in sorted(plugins.troubles.items())
            },
        }

    return show


def _open(asked: Asked, name: str, told: Sentence) -> Sentence:
    """Return a trouble without what a plugin said of an action for which it is given what is hidden somewhere."""
    kind, _, action = name.partition(" ")
    hidden = hidden_of_some(asked.workspace, asked.viewer.rights, Subject.DEALS)
    covered = kind == "action" and given_hidden(asked.workspace, action.partition(" ")[0], hidden)
    return UNSAID if covered else told


def _is_set_up(asked: Asked, state: PluginState) -> bool:
    """Whether a plugin has the settings that it must have; an installed one that nobody has set up is not unwell."""
    needs = [] if state.plugin is None else state.plugin.settings.get("required", ())
    return state.name in asked.workspace.plugins or not needs


def _health(plugins: Plugins, states: Iterable[PluginState]) -> dict[str, list[dict[str, Any]]]:
    """Return what the checks of plugins say, by plugin. All are asked at once: the slowest says how long it takes."""
    checks = [(state.name, each) for state in states for each in state.declarations if isinstance(each, HealthCheck)]
    found: dict[str, list[dict[str, Any]]] = {}
    if not checks:
        return found
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        for (plugin, check), health in zip(checks, pool.map(lambda each: _asked(plugins, *each), checks), strict=True):
            said = {
                "name": check.name,
                "label": _words(plugins, check.label) or {"": check.name},
                "ok": health.ok,
                "detail": _words(plugins, health.detail),
            }
            found.setdefault(plugin, []).append(said)
    return found


def _words(plugins: Plugins, said: object) -> dict[str, str] | None:
    told = plugins.secrets.mask_sentence(said)
    return None if told is None else words(told)


def _asked(plugins: Plugins, name: str, check: HealthCheck) -> Health:
    """Return what a check says; one that does not answer in its time, raises or talks nonsense is not well."""
    seconds = check.time_limit
    try:
        services = plugins.services(name)
        return checked_health(plugins.calls[f"health {check.name}"].within(seconds, lambda: check.check(services)))
    except NoAnswer as fault:
        seconds = fault.seconds if isinstance(fault, Late) else seconds
        return Health(ok=False, detail=Text("no answer within {seconds} s", seconds=f"{seconds:g}"))
    except (SecretFault, UnsoundAnswer) as fault:
        return Health(ok=False, detail=fault.reason)
    except ProcessFault as fault:
        return Health(ok=False, detail=plugins.secrets.mask_sentence(fault.reason) or fault.reason)
    except Exception as error:
        return Health(ok=False, detail=error_phrase(error, plugins.secrets.mask))
