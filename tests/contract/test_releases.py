"""When releases came into force and who has read them, out of the history of the workspace."""

from __future__ import annotations

from tests.contract.builders import entry
from voronka.process.events import Event, ReleaseActivated, ReleaseRead, UserAdded
from voronka.storage import WORKSPACE, Database
from voronka.storage.releases import Activation, activations, read_by

A, B = "a" * 64, "b" * 64


def test_a_release_that_comes_back_is_another_time_in_force_and_read_anew(database: Database) -> None:
    happened: list[tuple[str, Event]] = [
        ("reload", ReleaseActivated(release=A, at=1)),
        ("reload", UserAdded(name="x", label='a text with "release.activated" in it', at=2)),
        ("reload", ReleaseActivated(release=B, at=3)),
        ("anna", ReleaseRead(release=B, since=3, at=4)),
        ("oleg", ReleaseRead(release=B, since=3, at=5)),
        ("anna", ReleaseRead(release=B, since=3, at=6)),
        ("reload", ReleaseActivated(release=A, at=7)),
        ("anna", ReleaseRead(release=A, since=7, at=8)),
    ]
    with database.write() as work:
        for release in (A, B):
            work.put_release(release, {}, at=1)
        state = None
        for actor, event in happened:
            told = entry(WORKSPACE, state, event, actor=actor)
            work.append([told])
            state = told.state_after
    with database.read() as reader:
        assert activations(reader.connection) == [Activation(A, 1, None), Activation(B, 3, A), Activation(A, 7, B)]
        assert read_by(reader.connection) == {(B, 3): {"anna": 4, "oleg": 5}, (A, 7): {"anna": 8}}
