"""Long pieces of work by name, in plain JSON: what a client may ask for besides commands and questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.redrive import REDRIVING
from voronka.runtime.retaking import RETAKING
from voronka.runtime.viewer import check_everybodys, viewer_of
from voronka.runtime.words import Json, words
from voronka.storage import verify

__all__ = ["WORKS"]


def _reload(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Put the changed files of the configuration in force: parameter actor."""
    engine = client.engine
    with engine.read() as reader:
        check_everybodys(viewer_of(reader, engine.workspace, actor_of(engine.workspace, params), engine.clock.now()))
    applied = client.reload()
    return {
        "release": client.engine.workspace.release,
        "changed": applied is not None,
        "deals": 0 if applied is None else applied.deals,
    }


def _verify(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Replay every history and compare chains, snapshots and tables."""
    engine = client.engine
    with engine.read() as reader:
        check_everybodys(viewer_of(reader, engine.workspace, actor_of(engine.workspace, params), engine.clock.now()))
    report = verify(engine.database)
    return {
        "streams": report.streams,
        "entries": report.entries,
        "damages": [
            {
                "stream": None if damage.stream is None else damage.stream.kind.value,
                "id": None if damage.stream is None else damage.stream.id.hex(),
                "number": damage.number,
                "seq": damage.seq,
                "what": words(damage.what),
            }
            for damage in report.damages
        ],
    }


WORKS: Mapping[str, Work] = {**REDRIVING, **RETAKING, "reload": _reload, "verify": _verify}
"""What any workspace can do; other parts of the engine add theirs where it is put together."""
