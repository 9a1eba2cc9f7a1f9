"""What happens by the clock, as sentences: when, on which condition, for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from voronka.definition.timed import AnchorKind, Rhythm, TimedEvent, ZoneOf
from voronka.definition.wording.conditions import condition
from voronka.definition.wording.naming import Naming
from voronka.messages import Sentence, Text

__all__ = ["EVENTS_TOLD", "clock", "told_event"]

EVENTS_TOLD: Mapping[str, Text] = MappingProxyType(
    {
        "deal.created": Text("a deal is opened"),
        "deal.reopened": Text("a deal is reopened"),
        "stage.entered": Text("a stage is entered"),
        "stage.left": Text("a stage is left"),
        "field.changed": Text("a field changes"),
        "transition.refused": Text("a move is refused"),
        "checklist.ticked": Text("an item of a checklist is ticked"),
        "interaction.logged": Text("an interaction is logged"),
        "task.done": Text("a task is done"),
        "sla.breached": Text("a stage takes longer than agreed"),
        "timer.fired": Text("a timed event comes about"),
        "timer.skipped": Text("a timed event is skipped"),
        "order.imported": Text("an order comes in"),
        "score.changed": Text("a score changes"),
        "message.sent": Text("a message is sent"),
        "message.failed": Text("a message fails"),
    }
)
"""What happens to deals, in words."""


def clock(minutes: int) -> str:
    """Return a time of day; `minutes` since midnight."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def told_event(event: TimedEvent, naming: Naming) -> str:
    """Return when a timed event comes about, as a sentence without its full stop and without what it does."""
    return ", ".join(_parts(event, naming))


def _parts(event: TimedEvent, naming: Naming) -> Iterator[str]:
    yield from _hours(event, naming)
    say = naming.say
    if event.each is not None:
        yield say(Text("for each row of {rows}", rows=naming.collection(event.each)))
    if event.when is not None:
        yield say(Text("if {condition}", condition=condition(event.when, naming)))
    if event.until is not None:
        yield say(Text("until {condition}", condition=condition(event.until, naming)))
    if event.at_most is not None:
        yield say(Text("at most {n} times in one stay", n=event.at_most))
    if event.keep:
        yield say(Text("also after the stage is left"))
    yield from _late(event, naming)


def _hours(event: TimedEvent, naming: Naming) -> Iterator[str]:
    say = naming.say
    yield say(_rhythm(event, naming))
    if event.at is not None:
        yield say(Text("at {time}", time=clock(event.at)))
    if event.window is not None:
        hours = {"start": clock(event.window.start), "end": clock(event.window.end)}
        yield say(Text("between {start} and {end}", **hours))
    if event.zone in _ZONES:
        yield say(_ZONES[event.zone])


def _late(event: TimedEvent, naming: Naming) -> Iterator[str]:
    """Yield what becomes of an occurrence that came due while nobody could do it."""
    say = naming.say
    if event.backfill:
        yield say(Text("what is due already when this comes into force is made up for"))
    limit = event.on_missed.limit
    if limit is not None and limit.count:
        yield say(Text("dropped if later than {duration}", duration=limit.sentence()))
    elif limit is not None:
        yield say(Text("dropped if it could not be done in time"))


def _rhythm(event: TimedEvent, naming: Naming) -> Text:
    offsets: Sentence | str = naming.listed(naming.say(offset.sentence()) for offset in event.offsets)
    anchor = event.anchor
    if event.rhythm is Rhythm.EVERY:
        if anchor.kind is AnchorKind.STAGE:
            return Text("every {offsets} while the deal stands here", offsets=offsets)
        return Text("every {offsets} from {moment}", offsets=offsets, moment=_moment(event, naming))
    if event.rhythm is Rhythm.BEFORE:
        return Text("{offsets} before {moment}", offsets=offsets, moment=_moment(event, naming))
    if anchor.kind is AnchorKind.STAGE:
        return Text("{offsets} after the stage was entered", offsets=offsets)
    return Text("{offsets} after {moment}", offsets=offsets, moment=_moment(event, naming))


def _moment(event: TimedEvent, naming: Naming) -> str:
    anchor = event.anchor
    match anchor.kind:
        case AnchorKind.STAGE:
            return naming.say(Text("the entry into the stage"))
        case AnchorKind.LAST_INTERACTION:
            return naming.say(Text("the last contact"))
        case AnchorKind.FIELD:
            return naming.called(anchor.name, (event.each or "") if anchor.of_row else "")
    told = EVENTS_TOLD.get(anchor.name)
    return naming.quoted(anchor.name if told is None else told)


_ZONES = {
    ZoneOf.CONTACT: Text("by the contact's clock"),
    ZoneOf.ACCOUNT: Text("by the account's clock"),
    ZoneOf.OWNER: Text("by the owner's clock"),
}
