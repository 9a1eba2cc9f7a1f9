"""Arguments and options that several commands share."""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import typer

from voronka.cli.groups import Group
from voronka.errors import UsageFault
from voronka.messages import Text, original

__all__ = [
    "After",
    "AsJson",
    "At",
    "Deal",
    "Evidence",
    "Key",
    "Limit",
    "OfDeal",
    "Skip",
    "Source",
    "Values",
    "commands",
    "fields_of",
    "single",
]

Deal = Annotated[str, typer.Argument(metavar="DEAL", help=original("The deal's number"), show_default=False)]
Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME=VALUE", help=original("Fields and their values; NAME= clears one"), show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=original("Answer in JSON"))]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help=original("When it happened, such as 2026-02-20 18:30 or 20.02.2026 18:30; else now"),
        show_default=False,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key", help=original("A command repeated with the same key is carried out once"), show_default=False
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source", metavar="SOURCE", help=original("The source that the values come from"), show_default=False
    ),
]
Evidence = Annotated[
    str | None,
    typer.Option(
        "--evidence",
        metavar="LINK",
        help=original("Where the values can be looked up: a link or a text"),
        show_default=False,
    ),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help=original("How many at most"))]
After = Annotated[int, typer.Option("--after", metavar="N", min=0, max=2**62, help=original("Go on after this number"))]
Skip = Annotated[int, typer.Option("--skip", metavar="N", min=0, max=2**62, help=original("Leave out the first ones"))]
OfDeal = Annotated[
    str | None, typer.Option("--deal", metavar="DEAL", help=original("Of this deal"), show_default=False)
]


def commands(cls: type[Group] = Group) -> typer.Typer:
    """Return an empty set of commands, for a module to fill."""
    return typer.Typer(cls=cls, rich_markup_mode=None, add_completion=False, no_args_is_help=True)


def single() -> typer.Typer:
    """Return the place of one command without others below it."""
    return typer.Typer(rich_markup_mode=None, add_completion=False)


def fields_of(values: list[str] | None, bare: str | None = None) -> dict[str, str | None]:
    """Return what ``name=value`` says; ``name=`` clears. Raises `UsageFault` for anything else.

    `bare`: the field that a value alone was most likely meant for.
    """
    fields: dict[str, str | None] = {}
    for written in values or ():
        name, equals, value = written.partition("=")
        if not equals or not name:
            raise UsageFault(
                Text("{written} is not a field with its value.", written=written),
                Text("Write {example}.", example=f"{name or 'name'}=…" if bare is None else f"{bare}={quote(written)}"),
            )
        if name in fields:
            raise UsageFault(Text("The field {name} is given twice.", name=name), Text("Give each field once."))
        fields[name] = value or None
    return fields
