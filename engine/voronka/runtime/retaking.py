"""Items of sources that were refused are tried again, once what they were refused for is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.errors import UsageFault
from voronka.expressions.suggestion import suggest
from voronka.messages import Text
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.refused import refusal_of
from voronka.runtime.viewer import check_everybodys, viewer_of
from voronka.runtime.words import Json

__all__ = ["RETAKING"]

_PART = 100  # items in a transaction


def _retry(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Take in again what was refused of a source, by its name: all of it, or one `item` by its id over there.

    In the answer `taken` says how many were taken in, `refused` how many were refused once more.
    """
    engine, name = client.engine, str(params.get("source", ""))
    workspace = engine.workspace
    item = params.get("item")
    with engine.read() as reader:
        check_everybodys(viewer_of(reader, workspace, actor_of(workspace, params), engine.clock.now()))
        counts = {source.removeprefix("source:") for source in reader.refused_counts()}
        key = None if item is None else str(item)
        found = reader.refused_items(f"source:{name}", key=key, limit=10_000)
    if name not in workspace.sources and name not in counts:
        raise UsageFault(
            Text("There is no source “{name}”.", name=name)
            if (meant := suggest(name, workspace.sources)) is None
            else Text("There is no source “{name}”. Did you mean {meant}?", name=name, meant=meant),
            Text("`voronka source list` shows the sources."),
        )
    if key is not None and not found:
        raise UsageFault(
            Text("Nothing of the source {source} was refused under {item}.", source=name, item=key),
            Text("`voronka source refused {source}` shows what was.", source=name),
        )
    again = [each for each in found if each.request is not None][::-1]
    if key is not None and not again:
        raise UsageFault(
            Text("What {item} asks for was no command that could be kept.", item=key),
            Text("Mend the plugin; the item is taken in once the source gives it again."),
        )
    via = workspace.sources[name].via.partition(".")[0] if name in workspace.sources else name
    answers = []
    for start in range(0, len(again), _PART):
        answers += engine.take_again(again[start : start + _PART], actor=f"plugin:{via}")
    refused = sum(refusal_of(answer) is not None for answer in answers)
    return {"taken": len(answers) - refused, "refused": refused + len(found) - len(again)}


RETAKING: Mapping[str, Work] = {"source.retry": _retry}
"""What can be done to refused items."""
