"""Effects on their way out: leased with a fencing token, in order per deal and channel, retried, given up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    select,
    text,
    tuple_,
    union_all,
    update,
)

from voronka.process.codec import canonical
from voronka.process.events import action_lane
from voronka.process.state import StreamKind
from voronka.storage.counters import HELD
from voronka.storage.deals import owned_by
from voronka.storage.dialects import has_row_locks
from voronka.storage.effects import Attempt, Delivery, Effect, EffectKey
from voronka.storage.parties import staying
from voronka.storage.tables import counters, deals, outbox, throttles

__all__ = [
    "asked_before",
    "foremost",
    "give_up",
    "lanes",
    "lease",
    "next_ready",
    "read",
    "resolve",
    "retry",
    "settle",
    "waiting",
]

_KEY = (outbox.c.deal, outbox.c.seq, outbox.c.n)
_CHUNK = 300


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
        reasons=json.loads(row.reasons or "{}"),
        broken_off=row.lease_until is not None,
    )


_CONTACT = f"{StreamKind.CONTACT.value}:"


def _effects(connection: Connection, rows: Iterable[Row[Any]]) -> list[Effect]:
    """Return effects, each for the contact that stays if whom it was asked for has been merged into that one since."""
    effects = [_effect(row) for row in rows]
    whom = {effect.recipient for effect in effects if effect.recipient.startswith(_CONTACT)}
    ids = {recipient: [bytes.fromhex(recipient.removeprefix(_CONTACT))] for recipient in whom}
    now = {each: f"{_CONTACT}{id_.hex()}" for each, (id_,) in staying(connection, StreamKind.CONTACT, ids).items()}
    return [
        effect
        if now.get(effect.recipient, effect.recipient) == effect.recipient
        else replace(effect, recipient=now[effect.recipient])
        for effect in effects
    ]


def _is(key: EffectKey) -> ColumnElement[bool]:
    return and_(outbox.c.deal == key.deal, outbox.c.seq == key.seq, outbox.c.n == key.n)


@cache
def _foremost(unordered: frozenset[str]) -> ColumnElement[bool]:
    """Pending, and no earlier pending one of the same deal and channel stands before it, but for `unordered` ones."""
    earlier = outbox.alias("earlier")
    blocked = select(earlier.c.n).where(
        earlier.c.deal == outbox.c.deal,
        earlier.c.channel == outbox.c.channel,
        earlier.c.status == text("'pending'"),
        (earlier.c.seq < outbox.c.seq) | ((earlier.c.seq == outbox.c.seq) & (earlier.c.n < outbox.c.n)),
    )
    in_order = ~blocked.exists()
    if unordered:
        in_order = outbox.c.channel.in_(sorted(unordered)) | in_order
    return and_(outbox.c.status == text("'pending'"), in_order)


@cache
def _lanes() -> CTE:
    """Return the channels in which something waits, each found by one look into the index; none while all are held."""
    pending = outbox.c.status == text("'pending'")
    held = select(counters.c.name).where(counters.c.name == HELD, counters.c.value > 0)
    any_ = select(func.min(outbox.c.channel).label("channel")).where(pending, ~held.exists())
    first = any_.cte("lane", recursive=True)
    following = select(func.min(outbox.c.channel)).where(pending, outbox.c.channel > first.c.channel)
    return first.union_all(select(following.correlate(first).scalar_subquery()).where(first.c.channel.is_not(None)))


def lanes(connection: Connection) -> dict[str, int]:
    """Return the channels in which something waits, each with the moment before which nothing of it leaves."""
    lane = _lanes()
    whole = and_(throttles.c.channel == lane.c.channel, throttles.c.address == "")
    query = (
        select(lane.c.channel, func.coalesce(throttles.c.free_at, 0).label("free_at"))
        .select_from(lane.outerjoin(throttles, whole))
        .where(lane.c.channel.is_not(None))
    )
    return {row.channel: row.free_at for row in connection.execute(query)}


@cache
def _free(unordered: frozenset[str]) -> Select[Any]:
    """Select what may be leased of a lane at a moment, the longest due first."""
    now = bindparam("now", type_=outbox.c.next_at.type)
    return (
        select(outbox)
        .where(
            outbox.c.channel == bindparam("lane"),
            _foremost(unordered),
            outbox.c.next_at <= now,
            outbox.c.lease_until.is_(None) | (outbox.c.lease_until <= now),
        )
        .order_by(outbox.c.next_at, *_KEY)
        .limit(bindparam("most", type_=Integer))
    )


def lease(
    connection: Connection,
    *,
    now: int,
    limit: int,
    until: int,
    shares: Mapping[str, int] | None = None,
    unordered: frozenset[str] = frozenset(),
) -> list[Effect]:
    """Take up to `limit` effects until `until`; the oldest first, of each deal and channel only the foremost.

    `shares`: the channels of which any may be taken, each with how many at most; None: all. `unordered`: those whose
    effects wait for no earlier one of their deal. One whose lease ran out is taken again under a new token: whoever
    held the old one can no longer settle it.
    """
    if shares is None:
        shares = {lane: limit for lane, free_at in lanes(connection).items() if free_at <= now}
    query = _free(unordered)
    if has_row_locks(connection.dialect):
        query = query.with_for_update(skip_locked=True)
    rows: list[Row[Any]] = []
    for lane, share in shares.items():
        if (most := min(share, limit)) > 0:
            rows += connection.execute(query, {"lane": lane, "now": now, "most": most})
    rows.sort(key=lambda row: (row.next_at, row.deal, row.seq, row.n))
    taken = [
        replace(effect, token=effect.token + 1, attempts=effect.attempts + 1)
        for effect in _effects(connection, rows[:limit])
    ]
    if taken:
        marks = [
            {**_named(effect.key), "to_token": effect.token, "to_attempts": effect.attempts, "to_lease": until}
            for effect in taken
        ]
        connection.execute(_lease(), marks)
    return taken


def settle(connection: Connection, attempts: Iterable[Attempt], *, now: int) -> set[EffectKey]:
    """Write down how attempts ended; return the effects whose lease was not lost meanwhile: no other is touched.

    The tokens are compared in the transaction that writes, so that of two workers only the newer one settles.
    """
    given = {attempt.key: attempt for attempt in attempts}
    held = _held(connection, given)
    ends = [
        {
            **_named(attempt.key),
            "to_status": attempt.result.value,
            # A lease that is over: it may be leased again, and is known to have been broken off.
            "to_lease": now if attempt.pending and attempt.broken_off else None,
            "to_next": (now if attempt.next_at is None else attempt.next_at) if attempt.pending else None,
            "to_settled": None if attempt.pending else now,
            "to_reason": attempt.reason,
            "to_reasons": canonical(attempt.reasons) if attempt.reasons else None,
            "uncounted": int(not attempt.counts),
        }
        for attempt in given.values()
        if held.get(attempt.key) == attempt.token
    ]
    if ends:
        connection.execute(_settle(), ends)
    return {key for key, attempt in given.items() if held.get(key) == attempt.token}


def _held(connection: Connection, keys: Iterable[EffectKey]) -> dict[EffectKey, int]:
    """Return the tokens of those of the effects that are leased, and keep others from leasing them meanwhile."""
    wanted = sorted(keys)
    held = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(*_KEY, outbox.c.token)
            .where(tuple_(*_KEY).in_(wanted[start : start + _CHUNK]), outbox.c.lease_until.is_not(None))
            .order_by(*_KEY)
        )
        if has_row_locks(connection.dialect):
            query = query.with_for_update()
        held.update({EffectKey(*key): token for *key, token in connection.execute(query)})
    return held


def _named(key: EffectKey) -> dict[str, Any]:
    return {"of_deal": key.deal, "of_seq": key.seq, "of_n": key.n}


@cache
def _lease() -> Update:
    return _one().values(
        lease_until=bindparam("to_lease"), token=bindparam("to_token"), attempts=bindparam("to_attempts")
    )


@cache
def _settle() -> Update:
    return _one().values(
        status=bindparam("to_status"),
        lease_until=bindparam("to_lease"),
        reason=bindparam("to_reason"),
        reasons=bindparam("to_reasons"),
        attempts=outbox.c.attempts - bindparam("uncounted", type_=Integer),
        next_at=func.coalesce(bindparam("to_next", type_=outbox.c.next_at.type), outbox.c.next_at),
        settled_at=bindparam("to_settled"),
    )


def _one() -> Update:
    return update(outbox).where(
        outbox.c.deal == bindparam("of_deal"), outbox.c.seq == bindparam("of_seq"), outbox.c.n == bindparam("of_n")
    )


def retry(connection: Connection, key: EffectKey, *, now: int) -> bool:
    """Put what was given up, or is unknown, back on its way, under its old key; False if it is neither."""
    values = {
        "status": Delivery.PENDING.value,
        "next_at": now,
        "attempts": 0,
        "settled_at": None,
        "reason": "",
        "reasons": None,
    }
    return connection.execute(_ended(key, Delivery.DEAD, Delivery.UNKNOWN).values(values)).rowcount == 1


def call_in(connection: Connection, *, next_at: int, lease_until: int) -> None:
    """Let no effect that waits do so for longer than until `next_at`, and no lease last for longer than that moment."""
    late = update(outbox).where(outbox.c.status == text("'pending'"), outbox.c.next_at > next_at)
    connection.execute(late.values(next_at=next_at))
    held = update(outbox).where(outbox.c.lease_until.is_not(None), outbox.c.lease_until > lease_until)
    connection.execute(held.values(lease_until=lease_until))


def resolve(connection: Connection, key: EffectKey, *, now: int) -> bool:
    """Write down of what is unknown that it left; False if it is not unknown."""
    values = {"status": Delivery.SENT.value, "settled_at": now, "reason": "", "reasons": None}
    return connection.execute(_ended(key, Delivery.UNKNOWN).values(values)).rowcount == 1


def _ended(key: EffectKey, *ends: Delivery) -> Update:
    return update(outbox).where(_is(key), outbox.c.status.in_([end.value for end in ends]))


def asked_before(connection: Connection, moment: int, *, now: int, limit: int) -> list[Effect]:
    """Return effects that wait, were asked for before a moment and are under no lease, the oldest first."""
    free = outbox.c.lease_until.is_(None) | (outbox.c.lease_until <= now)
    query = select(outbox).where(outbox.c.status == text("'pending'"), outbox.c.at < moment, free)
    return _effects(connection, connection.execute(query.order_by(outbox.c.at, *_KEY).limit(limit)))


def give_up(
    connection: Connection, keys: Iterable[EffectKey], *, now: int, reason: str, reasons: Mapping[str, str]
) -> None:
    """Make effects that wait dead letters, for a reason."""
    values = {
        "status": Delivery.DEAD.value,
        "lease_until": None,
        "settled_at": now,
        "reason": reason,
        "reasons": canonical(reasons),
    }
    if ends := [_named(key) for key in keys]:
        connection.execute(_one().values(values), ends)


def waiting(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many effects wait and how many of them were never tried, by (channel, template)."""
    untried = func.sum(case((outbox.c.attempts == 0, 1), else_=0))
    query = (
        select(outbox.c.channel, outbox.c.template, func.count().label("number"), untried.label("untried"))
        .where(outbox.c.status == text("'pending'"))
        .group_by(outbox.c.channel, outbox.c.template)
    )
    return {(row.channel, row.template): (row.number, row.untried) for row in connection.execute(query)}


def foremost(
    connection: Connection, found: Iterable[Effect], unordered: frozenset[str] = frozenset()
) -> dict[EffectKey, EffectKey]:
    """Return for each of the effects that wait the one that leaves its lane before all others of its deal.

    None for those of `unordered` channels.
    """
    pending = [effect for effect in found if effect.status is Delivery.PENDING and effect.channel not in unordered]
    of_deals = sorted({effect.key.deal for effect in pending})
    first: dict[tuple[bytes, str], EffectKey] = {}
    for start in range(0, len(of_deals), _CHUNK):
        query = (
            select(*_KEY, outbox.c.channel)
            .where(outbox.c.deal.in_(of_deals[start : start + _CHUNK]), outbox.c.status == text("'pending'"))
            .order_by(*_KEY)
        )
        for row in connection.execute(query):
            first.setdefault((row.deal, row.channel), EffectKey(row.deal, row.seq, row.n))
    return {effect.key: first[effect.key.deal, effect.channel] for effect in pending}


# Asked before every wait: the statement is built once.
@lru_cache(maxsize=64)
def next_ready(unordered: frozenset[str] = frozenset()) -> Select[int]:
    """Return the question for the moment when the next effect may be leased.

    Of each lane the first that is free and the first that is leased is asked for, each by its index: so many may wait
    that to look at all of them before each batch would take longer than the batch. What a lane is paused for is not
    ready before.
    """
    lane = _lanes()
    paused = (
        select(throttles.c.free_at)
        .where(throttles.c.channel == lane.c.channel, throttles.c.address == "")
        .correlate(lane)
        .scalar_subquery()
    )
    found = []
    # What was broken off and given back waits for another moment than the end of its lease.
    held = case((outbox.c.next_at > outbox.c.lease_until, outbox.c.next_at), else_=outbox.c.lease_until)
    for moment, leased in ((outbox.c.next_at, False), (held, True)):
        those = outbox.c.lease_until.is_not(None) if leased else outbox.c.lease_until.is_(None)
        first = (
            select(moment)
            .where(outbox.c.channel == lane.c.channel, _foremost(unordered), those)
            .order_by(moment)
            .limit(1)
            .correlate(lane)
            .scalar_subquery()
        )
        found.append(select(first.label("at"), paused.label("free_at")).where(lane.c.channel.is_not(None)))
    each = union_all(*found).subquery()
    return select(func.min(case((each.c.free_at > each.c.at, each.c.free_at), else_=each.c.at)))


def read(
    connection: Connection,
    *,
    status: Delivery | None = None,
    deal: bytes | None = None,
    channel: str | None = None,
    since: int | None = None,
    until: int | None = None,
    owners: frozenset[str] | None = None,
    limit: int | None = 100,
    skip: int = 0,
) -> list[Effect]:
    """Return effects, the newest first, without the first `skip`; `owners`: of their deals alone.

    `channel`: of one lane, or of an action with all its lanes. `since` and `until`: when it was asked for.
    """
    newest = (outbox.c.at.desc(), outbox.c.seq.desc(), outbox.c.n.desc(), outbox.c.deal)
    query = select(outbox).order_by(*newest).limit(limit).offset(skip)
    if status is not None:
        query = query.where(outbox.c.status == status.value)
    if deal is not None:
        query = query.where(outbox.c.deal == deal)
    if channel is not None:
        action = action_lane(channel)
        within = and_(outbox.c.channel >= f"{action}:", outbox.c.channel < f"{action};")
        query = query.where(outbox.c.channel.in_([channel, action]) | within)
    if since is not None:
        query = query.where(outbox.c.at >= since)
    if until is not None:
        query = query.where(outbox.c.at < until)
    if owners is not None:
        query = query.join(deals, deals.c.id == outbox.c.deal).where(owned_by(owners))
    return _effects(connection, connection.execute(query))
