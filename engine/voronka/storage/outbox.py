"""Effects on their way out: leased with a fencing token, in order per deal and channel, retried, given up."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select, text, update

from voronka.process.events import ACTION_LANE
from voronka.storage.deals import owned_by
from voronka.storage.dialects import has_row_locks
from voronka.storage.tables import deals, outbox

__all__ = ["Delivery", "Effect", "EffectKey", "lease", "next_at", "read", "retry", "settle", "waiting"]


class EffectKey(NamedTuple):
    """What names an effect for ever: its deal, the entry and the event's number in it. It is its idempotency key."""

    deal: bytes
    seq: int
    n: int

    @property
    def child(self) -> str:
        """The key within its deal, as events write it: ``seq.n``."""
        return f"{self.seq}.{self.n}"


class Delivery(StrEnum):
    """How an attempt ended, and with SENT, DEAD and CANCELLED the effect."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """A message to leave, or an action to be done. `attempts` counts the leases so far, this one included; `token`
    guards the settling.

    `channel` is its lane. `body`: what the event said besides (`timed`, `notice`, `arguments`). `broken_off`: an
    earlier lease ran out without being settled. Times in UTC microseconds.
    """

    key: EffectKey
    channel: str
    recipient: str
    locale: str
    template: str
    at: int
    body: Mapping[str, Any]
    status: Delivery
    attempts: int
    next_at: int
    token: int
    reason: str
    broken_off: bool = False

    @property
    def action(self) -> str | None:
        """The action's name; None for a message."""
        return self.channel.removeprefix(ACTION_LANE) if self.channel.startswith(ACTION_LANE) else None


def _effect(row: Row[Any]) -> Effect:
    return Effect(
        key=EffectKey(row.deal, row.seq, row.n),
        channel=row.channel,
        recipient=row.recipient,
        locale=row.locale,
        template=row.template,
        at=row.at,
        body=json.loads(row.body),
        status=Delivery(row.status),
        attempts=row.attempts,
        next_at=row.next_at,
        token=row.token,
        reason=row.reason,
        broken_off=row.lease_until is not None,
    )


def _is(key: EffectKey) -> ColumnElement[bool]:
    return and_(outbox.c.deal == key.deal, outbox.c.seq == key.seq, outbox.c.n == key.n)


@cache
def _foremost() -> ColumnElement[bool]:
    """Pending, and no earlier pending one of the same deal and channel stands before it."""
    earlier = outbox.alias("earlier")
    blocked = select(earlier.c.n).where(
        earlier.c.deal == outbox.c.deal,
        earlier.c.channel == outbox.c.channel,
        earlier.c.status == text("'pending'"),
        (earlier.c.seq < outbox.c.seq) | ((earlier.c.seq == outbox.c.seq) & (earlier.c.n < outbox.c.n)),
    )
    return and_(outbox.c.status == text("'pending'"), ~blocked.exists())


def lease(connection: Connection, *, now: int, limit: int, until: int, without: Collection[str] = ()) -> list[Effect]:
    """Take up to `limit` effects until `until`; the oldest first, of each deal and channel only the foremost.
    None of the channels `without`.

    One whose lease ran out is taken again under a new token: whoever held the old one can no longer settle it.
    """
    query = (
        select(outbox)
        .where(
            _foremost(),
            outbox.c.next_at <= now,
            outbox.c.lease_until.is_(None) | (outbox.c.lease_until <= now),
        )
        .order_by(outbox.c.next_at, outbox.c.deal, outbox.c.seq, outbox.c.n)
        .limit(limit)
    )
    if without:
        query = query.where(outbox.c.channel.not_in(without))
    if has_row_locks(connection.dialect):
        query = query.with_for_update(skip_locked=True)
    taken = []
    for row in connection.execute(query).all():
        key = EffectKey(row.deal, row.seq, row.n)
        values = {"lease_until": until, "token": row.token + 1, "attempts": row.attempts + 1}
        connection.execute(update(outbox).where(_is(key)).values(values))
        taken.append(replace(_effect(row), token=values["token"], attempts=values["attempts"]))
    return taken


def settle(
    connection: Connection,
    key: EffectKey,
    token: int,
    result: Delivery,
    *,
    now: int,
    next_at: int | None = None,
    reason: str = "",
    counts: bool = True,
) -> bool:
    """Write down how an attempt ended; PENDING tries again at `next_at`. False if the lease was lost meanwhile.

    `counts`: whether it was an attempt at all, and not a lease that is given back. The token is compared in the same
    statement that writes, so that of two workers only the newer one settles.
    """
    values: dict[str, Any] = {"status": result.value, "lease_until": None, "reason": reason}
    if not counts:
        values["attempts"] = outbox.c.attempts - 1
    if result is Delivery.PENDING:
        values["next_at"] = now if next_at is None else next_at
    else:
        values["settled_at"] = now
    query = update(outbox).where(_is(key), outbox.c.token == token, outbox.c.lease_until.is_not(None))
    return connection.execute(query.values(values)).rowcount == 1


def retry(connection: Connection, key: EffectKey, *, now: int) -> bool:
    """Put a dead letter back on its way, under its old key; False if it is not dead."""
    query = update(outbox).where(_is(key), outbox.c.status == Delivery.DEAD.value)
    values = {"status": Delivery.PENDING.value, "next_at": now, "attempts": 0, "settled_at": None, "reason": ""}
    return connection.execute(query.values(values)).rowcount == 1


def waiting(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many effects wait and how many of them were never tried, by (channel, template)."""
    untried = func.sum(case((outbox.c.attempts == 0, 1), else_=0))
    query = (
        select(outbox.c.channel, outbox.c.template, func.count().label("number"), untried.label("untried"))
        .where(outbox.c.status == text("'pending'"))
        .group_by(outbox.c.channel, outbox.c.template)
    )
    return {(row.channel, row.template): (row.number, row.untried) for row in connection.execute(query)}


def next_at(connection: Connection) -> int | None:
    """Return when the next effect may be leased; None if none waits."""
    return connection.execute(_next_at()).scalar_one_or_none()


# Asked before every wait: the statement is built once.
@cache
def _next_at() -> Select[int]:
    ready = case((outbox.c.lease_until.is_(None), outbox.c.next_at), else_=outbox.c.lease_until)
    return select(func.min(ready)).where(_foremost())


def read(
    connection: Connection,
    *,
    status: Delivery | None = None,
    deal: bytes | None = None,
    owners: frozenset[str] | None = None,
    limit: int = 100,
    skip: int = 0,
) -> list[Effect]:
    """Return effects, the newest first, without the first `skip`; `owners`: of their deals alone."""
    newest = (outbox.c.at.desc(), outbox.c.seq.desc(), outbox.c.n.desc(), outbox.c.deal)
    query = select(outbox).order_by(*newest).limit(limit).offset(skip)
    if status is not None:
        query = query.where(outbox.c.status == status.value)
    if deal is not None:
        query = query.where(outbox.c.deal == deal)
    if owners is not None:
        query = query.join(deals, deals.c.id == outbox.c.deal).where(owned_by(owners))
    return [_effect(row) for row in connection.execute(query)]
