"""The page of commands, written out of the commands' own help.

``python tools/commands.py`` writes docs/commands.md; a test holds the page equal to what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from voronka.cli.help import in_plain_words
from voronka.cli.main import root_command

if TYPE_CHECKING:
    from typer._click import Command

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
_BEGIN = "<!-- commands: written by tools/commands.py -->"
_END = "<!-- end of commands -->"


def leaves(command: Command, path: str = "voronka") -> Iterator[tuple[str, Command]]:
    """Yield every command that can be run, with the words that call it."""
    if not isinstance(command, TyperGroup):
        yield path, command
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is not None:
            yield from leaves(child, f"{path} {name}")


def reference() -> str:
    """Return the part of the page that tells each command: what it does, how it is written, its options."""
    lines = []
    for path, command in leaves(root_command("en")):
        context = typer.Context(command, info_name=path)
        usage = " ".join(command.collect_usage_pieces(context))
        lines += [
            f"### {path}",
            "",
            f"{(command.help or '').rstrip('.')}.",
            "",
            "```text",
            f"{path} {usage}",
            "```",
            "",
        ]
        rows = [
            [part.replace("|", "\\|") for part in in_plain_words(record, "en")]
            for parameter in command.params
            if (record := parameter.get_help_record(context)) is not None
        ]
        if rows:
            lines += ["| | |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in rows), ""]
    return "\n".join(lines)


def page(old: str) -> str:
    """Return the page with the part between the marks made anew."""
    before, _, rest = old.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{reference()}\n{_END}{after}"


def main(arguments: list[str]) -> int:
    """Write the page (with --check: only compare)."""
    old = PAGE.read_text(encoding="utf-8")
    new = page(old)
    if "--check" in arguments:
        return 0 if old == new else 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
