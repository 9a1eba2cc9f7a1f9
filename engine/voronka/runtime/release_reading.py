"""Whoever has read what a release changes for them says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.commands import Envelope, MarkReleaseRead
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.queries.release_notes import activation_of
from voronka.runtime.words import Json
from voronka.storage import WORKSPACE, UnitOfWork
from voronka.storage.releases import Activation, read_by

__all__ = ["RELEASE_READING"]


def _read(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Mark what a release (the one in force) changes as read by the actor: parameters release, actor."""
    engine = client.engine
    actor = actor_of(engine.workspace, params)
    if actor not in engine.workspace.people:
        raise UsageFault(
            Text("Everybody reads for themselves, and nobody has said who this is."),
            Text("Say who has read it: voronka --as USER release read"),
        )
    named = params.get("release")
    now = engine.clock.now()

    def mark(work: UnitOfWork) -> tuple[Activation, int]:
        activation = activation_of(work, None if named is None else str(named))
        earlier = read_by(work.connection).get(activation[:2], {}).get(actor)
        if earlier is not None:
            return activation, earlier
        command = MarkReleaseRead(release=activation.release, since=activation.since)
        engine.perform(work, [Envelope(command=command, stream=WORKSPACE, actor=actor, source="people")])
        return activation, now

    activation, at = engine.write(mark)
    return {"release": activation.release, "since": activation.since, "user": actor, "read_at": at}


RELEASE_READING: Mapping[str, Work] = {"release.read": _read}
"""What people tell of releases."""
