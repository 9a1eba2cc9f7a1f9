"""Who of a group gets a deal: in turn, by load, by skill or by territory. The absent are passed over."""

from __future__ import annotations

from collections.abc import Sequence

from voronka.definition.absence import absent, stand_in
from voronka.definition.actions import AssignAction, Distribution
from voronka.definition.people import folded
from voronka.process.draft import Draft
from voronka.process.events import OwnerAssigned
from voronka.process.fields import change
from voronka.process.successors import head_of

__all__ = ["NotCounted", "assign_owner", "chosen_of"]


class NotCounted(Exception):  # noqa: N818 - a request for facts, not an error
    """Whose turn it is in a pool is not known; or with `loads`, how many open deals everybody has."""

    def __init__(self, pool: str, *, loads: bool) -> None:
        super().__init__(pool)
        self.pool = pool
        self.loads = loads


def assign_owner(draft: Draft, action: AssignAction) -> None:
    """Give the deal to one of the group; to the head of the funnel if nobody fits or is there.

    Of several who are equally good the one who comes next after the last turn gets it. `NotCounted` where the decision
    needs to know more.
    """
    user, present = chosen_of(draft, action)
    if user is None:
        return
    draft.add(
        OwnerAssigned(
            n=draft.child(),
            pool=action.pool,
            user=user,
            by=action.by.value,
            at=draft.now,
            among=tuple(present),
            fallback=not present,
        )
    )
    change(draft, {"owner": user})


def chosen_of(draft: Draft, action: AssignAction) -> tuple[str | None, Sequence[str]]:
    """Return who of the group is to get the deal, and among whom they were chosen: none if it falls to the head."""
    fitting = _fitting(draft, action)
    present = [name for name in fitting if not absent(draft.workspace, draft.facts.absences, name, draft.now)]
    if not present:
        present = _deputies(draft, fitting)
    return (_chosen(draft, action, present) if present else head_of(draft)), present


def _fitting(draft: Draft, action: AssignAction) -> list[str]:
    if action.by not in (Distribution.SKILL, Distribution.TERRITORY):
        return list(action.users)
    asked = draft.value(action.field)
    wanted = {folded(each) for each in (asked if isinstance(asked, tuple) else (asked,)) if isinstance(each, str)}
    people = draft.workspace.people
    found = []
    for name in action.users:
        user = people[name]
        known = user.skills if action.by is Distribution.SKILL else user.territories
        if not wanted.isdisjoint(map(folded, known)):
            found.append(name)
    return found


def _deputies(draft: Draft, users: Sequence[str]) -> list[str]:
    acting = (stand_in(draft.workspace, draft.facts.absences, name, draft.now) for name in users)
    return list(dict.fromkeys(name for name in acting if name is not None))


def _chosen(draft: Draft, action: AssignAction, present: Sequence[str]) -> str:
    facts = draft.facts
    if action.pool not in facts.turns:
        raise NotCounted(action.pool, loads=action.by is Distribution.LEAST_LOADED)
    last = facts.turns[action.pool]
    turn = {name: place for place, name in enumerate(action.users)}
    after = turn.get(last, -1) if last is not None else -1
    order = sorted(present, key=lambda name: ((turn.get(name, len(turn)) - after - 1) % (len(turn) + 1), name))
    if action.by is not Distribution.LEAST_LOADED:
        return order[0]
    if facts.loads is None:
        raise NotCounted(action.pool, loads=True)
    loads = facts.loads
    return min(order, key=lambda name: loads.get(name, 0))
