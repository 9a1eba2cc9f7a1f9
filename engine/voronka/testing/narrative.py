"""What happened instead of what was expected, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from textwrap import indent
from typing import Any

from voronka.definition.funnels import Trigger, Variant
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.definition.scenarios import Expect, Expected
from voronka.definition.timed import TimedEvent
from voronka.definition.writing import written_moment
from voronka.expressions import Expression
from voronka.messages import LANGUAGES, Label, Sentence, Text, listed
from voronka.process import events as happened
from voronka.process.changes import changed_names
from voronka.process.plan import plan_of
from voronka.process.rules import triggered
from voronka.runtime.queries import QUERIES, Asked
from voronka.runtime.queries.telling import kept_reason
from voronka.testing.comparison import Difference
from voronka.testing.observing import Observation
from voronka.testing.sources import sources

__all__ = ["indented", "narrative"]

_MOST = 12
"""So many sentences tell enough."""
_QUIET = frozenset({happened.TimerArmed.kind, happened.TaskDone.kind, happened.StageLeft.kind})
_NAMED = {"sent": "template", "notified": "template", "tasks": "title", "opened": "funnel"}
"""The attribute that names an expected thing, by the key of the expectation."""
_OTHER = {
    "sent": ("notified", Text("It is a notice to our own people: expect it under `notified`.")),
    "notified": ("sent", Text("It is a message, not a notice: expect it under `sent`.")),
}


def narrative(observation: Observation, differences: Sequence[Difference], expect: Expect) -> tuple[Sentence, ...]:
    """Return what stands behind differences: first of what would have brought about what is missing, else all.

    A timed event that ended tells how, with the condition that kept it and the values that it read; a move, a rule and
    a formula that did nothing tell their conditions as they are now.
    """
    told = [each for difference in differences for each in difference.because]
    cause = _Cause(observation)
    found = list(dict.fromkeys(line for each in differences for line in cause.of(each.name, expect)))
    told += found or cause.everything() or [Text("Nothing has happened since.")]
    return tuple(told[:_MOST])


class _Cause:
    """Looks for the cause of one difference after the other."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        self._workspace = observation.workspace
        self._state = observation.state()

    @property
    def _variant(self) -> Variant:
        return self._workspace.funnels[self._state.funnel].variant(self._state.case)

    def of(self, name: str, expect: Expect) -> Iterator[Sentence]:
        """Yield what stands behind a difference of this name, as far as one thing does."""
        key, _, part = name.partition(".")
        if key in ("timers", "ended"):
            if (event := self._variant.timed.get(part)) is not None:
                yield from self._of_timer(event)
        elif key == "stage" and expect.stage is not None:
            yield from self._of_stage(expect.stage)
        elif key == "fields":
            yield from self._of_field(part)
        elif key in _NAMED:
            yield from self._of_things(key, getattr(expect, key))

    def everything(self) -> list[Sentence]:
        """Return what has happened since the expectation before."""
        return [line for entry in self._entries for line in self._lines(entry)]

    # What was expected

    def _of_things(self, key: str, wanted: Sequence[Expected]) -> Iterator[Sentence]:
        names = [name for thing in wanted if isinstance(name := thing.get(_NAMED[key]), str)]
        rules = self._workspace.rules.values()
        found = list(sources(key, names, self._variant, rules))
        occasions = [source.occasion for source in found if source.occasion is not None]
        for event in dict.fromkeys(source.event for source in found if source.event is not None):
            yield from self._of_timer(event)
        for rule in (source.rule for source in found if source.rule is not None):
            yield from self._of_rule(rule, key)
        if occasions:
            yield from self.everything()
            yield from occasions
            yield Text("The deal stands in {stage}.", stage=self._state.stage)
        for name in sorted(set(names) - {source.thing for source in found}):
            other, remedy = _OTHER.get(key, ("", None))
            if remedy is not None and any(sources(other, [name], self._variant, rules)):
                yield remedy
            elif name in self._elsewhere:
                yield Text(
                    "{thing} came about on a deal that this one has opened; `{key}` counts this deal alone.",
                    thing=name,
                    key=key,
                )
            else:
                yield Text("Nothing in the funnel and no rule brings about {thing}.", thing=name)

    def _of_timer(self, event: TimedEvent) -> Iterator[Sentence]:
        """Yield how a timed event ended, until when it waits, or why it does not."""
        silent = True
        for entry in self._entries:
            for line in self._lines(entry, only=event):
                silent = False
                yield line
        for moment in self._observation.waiting(event.name):
            silent = False
            yield Text("{timer} waits until {moment}.", timer=event.name, moment=self._moment(moment))
        if not silent:
            return
        if (before := self._ended_before(event.name)) is not None:
            yield from before
        elif self._state.stage not in event.stages:
            yield Text(
                "{timer} does not wait: it belongs to {stages}, and the deal stands in {stage}.",
                timer=event.name,
                stages=listed(sorted(event.stages)),
                stage=self._state.stage,
            )
        else:
            yield Text("{timer} does not wait, and has not ended since.", timer=event.name)

    def _ended_before(self, timer: str) -> list[Sentence] | None:
        """Return how a timed event ended before the expectation before, None if it did not."""
        earlier = [entry for entry in self._whole if entry["seq"] <= self._observation.since]
        for entry in reversed(earlier):
            for event in entry["events"]:
                if event["kind"] == happened.TimerEnded.kind and event["key"][1] == timer:
                    return [
                        Text("{timer} ended before the expectation before this one:", timer=timer),
                        *self._event(entry, event),
                    ]
        return None

    @cached_property
    def _events_elsewhere(self) -> list[happened.Event]:
        """What happened on the deals that this one has opened."""
        courses = self._observation.opened_courses()
        return [event for course in courses for entry in course.entries for event in entry.events]

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        """What came about on the deals that this one has opened: templates, and titles in every language."""
        found: set[str] = set()
        for event in self._events_elsewhere:
            if isinstance(event, happened.EffectRequested):
                found.add(event.template)
            elif isinstance(event, happened.TaskOpened):
                found.update(event.title.values())
        return frozenset(found)

    def _of_rule(self, rule: Rule, key: str) -> Iterator[Sentence]:
        acted = [
            self._told(entry, event)
            for entry in self._entries
            for event in entry["events"]
            if event["kind"].startswith("rule.") and event.get("rule") == rule.name
        ]
        if acted:
            yield from acted
        elif any(isinstance(event, happened.RuleFired) and event.rule == rule.name for event in self._events_elsewhere):
            yield Text(
                "The rule {rule} acted on a deal that this one has opened; `{key}` counts this deal alone.",
                rule=rule.name,
                key=key,
            )
        elif rule.mode is Mode.OFF:
            yield Text("The rule {rule} is off.", rule=rule.name)
        elif rule.where is None:
            yield self._untriggered(rule) or Text("The rule {rule} has not acted.", rule=rule.name)
        else:
            if (untriggered := self._untriggered(rule)) is not None:
                yield untriggered
                yield Text("Its condition is now:")
            else:
                yield Text("The rule {rule} has not acted; its condition is now:", rule=rule.name)
            yield self._explained(rule.where)

    def _untriggered(self, rule: Rule) -> Sentence | None:
        """Return that nothing has triggered a rule since the expectation before; None if something may have."""
        when = rule.trigger
        funnel = plan_of(self._workspace).funnel(self._state.funnel)
        beyond = when.kind is TriggerKind.SCHEDULE or (when.kind is TriggerKind.FIELD and "." in when.name)
        if funnel is None or beyond:
            return None  # of the clock, and of fields of others, the deal's history does not tell
        events = [event for entry in self._observation.seen.entries for event in entry.events]
        changed = changed_names(events)
        names = funnel.rules.names if changed is None else changed
        if any(plan.name == rule.name for plan in triggered(funnel.rules, events, names, "")):
            return None
        return Text(
            "The rule {rule} has not acted: what it waits for, {trigger}, has not come since.",
            rule=rule.name,
            trigger=when.text,
        )

    def _of_stage(self, wanted: str) -> Iterator[Sentence]:
        """Yield why the deal did not come into a stage: what has happened, and the ways that nothing has taken."""
        yield from self.everything()
        ways = [way for way in self._variant.transitions.values() if way.target == wanted]
        ways = [way for way in ways if way.source == self._state.stage]
        for way in ways:
            if way.trigger is Trigger.AUTO and way.when is not None and way.name not in self._stopped:
                yield Text("The automatic move {way} waits for its condition, which is now:", way=way.name)
                yield self._explained(way.when)
            elif way.trigger is Trigger.AFTER:
                for event in self._variant.timed.values():
                    if event.transition == way.name:
                        yield from self._of_timer(event)
        asked = any(
            event["kind"] in (happened.StageEntered.kind, happened.TransitionRefused.kind)
            for entry in self._entries
            for event in entry["events"]
        )
        if not asked and all(way.trigger is Trigger.MANUAL for way in ways):
            yield Text("Nobody has asked for a move.")

    @property
    def _stopped(self) -> frozenset[str]:
        return frozenset(
            event["transition"]
            for entry in self._whole
            for event in entry["events"]
            if event["kind"] == happened.TransitionStopped.kind
        )

    def _of_field(self, name: str) -> Iterator[Sentence]:
        _, _, own = name.rpartition(".")
        field = self._observation.field(name)
        if field is not None and field.formula is not None and own == name:
            yield Text("{field} is computed:", field=name)
            yield self._explained(field.formula)
            return
        changes = [
            self._told(entry, event)
            for entry in self._entries
            for event in entry["events"]
            if event["kind"] == happened.FieldsChanged.kind and name in event["new"]
        ]
        yield from changes
        if not changes and field is not None and own == name:
            yield Text("{field} has not been set since.", field=name)

    # What happened

    @cached_property
    def _whole(self) -> list[Mapping[str, Any]]:
        """The whole history, told in every language."""
        engine = self._observation.engine
        with engine.read() as reader:
            asked = Asked(
                reader=reader,
                workspace=engine.workspace,
                now=engine.clock.now(),
                params={"deal": self._observation.deal.id.hex()},
            )
            entries: list[Mapping[str, Any]] = QUERIES["why"](asked)
        return entries

    @property
    def _entries(self) -> list[Mapping[str, Any]]:
        """The entries since the expectation before."""
        return [entry for entry in self._whole if entry["seq"] > self._observation.since]

    def _lines(self, entry: Mapping[str, Any], only: TimedEvent | None = None) -> Iterator[Sentence]:
        """Yield what an entry tells; of `only` one timed event and its messages, if one is named."""
        for event in entry["events"]:
            if only is None or self._concerns(only, event):
                yield from self._event(entry, event)

    def _concerns(self, timed: TimedEvent, event: Mapping[str, Any]) -> bool:
        if event["kind"] == happened.TimerEnded.kind:
            return bool(event["key"][1] == timed.name)
        effect = self._observation.effect(event.get("effect") or "")
        if effect is None:
            return False
        return effect.timed is not None and effect.timed.get("name") == timed.name

    def _event(self, entry: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[Sentence]:
        kind = event["kind"]
        if kind == happened.EffectRequested.kind:
            yield from self._waits(f"{entry['seq']}.{event['n']}")
        elif kind not in _QUIET:
            yield self._told(entry, event)
            if kind == happened.TimerEnded.kind and event["result"] != "fired":
                yield from self._conditions(entry, event["key"][1])
            elif kind == happened.TransitionStopped.kind:
                yield from self._gates(entry, event["gates"])

    def _told(self, entry: Mapping[str, Any], event: Mapping[str, Any]) -> Sentence:
        moment = self._moment(entry["recorded_at"])
        effect = self._observation.effect(event.get("effect") or "")
        if effect is not None and event["kind"] == happened.MessageSent.kind:
            return Text("{moment}: the message {template} was sent.", moment=moment, template=effect.template)
        if effect is not None and event["kind"] == happened.MessageFailed.kind:
            return Text(
                "{moment}: the message {template} was given up: {reason}.",
                moment=moment,
                template=effect.template,
                reason=kept_reason(event["reason"], event.get("reasons", {})),
            )
        return Text("{moment}: {told}.", moment=moment, told=Label(event["told"]))

    def _waits(self, key: str) -> Iterator[Sentence]:
        """Yield that a message has not left yet, if it has not."""
        settled = (happened.MessageSent.kind, happened.MessageFailed.kind, happened.EffectSkipped.kind)
        if any(
            event["kind"] in settled and event.get("effect") == key
            for entry in self._whole
            for event in entry["events"]
        ):
            return
        if (effect := self._observation.effect(key)) is not None:
            yield Text(
                "The message {template} is held back until {moment}.",
                template=effect.template,
                moment=self._moment(effect.at),
            )

    def _conditions(self, entry: Mapping[str, Any], timer: str) -> Iterator[Sentence]:
        """Yield the conditions of a timed event that were judged in an entry, with the values that they read."""
        for judgement in _judged(entry):
            if judgement["name"].startswith(f"{timer}.") and judgement["words"]:
                yield indented(Label(judgement["words"]))

    def _gates(self, entry: Mapping[str, Any], gates: Sequence[str]) -> Iterator[Sentence]:
        """Yield what the gates that stopped a move asked for."""
        for judgement in _judged(entry):
            if judgement["name"] in gates and judgement["words"]:
                yield Text("    Does not hold: {condition}", condition=Label(judgement["words"]))

    def _explained(self, expression: Expression) -> Sentence:
        explanation = expression.explain(self._observation.leaves(expression))
        return indented(Label({language: explanation.render(language) for language in LANGUAGES}))

    def _moment(self, at: int) -> str:
        return written_moment(at, self._workspace.timezone)


def _judged(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for link in entry["links"]:
        yield from link["judgements"]


def indented(told: Sentence) -> Sentence:
    """Return what stands behind a sentence, set off from it."""
    return Label({language: indent(told.render(language), "    ") for language in LANGUAGES})
