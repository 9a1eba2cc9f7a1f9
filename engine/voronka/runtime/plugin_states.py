"""The plugins of a workspace as JSON, for whoever lists them."""

from __future__ import annotations

from typing import Any

from voronka.hooks.host import PluginState
from voronka.hooks.phrases import phrase, sentence
from voronka.messages import Label
from voronka.runtime.words import words

__all__ = ["state_to_json"]


def state_to_json(state: PluginState) -> dict[str, Any]:
    """Return a plugin as JSON; `fault` is null if it can be used."""
    plugin = state.plugin
    return {
        "name": state.name,
        "place": phrase(state.place),
        "version": None if plugin is None else phrase(plugin.version),
        "label": None if plugin is None else words(sentence(plugin.label) or Label.plain(state.name)),
        "data": [] if plugin is None else [each.value for each in plugin.data],
        "fault": None if state.fault is None else words(sentence(state.fault) or Label.plain("")),
        "declares": {hook: [each.name for each in values] for hook, values in state.declared.items()},
    }
