"""Long pieces of work by name, in plain JSON: what a client may ask for besides commands and questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.state import StreamKind
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.records import find_record
from voronka.runtime.viewer import check_changes, check_everybodys, viewer_of
from voronka.runtime.words import Json, words
from voronka.storage import EffectKey, verify

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


def _retry_effect(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Send a dead letter on its way again: parameters deal, effect (``seq.n``) and actor.

    `attended` in the answer: a service runs, which sends it.
    """
    seq, _, n = str(params.get("effect", "")).partition(".")
    if not (seq.isdecimal() and n.isdecimal()):
        raise UsageFault(
            Text("{effect} is not the key of a message.", effect=str(params.get("effect"))),
            Text("`voronka outbox list` shows the keys, such as 12.1."),
        )
    engine = client.engine
    actor = actor_of(engine.workspace, params)
    with engine.database.write() as work:
        viewer = viewer_of(work, engine.workspace, actor, engine.clock.now())
        stream = find_record(work, StreamKind.DEAL, params.get("deal"), viewer)
        check_changes(viewer, work.owners([stream])[stream])
        key = EffectKey(stream.id, int(seq), int(n))
        if not work.retry_effect(key, now=engine.clock.now()):
            raise UsageFault(
                Text("The message {effect} has not been given up.", effect=key.child),
                Text("Only dead letters are sent again; `voronka outbox list --status dead` shows them."),
            )
    engine.ring()
    return {"effect": key.child, "attended": client.attended}


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


WORKS: Mapping[str, Work] = {"outbox.retry": _retry_effect, "reload": _reload, "verify": _verify}
"""What any workspace can do; other parts of the engine add theirs where it is put together."""
