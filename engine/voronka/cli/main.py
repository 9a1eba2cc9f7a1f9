"""The entry point: finds the command, loads its module, turns refusals into words and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from voronka.cli.context import Context, language_of
from voronka.errors import VoronkaError
from voronka.messages import original, translate

__all__ = ["COMMANDS", "main"]

# name -> (module of voronka.cli, what it does). The order is the order of the help.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", original("Make a workspace in a folder, from the reference workspace")),
    "check": ("check", original("Check the configuration and tell every fault with its place")),
    "demo": ("demo", original("Live through a year of made-up deals in virtual time")),
    "run": ("run", original("Run the service: timers, messages, commands of others")),
    "status": ("status", original("Tell what runs, what waits and what failed")),
    "deal": ("deal", original("Open, show, change, move and list deals")),
    "row": ("row", original("Put or remove a row of a deal's collection")),
    "check-item": ("checklist", original("Tick an item of a checklist")),
    "account": ("account", original("Make, change and show accounts")),
    "contact": ("contact", original("Make, change and show contacts")),
    "task": ("task", original("List and complete tasks")),
    "timers": ("timers", original("Show what is due when, and how it ended")),
    "outbox": ("outbox", original("List messages on their way and send failed ones again")),
    "why": ("why", original("Tell what happened to a deal, with causes and conditions")),
    "import": ("importing", original("Bring deals in from files; undo an import")),
    "funnel": ("funnel", original("Report a funnel: conversion and time by stage")),
    "graph": ("graph", original("Draw a funnel's stages and transitions")),
    "verify": ("verify", original("Replay every history and compare it with what is stored")),
}


class Commands(TyperGroup):
    """The root group: knows its commands by name and loads the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load the command's module and build it, its help in the language of the context; None if unknown."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        app: typer.Typer = import_module(f"voronka.cli.{module}").app
        command = typer.main.get_command(app)
        command.name = cmd_name
        command.help = command.help or summary
        context = ctx.find_object(Context) if ctx is not None else None
        _translate_help(command, context.language if context else language_of(None))
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands from the table alone, so that help loads nothing."""
        language = language_of(ctx.params.get("lang"))
        rows = [(name, translate(summary, language)) for name, (_, summary) in COMMANDS.items()]
        with formatter.section(translate(original("Commands"), language)):
            formatter.write_dl(rows)


def _translate_help(command: Any, language: str) -> None:
    command.help = translate(command.help or "", language)
    command.short_help = translate(command.short_help or "", language)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translate(parameter.help, language)
    for child in getattr(command, "commands", {}).values():
        _translate_help(child, language)


_app = typer.Typer(
    cls=Commands, add_completion=True, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False
)


def _show_version(value: bool) -> None:
    if value:
        from voronka import __version__

        typer.echo(f"voronka {__version__}")
        raise typer.Exit


@_app.callback()
def _root(
    ctx: typer.Context,
    workspace: str = typer.Option(
        None, "--workspace", "-C", help=original("The workspace's folder; else the nearest above"), show_default=False
    ),
    actor: str = typer.Option(
        None, "--as", envvar="VORONKA_USER", help=original("The user who acts"), show_default=False
    ),
    lang: str = typer.Option(
        None, "--lang", envvar="VORONKA_LANG", help=original("Language of the answers: en or ru"), show_default=False
    ),
    version: bool = typer.Option(
        False, "--version", help=original("Tell the version"), callback=_show_version, is_eager=True
    ),
) -> None:
    ctx.obj = Context(workspace=workspace, actor=actor, language=language_of(lang))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 ok, 1 findings, 2 usage, 4 blocked, 5 environment."""
    for stream in (sys.stdout, sys.stderr):
        # A console in cp1251 or cp866 shows what it can instead of ending the command.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # real streams have it
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command = typer.main.get_command(_app)
        _translate_help(command, language_of(_lang_of(given)))
        command(args=given, prog_name="voronka")
    except VoronkaError as fault:
        print(fault.render(language_of(_lang_of(given))), file=sys.stderr)
        sys.exit(fault.exit_code)


def _lang_of(arguments: Sequence[str]) -> str | None:
    for index, word in enumerate(arguments):
        if word == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None
