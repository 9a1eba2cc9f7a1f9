"""Small histories to store: events as `decide` would give them, states as `evolve` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from voronka.process.commands import Chain
from voronka.process.events import (
    DealCreated,
    EffectRequested,
    Event,
    PartyCreated,
    StageEntered,
    StageLeft,
    TaskOpened,
    TimerArmed,
    TimerEnded,
)
from voronka.process.evolve import evolve_entry
from voronka.process.state import State, Stream, StreamKind, Timer, TimerKey
from voronka.process.step import Judgement, Link
from voronka.storage import Database, Entry, UnitOfWork

RELEASE = "0" * 64
CHAIN = Chain("test", 1, ("test",))


def random(count: int) -> bytes:
    return bytes(range(count))


def deal_id(number: int) -> bytes:
    return b"deal" + number.to_bytes(12, "big")


def deal_stream(number: int) -> Stream:
    return Stream(StreamKind.DEAL, deal_id(number))


def account_stream(number: int) -> Stream:
    return Stream(StreamKind.ACCOUNT, b"acct" + number.to_bytes(12, "big"))


def contact_stream(number: int) -> Stream:
    return Stream(StreamKind.CONTACT, b"cont" + number.to_bytes(12, "big"))


def entry(stream: Stream, before: State | None, *events: Event, at: int = 1_000, **parts: Any) -> Entry:
    seq = 1 if before is None else before.seq + 1
    after = evolve_entry(before, events, seq=seq, release=RELEASE)
    link = Link(by="anna", first=0, judgements=(Judgement(name="x", text="a > 1", result=None, values={"a": 1}),))
    return Entry(
        **{
            "stream": stream,
            "seq": seq,
            "release": RELEASE,
            "actor": "anna",
            "source": "test",
            "cause": {"command": "test"},
            "occurred_at": at,
            "recorded_at": at,
            "events": events,
            "links": (link,),
            "state_after": after,
        }
        | parts
    )


def created(number: int, *more: Event, at: int = 1_000, **parts: Any) -> Entry:
    """A new deal in stage `needs`, with whatever else its first entry holds."""
    return entry(
        deal_stream(number),
        None,
        DealCreated(id=deal_id(number), number=number, funnel="react", case=None, at=at, **parts),
        StageEntered(stage="needs", visit=1, at=at),
        *more,
        at=at,
    )


def party(stream: Stream, fields: Mapping[str, Any], at: int = 1_000, **parts: Any) -> Entry:
    return entry(stream, None, PartyCreated(stream=stream, at=at, fields=fields, **parts), at=at)


def key(event: str = "send", *, visit: int = 1, generation: int = 1, occurrence: int = 0) -> TimerKey:
    return TimerKey(visit, event, generation, "", occurrence)


def armed(due: int, event: str = "send", **parts: Any) -> TimerArmed:
    return TimerArmed(
        timer=Timer(key=key(event, **parts), anchor=1_000, due=due, offset="2 days", planned=due, base=1_000)
    )


def ended(due: int, event: str = "send", *, result: str = "fired", at: int = 0, **parts: Any) -> TimerEnded:
    rest = {name: parts.pop(name) for name in ("reason", "reasons", "armed", "through") if name in parts}
    return TimerEnded(
        key=key(event, **parts),
        result=result,
        at=at or due,
        due=due,
        offset="2 days",
        anchor=1_000,
        counts=result == "fired",
        **rest,
    )


def moved(stage: str, visit: int, at: int, outcome: str | None = None) -> tuple[Event, ...]:
    """From visit `visit - 1` of `needs` to another stage."""
    return (
        StageLeft(stage="needs", visit=visit - 1, at=at),
        StageEntered(stage=stage, visit=visit, at=at, via=f"to_{stage}", outcome=outcome),
    )


def task(n: int = 0, at: int = 1_000) -> TaskOpened:
    return TaskOpened(n=n, title={"ru": "Перезвонить", "en": "Call"}, assignee="anna", at=at, due=at + 5)


def effect(n: int = 0, channel: str = "email", at: int = 1_000) -> EffectRequested:
    return EffectRequested(
        n=n,
        channel=channel,
        recipient="user:anna",
        locale="ru",
        template="materials",
        at=at,
        timed={"name": "send", "offset": "2 days", "due": 5},
    )


def drawn(database: Database, last: int = 9_999) -> Database:
    """Return the database with the numbers of deals up to `last` drawn, as whoever opens deals draws them."""
    with database.write() as work:
        work.set_counter("deal", last)
    return database


def go_back(work: UnitOfWork) -> None:
    """Make the schema the third one again."""
    indexes = ("ix_inbox_place_at_origin_seq_n", "ix_outbox_channel_lease_until", "ix_outbox_channel_next_at")
    for index in (*indexes, "ix_deals_parent", "ix_accounts_merged_into", "ix_contacts_merged_into"):
        work.execute(text(f"DROP INDEX {index}"))
    for table in ("throttles", "marks", "mart_dirty", "reviews", "hint_uses"):
        work.execute(text(f"DROP TABLE {table}"))
    if work.connection.dialect.name == "postgresql":
        work.execute(text("ALTER TABLE outbox ADD CONSTRAINT fk_outbox_deal FOREIGN KEY (deal) REFERENCES deals (id)"))
    work.execute(text("CREATE INDEX ix_outbox_next_at ON outbox (next_at) WHERE status = 'pending'"))
    later = (
        ("timers", "planned_at"),
        ("timers", "reasons"),
        ("outbox", "reasons"),
        ("inbox", "place"),
        ("records", "seq"),
        ("accounts", "merged_into"),
        ("contacts", "merged_into"),
    )
    for table, column in later:
        work.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    work.execute(text("CREATE INDEX ix_inbox_at_origin_seq_n ON inbox (at, origin, seq, n) WHERE status = 'pending'"))
    work.execute(text("UPDATE alembic_version SET version_num = '0003'"))
