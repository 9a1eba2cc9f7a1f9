"""`voronka plugins`: which plugins are there, and a package to begin a new one with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from keyword import iskeyword, issoftkeyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, commands
from voronka.errors import UsageFault
from voronka.messages import Text, original

if TYPE_CHECKING:
    from voronka.hooks.host import Host, PluginState

app = commands()

_TEMPLATE = Path(__file__).parent / "plugin_template"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@app.command("list", help=original("List the plugins: those that work, and what is wrong with the others"))
def list_(
    ctx: typer.Context,
    hooks: Annotated[bool, typer.Option("--hooks", help=original("What each hook gives, too"))] = False,
    as_json: AsJson = False,
) -> None:
    """List plugins; exit code 1 if one of them is broken."""
    from voronka.hooks.host import Host
    from voronka.runtime.plugin_states import state_to_json

    host = Host.of(_root(ctx))
    states = (host.built_in, *host.plugins())
    out = Output(ctx.obj)
    if as_json:
        out.json([state_to_json(state) for state in states])
    else:
        out.table(
            (Text("Plugin"), Text("Version"), Text("From"), Text("State")),
            [_row(out, state) for state in states],
        )
        if hooks:
            _tell_hooks(out, states)
        out.hint("plugins new NAME" if hooks else "plugins list --hooks")
    if any(state.fault is not None for state in states):
        raise typer.Exit(1)


def _row(out: Output, state: PluginState) -> tuple[str, ...]:
    works = Text("works") if state.fault is None else Text("is broken: {reason}", reason=state.fault)
    return state.name, "-" if state.plugin is None else state.plugin.version, state.place, out.words(works)


def _tell_hooks(out: Output, states: Iterable[PluginState]) -> None:
    from voronka.hooks.declarations import HOOKS

    out.heading(Text("Hooks"))
    out.table(
        (Text("Hook"), Text("Plugin"), Text("Declares")),
        (
            (hook, state.name, ", ".join(each.name for each in state.declared[hook]))
            for hook in HOOKS
            for state in states
            if state.declared.get(hook)
        ),
    )


def _root(ctx: typer.Context) -> Path | None:
    """Return the workspace's folder; None outside of one, where only the installed plugins are told of."""
    try:
        root: Path = ctx.obj.root
    except UsageFault:
        if ctx.obj.workspace is not None:
            raise
        return None
    return root


def _taken(name: str, host: Host) -> Text | None:
    """Return why a new plugin cannot have a name that is well written, None if it can."""
    from voronka.cli.main import COMMANDS

    if iskeyword(name) or issoftkeyword(name):
        return Text("“{name}” is a word of the language Python, in which the plugin is written.", name=name)
    if name in host.reserved:
        return Text("“{name}” is a name of Voronka's own.", name=name)
    if name in COMMANDS:
        return Text("“{name}” is a command of Voronka's own.", name=name)
    if name in host.names:
        return Text("There is a plugin “{name}” already.", name=name)
    return None


@app.command("new", help=original("Make a package for a new plugin, with tests that pass"))
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=original("The plugin's name"), show_default=False)],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help=original("Where to put it; else a folder of its name"), show_default=False),
    ] = None,
) -> None:
    """Write the package."""
    from voronka.hooks.host import Host

    if not _NAME.fullmatch(name):
        raise UsageFault(
            Text("“{name}” cannot be the name of a plugin.", name=name),
            Text("Write Latin small letters, digits and underscores, beginning with a letter."),
        )
    if (taken := _taken(name, Host.of(_root(ctx)))) is not None:
        raise UsageFault(taken, Text("Choose another name."))
    target = Path(name) if folder is None else folder
    if target.exists() and any(target.iterdir()):
        raise UsageFault(Text("The folder {folder} is not empty.", folder=str(target)), Text("Name another folder."))
    for source in sorted(_TEMPLATE.rglob("*.txt")):
        relative = source.relative_to(_TEMPLATE).with_suffix("")
        parts = [f"voronka_{name}" if part == "package" else part for part in relative.parts]
        path = target.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text(encoding="utf-8").replace("@NAME@", name), encoding="utf-8")
    (target / f"voronka_{name}" / "py.typed").touch()
    out = Output(ctx.obj)
    out.data(out.words(Text("The plugin {name} is in {folder}.", name=name, folder=str(target))))
    out.note(Text("Next: {commands}", commands=f"cd {target} && pip install -e . && pytest"))
