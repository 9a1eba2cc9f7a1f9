"""Who of a group gets a deal: in turn, by load, by skill or by territory. The absent are passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    turn = {name: place for place, name in enumerate(action.users)}
    present = [name for name in fitting if not absent(draft.workspace, draft.facts.absences, name, draft.now)]
    if not present:
        deputies = _deputies(draft, fitting)
        turn = {deputy: turn[name] for deputy, name in deputies.items()} | turn
        present = list(deputies)
    return (_chosen(draft, action, present, turn) if present else head_of(draft)), present


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


def _deputies(draft: Draft, users: Sequence[str]) -> dict[str, str]:
    """Return who stands in for `users`, each with the first of them whose turn they take."""
    found: dict[str, str] = {}
    for name in users:
        acting = stand_in(draft.workspace, draft.facts.absences, name, draft.now)
        if acting is not None:
            found.setdefault(acting, name)
    return found


def _chosen(draft: Draft, action: AssignAction, present: Sequence[str], turn: Mapping[str, int]) -> str:
    """Return who is next of those present after the last turn. `turn`: the places of the group and of its deputies."""
    facts = draft.facts
    if action.pool not in facts.turns:
        raise NotCounted(action.pool, loads=action.by is Distribution.LEAST_LOADED)
    last, size = facts.turns[action.pool], len(action.users)
    after = turn.get(last, -1) if last is not None else -1
    order = sorted(present, key=lambda name: ((turn[name] - after - 1) % size, name))
    if action.by is not Distribution.LEAST_LOADED:
        return order[0]
    if facts.loads is None:
        raise NotCounted(action.pool, loads=True)
    loads = facts.loads
    return min(order, key=lambda name: loads.get(name, 0))
