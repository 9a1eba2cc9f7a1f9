"""Words of the command line into the values commands take, without the library that Typer would load for it.

Typer 0.29 coerces every parameter through pydantic, whose import takes longer than most commands. What commands
here take is text, lists of text, paths, whole numbers, one of several words, and switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer._click.decorators import help_option
from typer._click.exceptions import BadParameter
from typer._coercion import RuntimeParam

__all__ = ["coerce_lightly"]


@dataclass(frozen=True)
class _Plain(RuntimeParam):
    """Text, a list of text, one of several words, or a switch."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if param.type_descriptor.is_list:
            return [str(item) for item in value]
        choices = param.type_descriptor.choices
        if choices is not None and value not in choices:
            raise BadParameter(f"{value!r} is not one of {choices}.", ctx=ctx, param=param)
        return value


@dataclass(frozen=True)
class _Path(RuntimeParam):
    """A path; whether anything is there is the command's to say."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Path:
        return Path(value)


@dataclass(frozen=True)
class _Whole(RuntimeParam):
    """A whole number within the parameter's limits."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> int:
        try:
            number = int(value)
        except ValueError as error:
            raise BadParameter(f"{value!r} is not a whole number.", ctx=ctx, param=param) from error
        if (param.min is not None and number < param.min) or (param.max is not None and number > param.max):
            raise BadParameter(f"{number} is out of range.", ctx=ctx, param=param)
        return number


def coerce_lightly(command: Any) -> None:
    """Let a command and those below it read their parameters by the classes of this module where these suffice."""
    if command.add_help_option and command._help_option is None:
        # Made here as the command itself would make it later, so that it is among those gone through.
        help_option(["--help"])(command)
        command._help_option = command.params.pop()
    for parameter in filter(None, (*command.params, command._help_option)):
        described = parameter.type_descriptor
        annotation = described.annotation
        if described.parameter_info.parser is not None or described.is_file:
            continue
        if annotation is int:
            kind: type[RuntimeParam] = _Whole
        elif annotation is Path:
            kind = _Path
        elif annotation in (str, bool, list[str]) or described.is_choice:
            kind = _Plain
        else:
            continue
        parameter._runtime_param = kind(parameter_info=described.parameter_info, annotation=annotation)
    for child in getattr(command, "commands", {}).values():
        coerce_lightly(child)
