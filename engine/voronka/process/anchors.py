"""What a timed event of a deal counts from, by whose clocks, and for which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from functools import lru_cache

from voronka.calendars import DATE_CLOCK, instant, parse_date
from voronka.definition.timed import AnchorKind, ZoneOf
from voronka.expressions import RowsNotLoaded
from voronka.process.draft import Draft
from voronka.process.environment import rows_key
from voronka.process.plan import TimedPlan
from voronka.process.state import Held, Progress, TimerKey, progress_of
from voronka.process.step import Row
from voronka.process.timing import Timing

__all__ = ["anchor_of", "dates_moved", "kept", "plan_in_force", "rows_of", "timing_of"]

_NEW = Progress()
_NO_ROWS: Mapping[str, Row] = {"": {}}


@lru_cache(maxsize=4096)
def _date_clock(day: str, zone: str) -> int:
    return instant(datetime.combine(parse_date(day), time(DATE_CLOCK // 60, DATE_CLOCK % 60)), zone)


def anchor_of(draft: Draft, plan: TimedPlan, row: str = "") -> int | None:
    """Return the moment that a timed event counts from, None while there is none. A date counts from 09:00 of it."""
    anchor = plan.event.anchor
    if anchor.kind is AnchorKind.FIELD:
        value = _value(draft, plan, row)
        if isinstance(value, str):
            return _date_clock(value, draft.workspace.timezone)
        return value if isinstance(value, int) else None
    if anchor.kind is AnchorKind.LAST_INTERACTION:
        return draft.deal.last_interaction_at or draft.deal.created_at
    known = draft.deal.progress.get(progress_of(plan.name, row), _NEW)
    if known.visit:
        return known.anchor
    if anchor.kind is AnchorKind.STAGE:
        return draft.deal.entered_at
    # What happened, and is remembered.
    return known.anchor if known.event is None or known.event == anchor.name else None


def _value(draft: Draft, plan: TimedPlan, row: str) -> object:
    """Return the value of the field that a timed event counts from."""
    anchor = plan.event.anchor
    return rows_of(draft, plan).get(row, {}).get(anchor.name) if anchor.of_row else draft.value(anchor.name)


def dates_moved(draft: Draft, former_zone: str) -> dict[str, int]:
    """Return, by the name of its progress, the anchor of what counts from a date, by the workspace's present zone.

    Only of what has counted from the very date by the clocks of the `former_zone`.
    """
    zone, moved = draft.workspace.timezone, {}
    for name, progress in draft.deal.progress.items():
        event, _, row = name.partition("[")
        plan = draft.variant.timed.get(event)
        if plan is None or not plan.event.anchor.dated or (plan.each is not None) != bool(row):
            continue
        value = _value(draft, plan, row[:-1])
        if isinstance(value, str) and progress.anchor == _date_clock(value, former_zone):
            moved[name] = _date_clock(value, zone)
    return moved


def timing_of(draft: Draft, plan: TimedPlan) -> Timing:
    """Return when a timed event comes by the clocks of its zone; by the workspace's where the one meant has none."""
    if plan.local:
        return plan.own
    if plan.zone is ZoneOf.OWNER:
        user = draft.names.user(draft.deal.owner)
        zone: Held | None = None if user is None else user.zone
    else:
        party = draft.names.party(plan.zone.value)
        zone = None if party is None else party.fields.get("zone")
    return plan.timing(zone) if isinstance(zone, str) else plan.own


def rows_of(draft: Draft, plan: TimedPlan) -> Mapping[str, Row]:
    """Return, by key, the rows for which a timed event has occurrences; one without a key for the deal as a whole.

    `RowsNotLoaded` if nobody has looked them up.
    """
    if plan.each is None:
        return _NO_ROWS
    key = rows_key(draft.deal, plan.each)
    found = None if key is None else draft.rows.of(key)
    if found is None:
        raise RowsNotLoaded(plan.each)
    return found


def plan_in_force(draft: Draft, key: TimerKey) -> TimedPlan | None:
    """Return the definition of what waits: of the stage where the deal stands, or of what is kept of a visit before."""
    if key.visit == draft.deal.visit:
        return draft.stage.timed.get(key.event)
    plan = draft.variant.timed.get(key.event)
    return plan if plan is not None and plan.keep else None


def kept(draft: Draft) -> Iterator[tuple[TimedPlan, str]]:
    """Yield what is kept of earlier visits: each timed event with its row."""
    if draft.variant.keeps:
        for name, progress in tuple(draft.deal.progress.items()):
            event, _, row = name.partition("[")
            plan = draft.variant.timed.get(event) if progress.visit else None
            if plan is not None and plan.keep:
                yield plan, row[:-1]
