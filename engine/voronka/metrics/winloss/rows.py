"""What is read of the mart about closed deals: won and lost by each sign, counted in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from voronka.definition.fields import Field, FieldType
from voronka.mart.schema import field_column
from voronka.metrics.slices import Slice, behind, counted
from voronka.metrics.statistics.counts import Counts
from voronka.metrics.winloss.signs import Candidate, SignKind

__all__ = ["backs", "closed", "deals_with", "events", "fields", "interactions", "ticks"]

_VALUED = frozenset({FieldType.CHOICE, FieldType.BOOL})


def closed(part: Slice) -> Counts:
    """Return how many of the deals that closed in the period were won."""
    deals = part.deals
    row = part.connection.execute(select(counted(deals.c.outcome == "won"), func.count()).where(_ended(part))).one()
    return Counts(*row)


def fields(part: Slice, of: Sequence[Field], late: Collection[str]) -> list[Candidate]:
    """Return each option of choices and of yes or no against the others, and each field filled in against not.

    Of two options the second one stands for both, "true" for yes or no: against the other it is the same question.
    `late`: fields that gates ask for on the way.
    """
    deals = part.deals
    queries = []
    for field in of:
        column = deals.c[field_column(field.name)]
        queries.append(_by_value(part, field.name, column, valued=field.type in _VALUED))
    if not queries:
        return []
    by_field: dict[str, dict[str | None, Counts]] = {}
    for name, value, won, n in part.connection.execute(union_all(*queries)):
        by_field.setdefault(name, {})[value] = Counts(won, n)
    found = []
    for field in of:
        values = by_field.get(field.name, {})
        missing = values.pop(None, Counts(0, 0))
        filled = _sum(values.values())
        if field.type in _VALUED and len(values) > 1:
            told = sorted(values.items(), key=lambda item: str(item[0]))
            found += [
                Candidate(
                    kind=SignKind.VALUE, name=field.name, value=value, having=counts, lacking=_less(filled, counts)
                )
                for value, counts in (told if len(told) > 2 else told[1:])
            ]
        if missing.trials and filled.trials:
            is_late = field.name in late
            found.append(
                Candidate(
                    kind=SignKind.FILLED, name=field.name, value=None, having=filled, lacking=missing, late=is_late
                )
            )
    return found


def interactions(part: Slice, whole: Counts) -> list[Candidate]:
    """Return deals with an interaction of each kind, the engine's own sends apart, against those with none."""
    rows, deals = part.tables["fact_interaction"], part.deals
    had = (
        select(rows.c.deal, rows.c.kind).where(rows.c.own.is_not(True), rows.c.kind.is_not(None)).distinct().subquery()
    )
    statement = (
        select(had.c.kind, counted(deals.c.outcome == "won"), func.count())
        .select_from(had.join(deals, deals.c.deal == had.c.deal))
        .where(_ended(part))
        .group_by(had.c.kind)
        .order_by(had.c.kind)
    )
    return _against_all(part.connection.execute(statement), whole, SignKind.INTERACTION)


def events(part: Slice) -> list[Candidate]:
    """Return deals in which a timed event fired, against those in which it was planned and ended otherwise."""
    rows, deals = part.tables["fact_timer"], part.deals
    fired = func.max(case((rows.c.state == "fired", 1), else_=0)).label("fired")
    planned = (
        select(rows.c.deal, rows.c.event, fired).where(rows.c.state != "waiting").group_by(rows.c.deal, rows.c.event)
    ).subquery()
    won = deals.c.outcome == "won"
    statement = (
        select(
            planned.c.event,
            counted(won & (planned.c.fired == 1)),
            counted(planned.c.fired == 1),
            counted(won),
            func.count(),
        )
        .select_from(planned.join(deals, deals.c.deal == planned.c.deal))
        .where(_ended(part))
        .group_by(planned.c.event)
        .order_by(planned.c.event)
    )
    return [
        Candidate(
            kind=SignKind.EVENT,
            name=event,
            value=None,
            having=Counts(won_fired, n_fired),
            lacking=Counts(all_won - won_fired, n - n_fired),
            late=True,
        )
        for event, won_fired, n_fired, all_won, n in part.connection.execute(statement)
        if 0 < n_fired < n
    ]


def backs(part: Slice, whole: Counts) -> list[Candidate]:
    """Return deals that went back to an earlier stage, against those that never did."""
    rows, deals = part.tables["fact_transition"], part.deals
    went = select(rows.c.deal).where(rows.c.back.is_(True)).distinct().subquery()
    statement = (
        select(literal("back"), counted(deals.c.outcome == "won"), func.count())
        .select_from(went.join(deals, deals.c.deal == went.c.deal))
        .where(_ended(part))
    )
    return _against_all(part.connection.execute(statement), whole, SignKind.BACK)


def ticks(part: Slice, whole: Counts) -> list[Candidate]:
    """Return deals in which a checklist item was ticked, against those that were in its stage without it."""
    rows, deals, visits = part.tables["fact_tick"], part.deals, part.tables["fact_visit"]
    won = counted(deals.c.outcome == "won")
    ticked = select(rows.c.deal, rows.c.item).where(rows.c.done.is_(True)).distinct().subquery()
    stayed = select(visits.c.deal, visits.c.stage).distinct().subquery()
    by_item, by_stage = (
        select(found.c[name], won, func.count())
        .select_from(found.join(deals, deals.c.deal == found.c.deal))
        .where(_ended(part))
        .group_by(found.c[name])
        .order_by(found.c[name])
        for found, name in ((ticked, "item"), (stayed, "stage"))
    )
    stages = {stage: Counts(of, n) for stage, of, n in part.connection.execute(by_stage)}
    found = []
    for item, of, n in part.connection.execute(by_item):
        lacking = _less(stages.get(item.partition(".")[0], whole), Counts(of, n))
        found.append(
            Candidate(kind=SignKind.CHECKED, name=item, value=None, having=Counts(of, n), lacking=lacking, late=True)
        )
    return [each for each in found if each.lacking.trials > 0 and each.lacking.successes >= 0]


def deals_with(part: Slice, of: Sequence[Field], most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the closed deals that have a sign, by its kind, name and value, at most so many of each."""
    deals, ended = part.deals, _ended(part)
    acts, timers = part.tables["fact_interaction"], part.tables["fact_timer"]
    ticked, went = part.tables["fact_tick"], part.tables["fact_transition"]
    nothing: ColumnElement[str] = cast(null(), String)

    def sign(kind: SignKind, name: ColumnElement[str], value: ColumnElement[str]) -> Select[Any]:
        return select(literal(kind.value).label("kind"), name.label("name"), value.label("value"), deals.c.deal)

    queries = []
    for field in of:
        column, name = deals.c[field_column(field.name)], literal(field.name)
        queries.append(sign(SignKind.FILLED, name, nothing).where(ended, column.is_not(None)))
        if field.type in _VALUED:
            queries.append(sign(SignKind.VALUE, name, cast(column, String)).where(ended, column.is_not(None)))
    for kind, rows, called, counts in (
        (SignKind.INTERACTION, acts, acts.c.kind, and_(acts.c.own.is_not(True), acts.c.kind.is_not(None))),
        (SignKind.EVENT, timers, timers.c.event, timers.c.state == "fired"),
        (SignKind.BACK, went, literal("back"), went.c.back.is_(True)),
        (SignKind.CHECKED, ticked, ticked.c.item, ticked.c.done.is_(True)),
    ):
        source = rows.join(deals, deals.c.deal == rows.c.deal)
        queries.append(sign(kind, called, nothing).select_from(source).where(ended, counts))
    every = union_all(*queries).subquery()
    return behind(part, select(*every.c), most)


def _by_value(part: Slice, name: str, column: Column[Any], *, valued: bool) -> Select[Any]:
    deals: FromClause = part.deals
    text = cast(column, String) if valued else case((column.is_not(None), "filled"), else_=null())
    return (
        select(
            literal(name).label("field"),
            text.label("given"),
            counted(deals.c.outcome == "won").label("won"),
            func.count().label("n"),
        )
        .where(_ended(part))
        .group_by("given")
    )


def _ended(part: Slice) -> ColumnElement[bool]:
    deals = part.deals
    return and_(part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at))


def _against_all(rows: Iterable[Any], whole: Counts, kind: SignKind) -> list[Candidate]:
    return [
        Candidate(
            kind=kind, name=name, value=None, having=Counts(won, n), lacking=_less(whole, Counts(won, n)), late=True
        )
        for name, won, n in rows
        if 0 < n < whole.trials
    ]


def _less(whole: Counts, part: Counts) -> Counts:
    return Counts(whole.successes - part.successes, whole.trials - part.trials)


def _sum(counts: Iterable[Counts]) -> Counts:
    given = list(counts)
    return Counts(sum(each.successes for each in given), sum(each.trials for each in given))
