"""Timed events: those written under `timed`, and the breach of a stage's agreed time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voronka.calendars import DailyWindow, Duration, Unit
from voronka.config.build_actions import build_actions
from voronka.config.context import FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import clock, duration, many, one_of, true, whole, window
from voronka.definition.timed import Anchor, AnchorKind, OnMissed, Rhythm, TimedEvent, TimedSource, ZoneOf
from voronka.definition.vocabulary import EVENTS
from voronka.expressions import Kind, suggest
from voronka.messages import Text

__all__ = ["build_clock", "build_timed", "refuse_nothing", "sla_event"]

_ELAPSING = frozenset({Unit.MINUTES, Unit.HOURS})
_DEAL = "deal."
"""What stands before a name of the deal where a row may have one like it."""
_MOMENTS = frozenset({Kind.DATE, Kind.DATETIME})
_AT_ONCE: Mapping[AnchorKind, Text] = {
    AnchorKind.STAGE: Text("Put what is done at once under “do” of the stage's “enter”, or write a longer delay."),
    AnchorKind.LAST_INTERACTION: Text("Let a rule do at once what follows a contact, or write a longer delay."),
    AnchorKind.EVENT: Text("Let a rule do at once what follows the event, or write a longer delay."),
}


def sla_event(stage: str, limit: Duration) -> TimedEvent:
    """Return the timed event that tells when a deal has stayed in `stage` for `limit`."""
    return TimedEvent(
        name=f"{stage}.sla",
        stages=frozenset({stage}),
        source=TimedSource.SLA,
        anchor=Anchor(kind=AnchorKind.STAGE),
        rhythm=Rhythm.AFTER,
        offsets=(limit,),
    )


def build_timed(key: Node, node: Node, stages: frozenset[str], funnel: FunnelContext) -> TimedEvent | None:
    """Return the timed event that `key` names, for `stages`; None where what is written makes none."""
    # An event that does not say when it comes is none; what it would do is checked all the same.
    rhythm = next((each for each in Rhythm if node.get(each.value) is not None), Rhythm.AFTER)
    expressions = funnel.workspace.expressions
    each = _each(node.get("each"), funnel)
    anchor = _anchor(node, rhythm, each, funnel)
    offsets = _offsets(node, rhythm, anchor, funnel)
    at = build_clock(node.get("at"), offsets, funnel)
    event = TimedEvent(
        name=key.text,
        stages=stages,
        source=TimedSource.TIMED,
        anchor=anchor or Anchor(kind=AnchorKind.STAGE),
        rhythm=rhythm,
        offsets=offsets,
        at=at,
        zone=_zone(node, offsets, anchor, funnel),
        window=_window(node, at, funnel),
        each=each,
        keep=true(node.get("keep")),
        backfill=true(node.get("backfill")),
        when=expressions.compile(node.get("when"), funnel.scope, row=each),
        until=expressions.compile(node.get("until"), funnel.scope, row=each),
        at_most=whole(node.get("at_most")),
        on_missed=_on_missed(node.get("on_missed"), funnel),
        actions=build_actions(
            node.get("do"), replace(funnel, by_timer=True, each=each, counted=_counted(anchor, each))
        ),
    )
    return event if offsets else None


def _counted(anchor: Anchor | None, each: str | None) -> str | None:
    """Return the field or column from which an event counts; None if that is something else."""
    if anchor is None or anchor.kind is not AnchorKind.FIELD:
        return None
    return f"{each}.{anchor.name}" if anchor.of_row else anchor.name


def _each(node: Node | None, funnel: FunnelContext) -> str | None:
    known = [name for name in funnel.scope.collections if "." not in name]
    return refer(NameKind.COLLECTION, node, known, funnel.report)


def _window(node: Node, at: int | None, funnel: FunnelContext) -> DailyWindow | None:
    written = node.get("window")
    hours = window(written, funnel.report)
    if hours is not None and written is not None and at is not None and not hours.has(at):
        funnel.report.error(
            "V5608",
            written.place,
            Text(
                "The time of day {at} lies outside {window}, so it would never fire then.",
                at=f"{at // 60:02}:{at % 60:02}",
                window=written.text,
            ),
            Text("Write a time of day within the window, or remove one of the two."),
        )
    return hours


def _zone(node: Node, offsets: tuple[Duration, ...], anchor: Anchor | None, funnel: FunnelContext) -> ZoneOf:
    written = node.get("zone")
    whose = one_of(ZoneOf, written) or ZoneOf.WORKSPACE
    dated = anchor is None or anchor.dated or any(each.unit not in _ELAPSING for each in offsets)
    if written is not None and whose is not ZoneOf.WORKSPACE and not dated and offsets and node.get("window") is None:
        funnel.report.warning(
            "V5609",
            written.place,
            Text("{offset} is as long by all clocks, so “zone” changes nothing.", offset=str(offsets[0])),
            Text("Remove “zone”, count in days, or write the “window” of the day in which the event may fire."),
        )
    return whose


def build_clock(node: Node | None, offsets: tuple[Duration, ...], funnel: FunnelContext) -> int | None:
    """Return the time of day at `node`; offsets that elapse (minutes, hours) have none."""
    minutes = clock(node, funnel.report)
    elapsing = [each for each in offsets if not each.unit.dated]
    if node is not None and offsets and len(elapsing) == len(offsets):
        funnel.report.error(
            "V5601",
            node.place,
            Text("A time of day does not go with {offset}: minutes and hours elapse.", offset=str(elapsing[0])),
            Text("Remove “at”, or count in days, weeks, months or working days."),
        )
    elif node is not None and elapsing:
        funnel.report.warning(
            "V5601",
            node.place,
            Text(
                "The time of day {at} does not hold for {offsets}: minutes and hours elapse.",
                at=node.text,
                offsets=", ".join(map(str, elapsing)),
            ),
            Text("Write {offsets} in a timed event of its own, without “at”.", offsets=", ".join(map(str, elapsing))),
        )
    return minutes


def refuse_nothing(written: Node, remedy: Text, funnel: FunnelContext) -> None:
    """Report a delay of nothing: what is due at once would be found due before and skipped."""
    funnel.report.error(
        "V5602", written.place, Text("A delay of nothing never comes: its time has passed when it begins."), remedy
    )


def _offsets(node: Node, rhythm: Rhythm, anchor: Anchor | None, funnel: FunnelContext) -> tuple[Duration, ...]:
    offsets: list[Duration] = []
    # A field may name a moment ahead; a time of day may be later on the same day.
    is_ahead = node.get("at") is not None or anchor is None or anchor.kind is AnchorKind.FIELD
    for each in many(node.get(rhythm.value)):
        offset = duration(each, funnel.report)
        if offset is None:
            continue
        if rhythm is Rhythm.EVERY and offset.count == 0:
            funnel.report.error(
                "V5602",
                each.place,
                Text("A period of nothing would fire for ever."),
                Text("Write a period above zero, such as 1 day."),
            )
        elif rhythm is Rhythm.AFTER and offset.count == 0 and not is_ahead:
            refuse_nothing(each, _AT_ONCE[anchor.kind if anchor is not None else AnchorKind.STAGE], funnel)
        elif offset in offsets:
            funnel.report.error(
                "V5603",
                each.place,
                Text("The offset {offset} stands here twice.", offset=str(offset)),
                Text("Write each offset once."),
            )
        else:
            offsets.append(offset)
    return tuple(offsets)


def _anchor(node: Node, rhythm: Rhythm, each: str | None, funnel: FunnelContext) -> Anchor | None:
    written = node.get("from")
    if written is None or written.text == "stage":
        anchor = Anchor(kind=AnchorKind.STAGE)
    elif written.text == "last_interaction_at":
        anchor = Anchor(kind=AnchorKind.LAST_INTERACTION)
    elif written.text.startswith("event "):
        anchor = Anchor(kind=AnchorKind.EVENT, name=_event(written, funnel))
        if each is not None:
            funnel.report.error(
                "V5607",
                written.place,
                Text("An event is one of the deal, not of a row of {collection}.", collection=each),
                Text("Name a date or datetime field of the row under “from”, or remove “each”."),
            )
    else:
        return _field(written, each, funnel)
    if rhythm is Rhythm.BEFORE:
        funnel.report.error(
            "V5604",
            (written or node.key("before") or node).place,
            Text(
                "“before” needs a moment that is known ahead, and “from: {anchor}” is not.",
                anchor=written.text if written is not None else "stage",
            ),
            Text("Name a date or datetime field under “from”, or use “after”."),
        )
    return anchor


def _event(node: Node, funnel: FunnelContext) -> str:
    name = node.text.removeprefix("event ").strip()
    if name not in EVENTS:
        funnel.report.error(
            "V3117",
            node.place,
            Text("There is no event “{name}”.", name=name),
            Text("Use one of {events}.", events=", ".join(EVENTS)),
            suggestion=f"event {meant}" if (meant := suggest(name, EVENTS)) else None,
        )
    return name


def _field(node: Node, each: str | None, funnel: FunnelContext) -> Anchor | None:
    if node.text in funnel.workspace.expressions.broken:
        return None
    of_row, own = funnel.scope.collections[each] if each is not None else {}, funnel.scope.names
    names = {**funnel.scope.names, **of_row, **{f"{_DEAL}{name}": own[name] for name in own if of_row}}
    moments = {name for name, what in names.items() if what.type.kind in _MOMENTS}
    if node.text in names and node.text not in moments:
        funnel.report.error(
            "V5605",
            node.place,
            Text("{field} is neither a date nor a moment, so nothing can be counted from it.", field=node.text),
            Text("Name a field of the type date or datetime."),
        )
        return None
    name = refer(NameKind.FIELD, node, {*moments, "stage", "last_interaction_at"}, funnel.report)
    if name not in names:
        return None
    dated = names[name].type.kind is Kind.DATE
    return Anchor(kind=AnchorKind.FIELD, name=name.removeprefix(_DEAL), dated=dated, of_row=name in of_row)


def _on_missed(node: Node | None, funnel: FunnelContext) -> OnMissed:
    if node is None or node.text == "run":
        return OnMissed()
    if node.text == "skip":
        return OnMissed(limit=Duration(0, Unit.MINUTES))
    return OnMissed(limit=duration(node.get("skip_if_later_than"), funnel.report))
