"""The entry point: finds the command, loads its module, turns refusals into words and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer._click.exceptions import NoArgsIsHelpError
from typer.exceptions import TyperException

from voronka.cli.coercion import coerce_lightly
from voronka.cli.console import settle
from voronka.cli.context import Context, language_of, system_language
from voronka.cli.groups import Group
from voronka.cli.help import localise, usage_fault
from voronka.cli.warned import warn_in
from voronka.errors import EnvironmentFault, UsageFault, VoronkaError, refused_by_system
from voronka.hooks.own_commands import reserve
from voronka.hooks.printed import printed_apart
from voronka.messages import Text, original, translate

__all__ = ["COMMANDS", "global_first", "main", "root_command"]

INTERRUPTED = 130

# name -> (module of voronka.cli, what it does). The order is the order of the help.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", original("Make a workspace in a folder, from a template")),
    "check": ("check", original("Check the configuration and tell every fault with its place")),
    "schema": (
        "schema",
        original("Write JSON Schemas with this workspace's names, so that editors help with the files"),
    ),
    "test": ("test", original("Run the scenarios: what the process is expected to do")),
    "record": ("record", original("Write a scenario out of what happened to a deal")),
    "demo": ("demo", original("Live through a year of made-up deals in virtual time")),
    "run": ("run", original("Run the service: timers, messages, commands of others")),
    "worker": ("worker", original("Do what is due beside other processes, on PostgreSQL")),
    "reload": ("reload", original("Put the changed configuration in force")),
    "release": ("release", original("Tell what a release changes for whom, and who has read it")),
    "status": ("status", original("Tell what runs, what waits and what failed")),
    "deal": ("deal", original("Open, show, change, move and list deals")),
    "row": ("row", original("Put or remove a row of a deal's collection")),
    "check-item": ("checklist", original("Tick an item of a checklist")),
    "interaction": ("interaction", original("List contacts with people: calls, letters, meetings, messages")),
    "note": ("note", original("List notes that wait; turn them into values")),
    "hint": ("hint", original("Find what helps in a deal: scripts, whose answers fill fields, and articles")),
    "account": ("account", original("Make, change and show accounts")),
    "contact": ("contact", original("Make, change and show contacts")),
    "queue": ("queue", original("Show what to do next, by what a minute is worth, or deals by their scores")),
    "task": ("task", original("List and complete tasks")),
    "timers": ("timers", original("Show what is due when; with --all also how and why it ended")),
    "outbox": ("outbox", original("List messages on their way and send failed ones again")),
    "kpi": ("kpi", original("Show KPIs: their numbers, what they mean, who answers for them")),
    "fields": ("fields", original("List fields: what uses each, where it comes from, how often it is filled in")),
    "glossary": ("glossary", original("Write the glossary: terms and KPIs, what they mean and who answers for them")),
    "docs": ("docs", original("Write the documents of the process: funnel passports, fields, glossary, brief")),
    "report": ("report", original("Report what the process does, as tables or as a page with pictures")),
    "strategy": (
        "strategy",
        original("Write the roadmap, the scope, the business case, readiness and incentives; compare versions"),
    ),
    "source": ("source", original("List sources and what was refused of them; take it in again")),
    "review": ("review", original("List and read the reports that are made on a schedule")),
    "rules": ("rules", original("List rules; report what they did or would have done")),
    "segment": ("segment", original("List segments and the deals in them")),
    "catalog": ("catalog", original("Show what is offered, and tell what it costs by the tariff")),
    "table": ("table", original("Write decision tables for a spreadsheet and take them back")),
    "why": ("why", original("Tell what happened to a deal, with causes and conditions")),
    "people": ("people", original("List people, show what each may do, tell who is away")),
    "person": ("person", original("Erase what is kept about a contact, an account or an undone import, for ever")),
    "audit": ("audit", original("List what was refused for want of a right")),
    "import": ("importing", original("Bring deals in from files; undo an import")),
    "funnel": ("funnel", original("Report a funnel: conversion and time by stage")),
    "mart": ("mart", original("Refresh the mart of reports, build it anew, write it to files")),
    "graph": ("graph", original("Draw a funnel's stages and transitions")),
    "plugins": ("plugins", original("List plugins; begin a new one")),
    "doctor": ("doctor", original("Look at everything that whoever runs the workspace should know")),
    "effects": ("effects", original("Hold messages and actions back; let them leave again")),
    "backup": ("backup", original("Write a backup of the workspace while it is at work")),
    "restore": ("restore", original("Put a backup in the place of the database; its messages are held back")),
    "deploy": ("deploy", original("Write what a machine needs to run the workspace")),
    "verify": ("verify", original("Replay every history and compare it with what is stored")),
}
reserve(COMMANDS)


class Commands(Group):
    """The root group: knows its commands by name and loads the one that is called.

    `language`: of their help; `workspace`: the folder that was named, None: the nearest above.
    """

    language = "en"
    workspace: str | None = None

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load the command's module and build it, its help in the language; None if unknown."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        app: typer.Typer = import_module(f"voronka.cli.{module}").app
        command = typer.main.get_command(app)
        command.name = cmd_name
        if isinstance(command, Group) or not command.help:
            command.help = summary
        coerce_lightly(command)
        localise(command, self.language)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, ours or one that a plugin of the name adds."""
        if args[0] not in COMMANDS and args[0].isidentifier():
            from voronka.cli.plugin_commands import plugin_command

            warn_in(self.language)
            command = plugin_command(args[0], ctx.params.get("workspace"), self.language)
            if command is not None:
                return args[0], command, args[1:]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands from the table, and those of plugins by their texts, so that help loads nothing."""
        from voronka.cli.plugin_commands import plugin_commands

        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])
        if added := plugin_commands(self.workspace, self.language):
            with formatter.section(translate(original("Commands of plugins"), self.language)):
                formatter.write_dl(added)


_app = typer.Typer(
    cls=Commands, add_completion=True, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False
)


def _show_version(value: bool) -> None:
    if value:
        from voronka import __version__

        typer.echo(f"voronka {__version__}")
        raise typer.Exit


@_app.callback(
    help=original("Sales processes written as configuration: check them, run them, look at what happened and why.")
)
def _root(
    ctx: typer.Context,
    workspace: str = typer.Option(
        None,
        "--workspace",
        "-C",
        metavar="DIR",
        help=original("The workspace's folder; else the nearest above"),
        show_default=False,
    ),
    actor: str = typer.Option(
        None, "--as", metavar="USER", envvar="VORONKA_USER", help=original("The user who acts"), show_default=False
    ),
    lang: str = typer.Option(
        None,
        "--lang",
        metavar="LANGUAGE",
        envvar="VORONKA_LANG",
        help=original("Language of the answers: en or ru"),
        show_default=False,
    ),
    version: bool = typer.Option(
        False, "--version", help=original("Tell the version"), callback=_show_version, is_eager=True
    ),
) -> None:
    ctx.obj = Context(workspace=workspace, actor=actor, language=language_of(lang))
    warn_in(ctx.obj.language)


def root_command(language: str, workspace: str | None = None) -> Any:
    """Return the command that all others hang below, its help in `language` and of the `workspace`."""
    command = typer.main.get_command(_app)
    if isinstance(command, Commands):
        command.language = language
        command.workspace = workspace
    coerce_lightly(command)
    localise(command, language)
    return command


# These may stand anywhere in the line, as people write them; Typer wants them first.
_ANYWHERE = ("--workspace", "-C", "--as", "--lang")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code.

    0 ok, 1 findings (or whoever read stopped reading), 2 usage, 4 refused, 5 environment, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        settle(stream)
    given = global_first(list(sys.argv[1:] if arguments is None else arguments))
    language = system_language()
    try:
        language = language_of(_option(given, "--lang"))
        _arm()
        with printed_apart():
            code = _run(given, language)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough; what is left must not fail once more at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    except VoronkaError as fault:
        print(fault.render(language), file=sys.stderr)
        code = fault.exit_code
    sys.exit(code)


def _arm() -> None:
    if place := os.environ.get("VORONKA_FAILPOINT"):
        from voronka.failpoints import arm

        arm(place)


def _run(given: list[str], language: str) -> int:
    if not given:
        given = ["--help"]
    try:
        return int(
            root_command(language, _option(given, "-C", "--workspace"))(
                args=given, prog_name="voronka", standalone_mode=False
            )
            or 0
        )
    except NoArgsIsHelpError as error:
        print(error.message, file=sys.stderr)
        return UsageFault.exit_code
    except TyperException as error:
        raise usage_fault(error, language) from error
    except OSError as error:
        raise EnvironmentFault(
            refused_by_system(error),
            Text("Check that the file or folder is there, that you may use it, and that there is room on the disk."),
            place=None if error.filename is None else str(error.filename),
        ) from error


def global_first(given: list[str]) -> list[str]:
    """Return the words with the options of every command moved before the command's name."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(given)
    for word in words:
        if word == "--":
            return [*first, *rest, word, *words]
        if word in _ANYWHERE:
            value = next(words, None)
            if value is None:
                return [*first, word]  # what lacks its value is refused whatever else was written
            first += [word, value]
        elif word.startswith(tuple(f"{name}=" for name in _ANYWHERE if name.startswith("--"))):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest]


def _option(arguments: Sequence[str], *names: str) -> str | None:
    for index, word in enumerate(arguments):
        if word in names and index + 1 < len(arguments):
            return arguments[index + 1]
        name, equals, value = word.partition("=")
        if equals and name in names and name.startswith("--"):
            return value
    return None
