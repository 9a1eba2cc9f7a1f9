"""Groups of commands that say which one was probably meant."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from voronka.errors import UsageFault
from voronka.messages import Text

__all__ = ["Group"]


class Group(TyperGroup):
    """Commands by name. An unknown name is refused with the one that was meant, if one comes near."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with what they do, in full: a sentence that breaks off helps nobody."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].help or "") for name in self.list_commands(ctx)])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; raise `UsageFault` if there is none of that name."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            from voronka.expressions.suggestion import suggest

            meant = suggest(name, known)
            raise UsageFault(
                Text("There is no command {name}.", name=name),
                Text("Did you mean `{command}`?", command=f"{ctx.command_path} {meant}")
                if meant
                else Text("`{command} --help` lists the commands.", command=ctx.command_path),
            )
        return super().resolve_command(ctx, args)
