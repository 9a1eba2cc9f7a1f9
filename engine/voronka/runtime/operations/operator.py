"""Who may do what concerns the whole workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient
from voronka.runtime.viewer import check_everybodys, viewer_of

__all__ = ["operator_of"]


def operator_of(client: LocalClient, params: Mapping[str, Any]) -> str:
    """Return who acts; raise `Forbidden` unless they may change everybody's records."""
    engine = client.engine
    actor = actor_of(engine.workspace, params)
    with engine.read() as reader:
        check_everybodys(viewer_of(reader, engine.workspace, actor, engine.clock.now()))
    return actor
