"""Sub-commands that plugins add: looked up when a word is no command of Voronka's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Any

from voronka.cli.context import Context
from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Text

__all__ = ["plugin_command", "plugin_commands"]

_SECONDS = 10.0


def plugin_command(name: str, workspace: str | None, language: str) -> Any:
    """Return the command that a plugin declares under its `name`, built; None if there is no such plugin.

    Only that plugin is loaded. Raises `UsageFault` if it is broken, or cannot build its command.
    """
    from voronka.hooks.commands import CommandGroup
    from voronka.hooks.host import Host
    from voronka.hooks.limits import NoAnswer, call_within
    from voronka.hooks.phrases import error_phrase

    host = Host.of(_root(workspace, language))
    state = host.plugin(name)
    if state is None:
        return None
    if state.fault is not None:
        raise UsageFault(
            Text(
                "The plugin {plugin} ({where}) is broken: {reason}", plugin=name, where=state.place, reason=state.fault
            ),
            Text("Mend the plugin or install another version; until then nothing can use it."),
        )
    group = host.find(CommandGroup, name)
    if group is None:
        return None
    try:
        from typer.main import get_command

        command = get_command(call_within(_SECONDS, group.make))
    except NoAnswer:
        raise _failed(name, f"no answer within {_SECONDS:g} s") from None
    except Exception as error:
        raise _failed(name, error_phrase(error)) from error
    command.name = name
    command.help = command.help or group.label.render(language)
    own = command.invoke

    def invoke(context: Any) -> Any:
        with _told(name):
            return own(context)

    command.invoke = invoke  # type: ignore[method-assign, assignment]  # of a plugin's class that we cannot derive from
    return command


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Tell what a plugin's command raises, and where, in the place of a traceback; what Typer raises is for Typer."""
    from typer.exceptions import Abort, Exit, TyperException

    try:
        yield
    except (VoronkaError, TyperException, Abort, Exit, BrokenPipeError):
        raise
    except Exception as error:
        from voronka.hooks.phrases import error_phrase

        frame = extract_tb(error.__traceback__)[-1]
        raise UsageFault(
            Text("The command of the plugin {plugin} failed: {reason}", plugin=name, reason=error_phrase(error)),
            Text("It was raised in {file}, line {line}. Mend the plugin.", file=frame.filename, line=frame.lineno or 0),
        ) from error


def plugin_commands(workspace: str | None, language: str) -> list[tuple[str, str]]:
    """Return the names under which plugins seem to add commands, each with where its plugin is; none is loaded.

    So it is known by their texts alone: whether such a command works shows when it is called.
    """
    from voronka.hooks.discovery import installed, local
    from voronka.hooks.own_commands import is_own

    root = _root(workspace, language)
    found = [*installed(), *(local(root) if root is not None else ())]
    return sorted(
        (origin.name, Text("Commands of the plugin in {place}", place=origin.place).render(language))
        for origin in found
        if not is_own(origin.name) and origin.mentions("voronka_commands")
    )


def _root(workspace: str | None, language: str) -> Path | None:
    try:
        return Context(workspace=workspace, actor=None, language=language).root
    except UsageFault:
        return None


def _failed(name: str, reason: str) -> UsageFault:
    return UsageFault(
        Text("The plugin {plugin} cannot make its command: {reason}", plugin=name, reason=reason),
        Text("Mend the plugin or install another version; until then nothing can use it."),
    )
