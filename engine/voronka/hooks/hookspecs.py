"""The hooks of Voronka: everything a plugin may implement, and nothing else.

A plugin is a module, or an object of one, with functions of these names marked by `hookimpl`. Each is called once,
when the plugin is loaded; it declares, and does no work.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from voronka.expressions.function import ExpressionFunction
    from voronka.hooks.actions import ActionType
    from voronka.hooks.calendars import CalendarSource
    from voronka.hooks.channels import ChannelType
    from voronka.hooks.commands import CommandGroup
    from voronka.hooks.health import HealthCheck
    from voronka.hooks.importers import RowFormat
    from voronka.hooks.plugin import Plugin
    from voronka.hooks.sources import SourceType

__all__ = ["API_VERSION", "hookimpl", "hookspec"]

API_VERSION = 1
"""The version of these hooks. It rises when a plugin written for the present one would no longer work."""

hookspec = pluggy.HookspecMarker("voronka")
hookimpl = pluggy.HookimplMarker("voronka")
"""Marks a function of a plugin as the implementation of the hook of its name."""


@hookspec
def voronka_plugin() -> Plugin:  # type: ignore[empty-body]  # it only declares
    """Tell the plugin's name, its version and the version of the hooks it was written for. Every plugin must."""


@hookspec
def voronka_actions() -> Iterable[ActionType]:  # type: ignore[empty-body]  # it only declares
    """Declare actions that stages, transitions and timed events may do."""


@hookspec
def voronka_channels() -> Iterable[ChannelType]:  # type: ignore[empty-body]  # it only declares
    """Declare types of channels over which messages leave."""


@hookspec
def voronka_sources() -> Iterable[SourceType]:  # type: ignore[empty-body]  # it only declares
    """Declare types of sources from which commands come in."""


@hookspec
def voronka_importers() -> Iterable[RowFormat]:  # type: ignore[empty-body]  # it only declares
    """Declare kinds of files that imports can read."""


@hookspec
def voronka_functions() -> Iterable[ExpressionFunction]:  # type: ignore[empty-body]  # it only declares
    """Declare functions of expressions: typed and pure."""


@hookspec
def voronka_calendars() -> Iterable[CalendarSource]:  # type: ignore[empty-body]  # it only declares
    """Declare sources of public holidays."""


@hookspec
def voronka_commands() -> Iterable[CommandGroup]:  # type: ignore[empty-body]  # it only declares
    """Declare sub-commands of the command line."""


@hookspec
def voronka_health() -> Iterable[HealthCheck]:  # type: ignore[empty-body]  # it only declares
    """Declare health checks that `voronka status` shows."""
