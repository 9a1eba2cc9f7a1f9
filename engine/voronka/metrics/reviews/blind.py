"""For whom a review is who may not see what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.kpis import Review
from voronka.definition.rights import rights_of
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.metrics.kpi.rights import may_read

__all__ = ["Blind", "blind_readers"]


@frozen
class Blind:
    """A review and the users who are to read it and may not see what it rests on. `key`: where they are named."""

    review: str
    key: str
    users: tuple[str, ...]


def blind_readers(workspace: Workspace, now: int) -> Iterator[Blind]:
    """Yield, by review, who is its owner or is told of it, by name or by role, and may not see it at the moment `now`;
    nobody stands in for anybody.
    """
    for review in workspace.reviews.values():
        for key, names in (("owner", (review.owner,)), ("to", review.to)):
            users = [user.name for user in workspace.people.values() if {user.name, user.role} & {*names}]
            blind = tuple(name for name in users if not _may_see(workspace, review, name, now))
            if blind:
                yield Blind(review=review.name, key=key, users=blind)


def _may_see(workspace: Workspace, review: Review, user: str, now: int) -> bool:
    return may_read(workspace, rights_of(workspace, {}, user, now), review.method, review.kpis)
