"""Help and usage errors of the command line in the language of the person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer import Context
from typer._click import exceptions as slips
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup
from typer.exceptions import TyperException

from voronka.errors import UsageFault
from voronka.messages import Text, original, translate

__all__ = ["in_plain_words", "localise", "usage_fault"]

# What Typer itself writes into help, so that it is in the catalogue.
_WORDS = (
    original("Usage: "),
    original("Options"),
    original("Arguments"),
    original("Commands"),
    original("[OPTIONS]"),
    original("COMMAND [ARGS]..."),
    original("Show this message and exit."),
    original("Install completion for the current shell."),
    original("Show completion for the current shell, to copy it or customize the installation."),
    original("required"),
    original("default"),
    original("env var"),
)
_TOO_MUCH = re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL)
"""What Typer says of words that the command has no place for."""
_KIND = re.compile(r" <(?:str|path|list\[str\])>")
"""What Typer calls a text, where the name of the argument says more."""
_RANGE = re.compile(r"(?P<least>\d+)<=x<=(?P<most>\d+)")
_ANY = 2**31
"""From here on a greatest number is none that a person would meet."""
_EXTRA = re.compile(r"\[(required|default|env var)(?=[]:])|; (required|default|env var)(?=[]:;])")


def localise(command: Any, language: str) -> None:
    """Put a command and those below it into `language`: help, names of sections, what Typer adds of its own."""

    class LocalFormatter(HelpFormatter):
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or translate("Usage: ", language))

        def write_heading(self, heading: str) -> None:
            super().write_heading(translate(heading, language))

        def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
            super().write_dl([in_plain_words(row, language) for row in rows], col_max, col_spacing)

    class LocalContext(Context):
        formatter_class = LocalFormatter

    _localise(command, language, LocalContext)


def _localise(command: Any, language: str, context: type[Context]) -> None:
    command.context_class = context
    command.help = translate(command.help or "", language)
    command.short_help = translate(command.short_help or "", language)
    command.options_metavar = translate(command.options_metavar or "", language)
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = translate(command.subcommand_metavar, language)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translate(parameter.help, language)
    for child in getattr(command, "commands", {}).values():
        _localise(child, language, context)


def in_plain_words(row: tuple[str, str], language: str) -> tuple[str, str]:
    """Return a name of an argument or option and what it does, as Typer writes them, in the words of the language."""
    name, text = row
    return _KIND.sub("", name), _explained(text, language)


def _explained(text: str, language: str) -> str:
    def say(found: re.Match[str]) -> str:
        word = found[1] or found[2]
        return found[0].replace(word, translate(word, language))

    def between(found: re.Match[str]) -> str:
        least, most = int(found["least"]), int(found["most"])
        if most >= _ANY:
            return Text("from {least}", least=least).render(language)
        return Text("from {least} to {most}", least=least, most=most).render(language)

    return _RANGE.sub(between, _EXTRA.sub(say, translate(text, language)))


def usage_fault(error: TyperException, language: str) -> UsageFault:
    """Return what Typer says about wrong words of the command line as a refusal of ours, with the usage in it."""
    context = getattr(error, "ctx", None)
    usage = context.get_usage() if context is not None else translate("Usage: ", language) + "voronka"
    remedy = Text(
        "{usage}\nTry `{command} --help`.",
        usage=usage,
        command=context.command_path if context is not None else "voronka",
    )
    return UsageFault(_reason(error), remedy)


def _reason(error: TyperException) -> Text:
    if isinstance(error, slips.MissingParameter) and error.param is not None:
        return Text("{name} is missing.", name=_name(error.param))
    if isinstance(error, slips.BadParameter) and error.param is not None:
        return _bad(error.param, error.message)
    if isinstance(error, slips.NoSuchOption):
        if error.option_name[1:2].isdigit():
            return Text("A number with a minus cannot stand here: numbers of records begin with 1.")
        if error.possibilities:
            near = ", ".join(sorted(error.possibilities))
            return Text("There is no option {name}. Did you mean {near}?", name=error.option_name, near=near)
        return Text("There is no option {name}.", name=error.option_name)
    if isinstance(error, slips.BadOptionUsage):
        if "does not take" in error.message:
            return Text("The option {name} takes no value.", name=error.option_name)
        return Text("The option {name} wants a value after it.", name=error.option_name)
    if error.message == "Missing command.":
        return Text("A command is missing.")
    if extra := _TOO_MUCH.fullmatch(error.message):
        return Text("Too much stands here: {words}. A value with spaces stands in quotes.", words=extra[1])
    return Text("The command cannot be understood: {reason}", reason=error.message)


def _bad(parameter: Any, reason: str) -> Text:
    choices = parameter.type_descriptor.choices
    if choices:
        return Text("{name} is one of: {choices}.", name=_name(parameter), choices=", ".join(map(str, choices)))
    if parameter.min is not None and parameter.max is not None:
        return Text(
            "{name} is a whole number from {least} to {most}.",
            name=_name(parameter),
            least=parameter.min,
            most=parameter.max,
        )
    if parameter.type_descriptor.annotation is int:
        return Text("{name} is a whole number.", name=_name(parameter))
    return Text("{name} cannot be read: {reason}", name=_name(parameter), reason=reason)


def _name(parameter: Any) -> str:
    """Return an option as it is typed, an argument as the usage shows it."""
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name)
