"""Names of the ways out, as people ask for them."""

from __future__ import annotations

from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions.suggestion import one_of
from voronka.messages import Text
from voronka.storage import Reader

__all__ = ["check_lane"]


def check_lane(reader: Reader, workspace: Workspace, name: str | None) -> None:
    """Raise `UsageFault` for a name that is no channel and of no plugin, and under which nothing was ever to leave."""
    if name is None or name in workspace.channels or name.partition(".")[0] in workspace.plugins:
        return
    if reader.effects(channel=name, limit=1):
        return
    known = [*workspace.channels, *workspace.plugins]
    raise UsageFault(
        Text("There is no channel and no action {name}.", name=name),
        one_of(name, known),
    )
