"""Who gets what would be for somebody who has left: one rule for deals, tasks, messages and notices."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.definition.absence import gone, stand_in
from voronka.definition.people import Absences
from voronka.definition.workspace import Workspace
from voronka.messages import Text
from voronka.process.draft import Draft
from voronka.process.step import Failure, Judgement

__all__ = ["GONE", "has_left", "head_of", "heir_of", "in_place_of", "left", "successor", "take_over", "tell_gone"]

GONE = "gone."
"""How the judgement is named that tells who has left and who gets what was for them."""


def successor(workspace: Workspace, absences: Absences, user: str, now: int) -> str | None:
    """Return who follows a user who has left: the deputy who is there, else whoever they reported to, and so on up.

    None if that leads to nobody, as it does for somebody who is not declared any more.
    """
    met: set[str] = set()
    name: str | None = user
    while name is not None and name not in met:
        met.add(name)
        declared = workspace.people.get(name)
        if declared is None:
            return None
        acting = stand_in(workspace, absences, name, now)
        if acting is not None and acting != user:
            return acting
        name = declared.reports_to
    return None


def left(workspace: Workspace, absences: Absences, user: str, now: int, *, gate: str) -> Failure:
    """Return why nothing new is given to a declared user who has left, and who could get it."""
    heir = successor(workspace, absences, user, now)
    return Failure(
        gate=gate,
        reason=Text("{user} has left: nothing new is given to them.", user=workspace.people[user].label),
        unblock=Text(
            "Name somebody who is still here, or say that they are back: voronka people present {user}", user=user
        )
        if heir is None
        else Text(
            "Name somebody who is still here, such as {heir}, or say that they are back: voronka people present {user}",
            heir=workspace.people[heir].label,
            user=user,
        ),
    )


def has_left(draft: Draft, user: str) -> bool:
    """Tell whether a user has left, or is not declared any more."""
    return gone(draft.workspace, draft.facts.absences, user, draft.now)


def heir_of(draft: Draft, user: str) -> str | None:
    """Return who gets what would be for a user who has left: who follows them, else who heads the funnel."""
    found = successor(draft.workspace, draft.facts.absences, user, draft.now) or head_of(draft)
    return None if found is None or found == user or has_left(draft, found) else found


def head_of(draft: Draft) -> str | None:
    """Return who heads the funnel and is there, else one who is away but has not left; None if nobody does."""
    role, absences = draft.funnel.funnel.owner, draft.facts.absences
    heads = [user.name for user in draft.workspace.people.values() if role is not None and user.role == role]
    acting = (stand_in(draft.workspace, absences, name, draft.now) for name in heads)
    there = next((name for name in acting if name is not None), None)
    return there or next((name for name in heads if not has_left(draft, name)), None)


def in_place_of(draft: Draft, users: Iterable[str]) -> list[str]:
    """Return those of `users` who are still here; if nobody is, those who get what was for them, and tell it.

    Those of whom nobody takes over stay: it is told to them rather than to nobody.
    """
    named = list(users)
    here = [name for name in named if not has_left(draft, name)]
    if here or not named:
        return here
    return list(dict.fromkeys(take_over(draft, name) or name for name in named))


def take_over(draft: Draft, user: str) -> str | None:
    """Return who gets what would be for a user who has left, and remember why."""
    heir = heir_of(draft, user)
    if heir is not None:
        tell_gone(draft, user, heir)
    return heir


def tell_gone(draft: Draft, user: str, heir: str) -> None:
    """Remember that somebody has left, and who gets what would be for them."""
    draft.judged(Judgement(name=f"{GONE}{user}.{heir}", text=f"gone: {user}", result=True, values={}))
