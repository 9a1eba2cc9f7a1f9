"""What happened instead of what was expected, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

from voronka.definition.actions import NotifyAction, SendAction, TaskAction
from voronka.definition.scenarios import Expect, Expected
from voronka.definition.timed import TimedEvent
from voronka.definition.writing import written_moment
from voronka.messages import Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.refusals import listed
from voronka.runtime.queries import QUERIES, Asked
from voronka.testing.comparison import Difference
from voronka.testing.observing import Observation

__all__ = ["narrative"]

_MOST = 12
"""So many sentences tell enough."""
_QUIET = frozenset(
    {happened.TimerArmed.kind, happened.TaskDone.kind, happened.StageLeft.kind, happened.EffectRequested.kind}
)


def narrative(observation: Observation, differences: Sequence[Difference], expect: Expect) -> tuple[Sentence, ...]:
    """Return what stands behind differences: first of what would have brought about what is missing, else all.

    A timed event that ended tells how, with the condition that kept it and the values that it read.
    """
    told = [each for difference in differences for each in difference.because]
    events = _concerned(observation, differences, expect)
    entries = _why(observation)
    if events:
        told += _of_timers(observation, events, entries)
    else:
        told += [line for entry in entries for line in _lines(observation, entry)]
    return tuple(told[:_MOST])


def _concerned(observation: Observation, differences: Sequence[Difference], expect: Expect) -> list[TimedEvent]:
    """Return the timed events that the differences are about."""
    state = observation.state()
    variant = observation.workspace.funnels[state.funnel].variant(state.case)
    names = [each.name.partition(".")[2] for each in differences if each.name.startswith(("timers.", "ended."))]
    wanted: list[Expected] = []
    for each in differences:
        if each.name in ("sent", "notified", "tasks"):
            wanted += getattr(expect, each.name) or ()
    titles = {value for thing in wanted for value in thing.values() if isinstance(value, str)}
    return [event for name, event in variant.timed.items() if name in names or not titles.isdisjoint(_brings(event))]


def _brings(event: TimedEvent) -> Iterator[str]:
    """Yield the templates and the titles of tasks that a timed event brings about."""
    for action in event.actions:
        match action:
            case SendAction() | NotifyAction():
                yield action.template
            case TaskAction():
                yield from action.title.texts.values()


def _why(observation: Observation) -> list[Mapping[str, Any]]:
    """Return the entries since the expectation before, told in every language."""
    engine = observation.engine
    with engine.read() as reader:
        asked = Asked(
            reader=reader,
            workspace=engine.workspace,
            now=engine.clock.now(),
            params={"deal": observation.deal.id.hex(), "after": observation.since},
        )
        entries: list[Mapping[str, Any]] = QUERIES["why"](asked)
    return entries


def _of_timers(
    observation: Observation, events: Sequence[TimedEvent], entries: Sequence[Mapping[str, Any]]
) -> Iterator[Sentence]:
    """Yield for each timed event how it ended, until when it waits, or why it does not."""
    state = observation.state()
    for event in events:
        silent = True
        for entry in entries:
            for line in _lines(observation, entry, only=event.name):
                silent = False
                yield line
        for moment in observation.waiting(event.name):
            silent = False
            yield Text("{timer} waits until {moment}.", timer=event.name, moment=_moment(observation, moment))
        if silent and state.stage not in event.stages:
            yield Text(
                "{timer} does not wait: it belongs to {stages}, and the deal stands in {stage}.",
                timer=event.name,
                stages=listed(sorted(event.stages)),
                stage=state.stage,
            )
        elif silent:
            yield Text("{timer} does not wait, and has not ended since.", timer=event.name)


def _lines(observation: Observation, entry: Mapping[str, Any], only: str | None = None) -> Iterator[Sentence]:
    """Yield what an entry tells; of `only` one timed event, if it is named."""
    moment = _moment(observation, entry["recorded_at"])
    for event in entry["events"]:
        timer = event["kind"] == happened.TimerEnded.kind
        if event["kind"] in _QUIET or (only is not None and not (timer and event["key"][1] == only)):
            continue
        yield Text("{moment}: {told}.", moment=moment, told=Label(event["told"]))
        if timer and event["result"] != "fired":
            yield from _conditions(entry, event["key"][1])


def _conditions(entry: Mapping[str, Any], timer: str) -> Iterator[Sentence]:
    """Yield the conditions of a timed event that were judged in an entry, with the values that they read."""
    for link in entry["links"]:
        for judgement in link["judgements"]:
            if judgement["name"].startswith(f"{timer}.") and judgement["words"]:
                yield Label({language: indent(told, "    ") for language, told in judgement["words"].items()})


def _moment(observation: Observation, at: int) -> str:
    return written_moment(at, observation.workspace.timezone)
