"""Reviews that were made: who is told of them, and what became of the messages."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.definition.absence import gone, stand_in
from voronka.definition.people import Absences
from voronka.definition.workspace import Workspace
from voronka.process.actions import NOTICE
from voronka.process.commands import MakeReview, RecordDelivery
from voronka.process.events import (
    EffectRequested,
    EffectUnknown,
    Event,
    MessageFailed,
    MessageSent,
    ReviewMade,
)
from voronka.process.successors import successor

__all__ = ["TEMPLATE", "make_review", "told_of_review"]

TEMPLATE = "review_made"
"""The notice that tells of a review."""


def make_review(workspace: Workspace, absences: Absences, command: MakeReview, now: int) -> tuple[Event, ...]:
    """Return that a review was made, and the messages to its owner and to those whom it names.

    A role stands for all who have it, the deputy for whoever is away; for whoever has left else whom they reported to.
    A review that is no longer declared is told to nobody.
    """
    made = ReviewMade(review=command.review, due_at=command.due_at, at=now)
    review = workspace.reviews.get(command.review)
    if review is None:
        return (made,)
    locale = workspace.locale
    notice = {
        "review": review.label.render(locale),
        "from": command.start,
        "to": command.end,
        "decision": "" if review.decision is None else review.decision.render(locale),
        "command": f"review show {review.name}",
    }
    readers = dict.fromkeys(
        stand_in(workspace, absences, name, now) or _instead(workspace, absences, name, now)
        for name in _people(workspace, (review.owner, *review.to))
    )
    messages = (
        EffectRequested(
            n=n,
            channel=review.channel or NOTICE,
            recipient=f"user:{reader}",
            template=TEMPLATE,
            at=now,
            locale=locale,
            notice=notice,
        )
        for n, reader in enumerate(readers, 1)
    )
    return (made, *messages)


def _instead(workspace: Workspace, absences: Absences, name: str, now: int) -> str:
    """Return who gets what is for somebody away for whom no deputy stands in: who follows them if they have left."""
    return (successor(workspace, absences, name, now) if gone(workspace, absences, name, now) else None) or name


def _people(workspace: Workspace, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        if name in workspace.people:
            yield name
        else:
            yield from (user.name for user in workspace.people.values() if user.role == name)


def told_of_review(command: RecordDelivery, now: int) -> tuple[Event, ...]:
    """Return what became of a message about a review."""
    if command.sent:
        return (MessageSent(effect=command.effect, at=now),)
    effect, reason, reasons = command.effect, command.reason, command.reasons
    if command.unknown:
        channel = command.channel
        unknown = EffectUnknown(effect=effect, channel=channel, action="", reason=reason, reasons=reasons, at=now)
        return (unknown,)
    return (MessageFailed(effect=effect, reason=reason, reasons=reasons, at=now),)
