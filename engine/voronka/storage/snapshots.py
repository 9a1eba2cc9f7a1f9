"""Snapshots as rows of `deals`, `accounts` and `contacts`, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Row, Table

from voronka.frozen import maker
from voronka.process.codec import canonical, decode_value, encode_value
from voronka.process.evolve import DealBuilder
from voronka.process.state import (
    DealState,
    Ended,
    Firing,
    Held,
    Observation,
    PartyState,
    Progress,
    Scored,
    Stopped,
    Stream,
    StreamKind,
    Timer,
    TimerKey,
)
from voronka.storage.tables import accounts, contacts
from voronka.storage.vault import fold

__all__ = [
    "PARTIES",
    "deal_of",
    "deal_row",
    "live_of",
    "observed_in",
    "party_of",
    "party_row",
]

_timer, _key, _progress = maker(Timer), maker(TimerKey), maker(Progress)

PARTIES: Mapping[StreamKind, Table] = {StreamKind.ACCOUNT: accounts, StreamKind.CONTACT: contacts}


def _text(value: object) -> str:
    # No hash covers this text, so it need not be the canonical one, which takes five times as long. What stands in it
    # stands in the history, too: the canonical text of that has refused what is no JSON.
    try:
        return orjson.dumps(value, _part, orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except TypeError:  # a key of a class that is derived from `str`
        return canonical(value)


def _part(value: object) -> object:
    """Return a part that the library leaves to us in a form that it knows."""
    return tuple(value) if isinstance(value, tuple) else encode_value(value)


def _load(text: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(text)
    return found


def deal_row(state: DealState, head: bytes) -> tuple[object, ...]:
    """Return the row of a deal whose last entry hashed to `head`: the columns of `deals` in their order."""
    return (
        state.id,
        state.number,
        state.seq,
        head,
        state.release,
        state.funnel,
        state.case,
        state.stage,
        state.visit,
        state.created_at,
        state.entered_at,
        state.owner,
        state.account,
        state.contact,
        state.closed_at,
        state.outcome,
        state.last_interaction_at,
        state.replied,
        state.contacted,
        state.hidden,
        state.parent,
        _text(state.fields),
        live_of(state),
    )


def live_of(state: DealState) -> str:
    """Return what no list is made by, as one JSON text: what waits, what was done, how far timed events have come."""
    return _text(
        {
            "imports": state.imports,
            "progress": {
                name: (
                    one.anchor,
                    one.generation,
                    one.fired,
                    sorted(one.ended),
                    one.over,
                    one.last,
                    one.event,
                    one.visit,
                )
                for name, one in state.progress.items()
            },
            "rules": state.rules,
            "scores": state.scores,
            "stopped": state.stopped,
            "tasks": state.tasks,
            "ticks": sorted(state.ticks),
            "timers": list(state.timers.values()),
            "touched": state.touched,
            "visits": state.visits,
            **_provenance(state),
        }
    )


def _provenance(state: DealState | PartyState) -> dict[str, object]:
    """Return where values come from; nothing for a record of which that is not followed."""
    return {"$known_at": state.known_at, "$observed": state.observed} if state.observed or state.known_at else {}


def observed_in(found: Mapping[str, Any]) -> Mapping[str, tuple[Observation, ...]]:
    """Return what sources said, out of the document that tells where values come from; nothing if it tells none."""
    return {
        name: tuple(Observation(*map(decode_value, each)) for each in said)
        for name, said in found.get("$observed", {}).items()
    }


def _fields(text: str) -> Mapping[str, Held]:
    fields = _load(text)
    if "$ref" in text or "[" in text:
        return {name: decode_value(value) for name, value in fields.items()}
    return fields


def _progress_of(
    anchor: int | None,
    generation: int,
    fired: int,
    ended: list[str],
    over: bool,
    last: list[Any] | None = None,
    event: str | None = None,
    visit: int = 0,
) -> Progress:
    known = None if last is None else Ended(*last)
    return _progress(anchor, generation, fired, frozenset(ended), over, known, event, visit)


def _values(found: dict[str, Any]) -> Mapping[str, Held | None]:
    return {name: decode_value(value) for name, value in found.items()}


def _stopped(gates: list[str], reads: list[str], values: dict[str, Any] | None = None, lost: bool = False) -> Stopped:
    return Stopped(tuple(gates), tuple(reads), _values(values or {}), lost)


def deal_of(row: Row[Any]) -> DealState:
    """Return the deal of a row of `deals` (its columns in their order)."""
    cells: tuple[Any, ...] = tuple(row)
    (
        id_, number, seq, _, release, funnel, case, stage, visit, created_at, entered_at, owner, account, contact,
        closed_at, outcome, last_interaction_at, replied, contacted, hidden, parent, fields, live_text,
    ) = cells  # fmt: skip
    live = _load(live_text)
    timers = {}
    for key, *rest in live["timers"]:
        name = _key(*key)
        timers[name] = _timer(name, *rest)
    # Filled as a builder: the constructor of the frozen value costs more than all that is read here.
    deal = DealBuilder(None)
    deal.id = id_
    deal.number = number
    deal.seq = seq
    deal.release = release
    deal.funnel = funnel
    deal.case = case
    deal.stage = stage
    deal.visit = visit
    deal.created_at = created_at
    deal.entered_at = entered_at
    deal.owner = owner
    deal.account = account
    deal.contact = contact
    deal.closed_at = closed_at
    deal.outcome = outcome
    deal.last_interaction_at = last_interaction_at
    deal.replied = bool(replied)
    deal.contacted = bool(contacted)
    deal.hidden = bool(hidden)
    deal.parent = parent
    deal.fields = _fields(fields)
    deal.ticks = frozenset(live["ticks"])
    deal.visits = live["visits"]
    deal.timers = timers
    deal.progress = {name: _progress_of(*parts) for name, parts in live["progress"].items()}
    deal.tasks = live["tasks"]
    deal.stopped = {name: _stopped(*parts) for name, parts in live["stopped"].items()}
    deal.rules = {name: Firing(*parts) for name, parts in live.get("rules", {}).items()}
    deal.scores = {name: Scored(*parts) for name, parts in live.get("scores", {}).items()}
    deal.observed = observed_in(live)
    deal.known_at = live.get("$known_at", {})
    deal.imports = tuple(live["imports"])
    deal.touched = live["touched"]
    return deal.freeze()


def party_row(state: PartyState, head: bytes) -> tuple[object, ...]:
    """Return the row of an account or a contact: the columns of its table in their order."""
    row = (
        state.stream.id,
        state.seq,
        head,
        state.release,
        state.created_at,
        state.hidden,
        state.touched,
        state.import_id,
    )
    fields = _text({**state.fields, **_provenance(state)})
    if state.stream.kind is StreamKind.CONTACT:
        return (*row, fields, state.merged_into)
    name = state.fields.get("name")
    return (*row, fold(name) if isinstance(name, str) else None, fields, state.merged_into)


def party_of(kind: StreamKind, row: Row[Any]) -> PartyState:
    """Return the account or contact of a row of its table."""
    fields: dict[str, Any] = dict(_fields(row.fields))
    observed, known_at = observed_in(fields), fields.pop("$known_at", {})
    fields.pop("$observed", None)
    return PartyState(
        stream=Stream(kind, row.id),
        seq=row.seq,
        release=row.release,
        created_at=row.created_at,
        fields=fields,
        hidden=bool(row.hidden),
        import_id=row.import_id,
        touched=bool(row.touched),
        observed=observed,
        known_at=known_at,
        merged_into=row.merged_into,
    )
