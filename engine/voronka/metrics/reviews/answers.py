"""What can be asked of reviews and told about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.definition.kpis import Review
from voronka.errors import UsageFault, VoronkaError
from voronka.expressions import one_of
from voronka.messages import Text
from voronka.metrics.kpi.rights import check_report
from voronka.process.commands import Envelope, MarkReview
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.queries import Asked, Query, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.scheduled_rules import REVIEW
from voronka.runtime.viewer import Forbidden, Viewer, viewer_of
from voronka.runtime.words import Json, words
from voronka.storage import WORKSPACE, ReviewRow, UnitOfWork

__all__ = ["REVIEW_QUERIES", "REVIEW_WORKS", "overdue"]

_DAY = 86_400_000_000
READ, DECIDED = "read", "decided"
_LONGEST = 2_000


class _NotMade(VoronkaError):  # noqa: N818 - an answer, not an error
    """There is nothing to be marked or shown yet."""

    exit_code = 4


def overdue(review: Review, unread_since: int | None, due_at: int | None, now: int) -> bool:
    """Tell whether a review has waited for longer than it may.

    `unread_since`: when the first was made that nobody has marked read, nor any later one; None: all are read.
    `due_at`: when the next was to be made, which may be long past where no service ran.
    """
    waits = [since for since in (unread_since, due_at) if since is not None]
    return any(now > since + review.due_days * _DAY for since in waits)


@parameters()
def _list(asked: Asked) -> Json:
    """Answer with the declared reviews that concern whoever asks: when each comes next, and what became of the last."""
    newest, schedules = asked.reader.newest_reviews(), asked.reader.schedules()
    unread = asked.reader.unread_reviews()
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    found = []
    for review in asked.workspace.reviews.values():
        if not _concerns(asked.workspace.people, review, asked.viewer):
            continue
        row, schedule = newest.get(review.name), schedules.get(REVIEW + review.name)
        due_at = None if schedule is None else schedule.due_at
        found.append(
            {
                "review": review.name,
                "label": words(review.label),
                "method": review.method,
                "funnel": review.funnel,
                "kpis": list(review.kpis),
                "owner": review.owner,
                "next": due_at,
                "overdue": overdue(review, unread.get(review.name), due_at, asked.now),
                "decision": None if review.decision is None else words(review.decision),
                "last": None if row is None else _told(shown, row),
            }
        )
    return found


@parameters("review", "back")
def _show(asked: Asked) -> Json:
    """Answer with one that was made: parameters review, back (so many before the last, 0)."""
    review = _declared(asked.workspace.reviews, asked.text("review"))
    _check(asked.workspace.people, review, asked.viewer)
    check_report(asked, review.method, review.kpis, review.label)
    back = asked.number("back")
    rows = asked.reader.reviews(review.name, limit=min(back, 10_000) + 1)
    if len(rows) <= back:
        raise _none(review)
    row = rows[back]
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    return {**_told(shown, row), "label": words(review.label), "document": row.document}


def _told(shown: Shown, row: ReviewRow) -> dict[str, Any]:
    return {
        "review": row.review,
        "due_at": row.due_at,
        "made_at": row.made_at,
        "release": row.release,
        "period": row.document["period"],
        "read_at": row.read_at,
        "read_by": _user(shown, row.read_by),
        "decided_at": row.decided_at,
        "decided_by": _user(shown, row.decided_by),
        "decided": row.decision,
    }


def _user(shown: Shown, name: str | None) -> Json:
    return None if name is None else shown.user(name)


def _mark(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Mark what was made last of a review: parameters review, mark (read or decided), decision (a text), actor."""
    engine = client.engine
    workspace = engine.workspace
    review = _declared(workspace.reviews, params.get("review"))
    decision = _decision(params)
    mark = READ if decision is None else DECIDED
    actor, now = actor_of(workspace, params), engine.clock.now()

    def keep(work: UnitOfWork) -> ReviewRow:
        viewer = viewer_of(work, workspace, actor, now)
        _check(workspace.people, review, viewer)
        asked = Asked(reader=work, workspace=workspace, now=now, params=params, viewer=viewer)
        check_report(asked, review.method, review.kpis, review.label)
        row = work.newest_reviews().get(review.name)
        if row is None:
            raise _none(review)
        if mark == READ and row.read_at is not None:
            return row
        values: dict[str, Any] = {} if decision is None else {"decision": decision, "decided_at": now}
        if decision is not None:
            values["decided_by"] = actor
        if row.read_at is None:
            values |= {"read_at": now, "read_by": actor}
        work.mark_review(row.review, row.due_at, **values)
        command = MarkReview(review=row.review, due_at=row.due_at, mark=mark)
        engine.perform(work, [Envelope(command=command, stream=WORKSPACE, actor=actor, source="review")])
        return row._replace(**values)

    row = engine.write(keep)
    with engine.read() as reader:
        return _told(Shown(reader, workspace), row)


def _decision(params: Mapping[str, Any]) -> str | None:
    given = params.get("decision")
    if given is None:
        return None
    text = str(given).strip()
    if not text or len(text) > _LONGEST:
        raise UsageFault(
            Text("What is decided is told in 1 to {most} characters.", most=_LONGEST),
            Text("Say it in a few words.") if not text else Text("Shorten it."),
            place="decision",
        )
    return text


def _declared(reviews: Mapping[str, Review], name: object) -> Review:
    if isinstance(name, str) and name in reviews:
        return reviews[name]
    raise UsageFault(
        Text("There is no review {name}.", name=str(name)),
        one_of(str(name), reviews),
    )


def _none(review: Review) -> VoronkaError:
    return _NotMade(
        Text("The review {review} was not made yet.", review=review.label),
        Text("It is made on its schedule while the service runs; `voronka report` shows the report at once."),
    )


def _concerns(people: Mapping[str, Any], review: Review, viewer: Viewer) -> bool:
    """Tell whether whoever asks is its owner or named by it, or may change everybody's records."""
    if viewer.rights.changes_all:
        return True
    names = {*viewer.rights.users, *(people[user].role for user in viewer.rights.users if user in people)}
    return not names.isdisjoint((review.owner, *review.to))


def _check(people: Mapping[str, Any], review: Review, viewer: Viewer) -> None:
    if not _concerns(people, review, viewer):
        raise Forbidden(
            Text("The review {review} is not for you.", review=review.label),
            Text("It is for its owner, for those whom it names, and for whoever may change everybody's records."),
        )


REVIEW_QUERIES: Mapping[str, Query] = {"reviews": _list, "review.show": _show}
REVIEW_WORKS: Mapping[str, Work] = {"review.mark": _mark}
