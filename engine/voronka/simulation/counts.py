"""What a workspace holds, counted: deals, moves, timers by how they ended, messages, tasks, contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Select, Table, func, select

from voronka.storage import Reader
from voronka.storage.tables import deals, history, interactions, outbox, tasks, timers, visits

__all__ = ["Counts", "count"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """`handed_over`: deals that another deal has opened. `moves`: stays in a stage, save the first of each deal.

    `timers` by state: waiting, fired, skipped, cancelled, failed. `messages` by status: pending, sent, dead, cancelled.
    `won`: the number of the deal won last, None if there is none. `entries`: of all histories.
    """

    deals: int
    handed_over: int
    moves: int
    timers: Mapping[str, int]
    messages: Mapping[str, int]
    tasks: int
    tasks_done: int
    interactions: int
    entries: int
    won: int | None


def count(reader: Reader) -> Counts:
    """Count what the database holds; hidden deals count too."""

    def number(query: Select[int]) -> int:
        return int(reader.execute(query).scalar_one() or 0)

    def rows(table: Table) -> Select[int]:
        return select(func.count()).select_from(table)

    def by(column: Column[str]) -> dict[str, int]:
        query = select(column.label("name"), func.count().label("number")).group_by(column).order_by(column)
        return {row.name: row.number for row in reader.execute(query)}

    all_deals = number(rows(deals))
    last = select(deals.c.number).where(deals.c.outcome == "won").order_by(deals.c.closed_at.desc(), deals.c.number)
    return Counts(
        deals=all_deals,
        handed_over=number(rows(deals).where(deals.c.parent.is_not(None))),
        moves=number(rows(visits)) - all_deals,
        timers=by(timers.c.state),
        messages=by(outbox.c.status),
        tasks=number(rows(tasks)),
        tasks_done=number(rows(tasks).where(tasks.c.done_at.is_not(None))),
        interactions=number(rows(interactions).where(interactions.c.own.is_(False))),
        entries=number(rows(history)),
        won=reader.execute(last.limit(1)).scalar_one_or_none(),
    )
