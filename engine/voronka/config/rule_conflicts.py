"""Rules in each other's way, or in their own: two writers of one field, a rule that sets what triggers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from voronka.calendars import DailySchedule, IntervalSchedule, TimeSpan, WorkingCalendar
from voronka.config.finding import Finding, Place, Severity
from voronka.config.names import Declaration
from voronka.config.scalars import many
from voronka.definition.actions import AssignAction, MoveAction, SetAction
from voronka.definition.rules import Mode, Rule, Trigger, TriggerKind
from voronka.expressions import Env, Expression, Possibility, Value
from voronka.expressions.ir import Arithmetic, Const, Convert, Negate, Not, walk
from voronka.messages import Sentence, Text, listed

__all__ = ["check_rules"]


_OWNER, _STAGE = "owner", "stage"
_CONSTANT = (Arithmetic, Const, Convert, Negate)
_ALWAYS = WorkingCalendar(name="", week=((TimeSpan(0, 24 * 60),),) * 7)
_NAMED = 5
"""So many of the rules that contradict one are named."""


def check_rules(rules: Mapping[str, Rule], declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Yield what is doubtful about rules as a whole; `declared` tells where each is written."""
    working = [rule for rule in rules.values() if rule.mode is not Mode.OFF]
    for rule in working:
        watched = rule.trigger.name
        if rule.trigger.kind is TriggerKind.FIELD and watched in _written(rule):
            yield Finding(
                code="V5705",
                severity=Severity.WARNING,
                place=_place(declared[rule.name], watched),
                reason=Text(
                    "The rule {rule} sets {field}, which triggers it; it does not trigger itself, and what stood there"
                    " is lost.",
                    rule=rule.called,
                    field=watched,
                ),
                remedy=Text("Set another field, or let the rule wait for another."),
            )
    yield from _two_writers([rule for rule in working if rule.mode is Mode.ACTIVE], declared)


def _two_writers(rules: Iterable[Rule], declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Find rules that give a field another value than an earlier one does, which can act at the same time."""
    earlier: dict[str, list[_Writer]] = {}
    for rule in rules:
        possibility = Possibility() if rule.where is None else Possibility(rule.where.node)
        places, occasions = _places(rule), _occasions(rule.trigger)
        for field, value in _written(rule).items():
            writer = _Writer(rule, places, occasions, possibility, value)
            before = earlier.setdefault(field, [])
            others = list(islice((each for each in before if each.contradicts(writer)), _NAMED))
            before.append(writer)
            if not others:
                continue
            yield Finding(
                code="V5706",
                severity=Severity.WARNING,
                place=_place(declared[rule.name], field),
                reason=_both(others[0], writer, field) if len(others) == 1 else _with_several(writer, others, field),
                remedy=_MOVED_FIRST if field == _STAGE else _LAST_WORD,
                related=_place(declared[others[0].rule.name], field),
            )


_LAST_WORD = Text("Let “where” of the one exclude that of the other; of the two, the later one has the last word.")
_MOVED_FIRST = Text(
    "Let “where” of the one exclude that of the other; the later one moves the deal only if a way leads on from where "
    "the earlier one has moved it."
)


def _with_several(writer: _Writer, others: Sequence[_Writer], field: str) -> Sentence:
    said = {"rule": writer.rule.called, "others": listed([other.rule.called for other in others])}
    if any(other.coincides(writer) for other in others):
        if field == _STAGE:
            return Text(
                "The rule {rule} can act at once with {others}, and they move the deal to other stages.", **said
            )
        return Text(
            "The rule {rule} can act at once with {others}, and they set {field} to other values.", **said, field=field
        )
    if field == _STAGE:
        return Text("The rule {rule} moves the same deals as {others}, and they to other stages.", **said)
    return Text(
        "The rule {rule} sets {field} of the same deals as {others}, and they to other values.", **said, field=field
    )


def _both(first: _Writer, second: _Writer, field: str) -> Sentence:
    said = {"first": first.rule.called, "second": second.rule.called}
    if not first.coincides(second):
        if field == _STAGE:
            return Text("The rules {first} and {second} move the same deals, each to another stage.", **said)
        return Text(
            "The rules {first} and {second} set {field} of the same deals, each to another value.", **said, field=field
        )
    if field == _STAGE:
        return Text("The rules {first} and {second} can act at once, and each moves the deal to another stage.", **said)
    return Text(
        "The rules {first} and {second} can act at once, and each sets {field} to another value.", **said, field=field
    )


_MOVES = frozenset({"a move", "the clock"})
"""What takes a deal to another stage, and may set fields with it: a move, a timed event."""
_CHANGES = _MOVES | {"a creation", "values"}
_SCORED = _CHANGES | {"an interaction", "a task", "a tick"}
_OF_EVENTS: Mapping[str, frozenset[str]] = {
    "deal.created": frozenset({"a creation"}),
    "stage.entered": _MOVES | {"a creation"},
    "stage.left": _MOVES,
    "deal.reopened": _MOVES,
    "field.changed": _MOVES | {"values"},
    "score.changed": _SCORED,
    "checklist.ticked": frozenset({"a tick"}),
    "interaction.logged": frozenset({"an interaction"}),
    "task.done": frozenset({"a task"}),
    "sla.breached": frozenset({"the clock"}),
    "timer.fired": frozenset({"the clock"}),
}
"""In what each event happens; one that is not here happens alone."""


def _places(rule: Rule) -> Mapping[str, frozenset[str]]:
    """Return the stages, by funnel, where a deal stands when the rule acts at once."""
    trigger = rule.trigger
    if trigger.kind is not TriggerKind.STAGE:
        return rule.places
    return {funnel: stages & {trigger.name} for funnel, stages in rule.places.items()}


def _occasions(trigger: Trigger) -> frozenset[str]:
    """Return in what the trigger can come about: two that share an occasion may come about in one change, or minute."""
    schedule = trigger.schedule
    if isinstance(schedule, DailySchedule):
        days = range(7) if schedule.days is None else schedule.days
        return frozenset(f"day {day}, minute {schedule.at}" for day in days)
    match trigger.kind:
        case TriggerKind.EVENT:
            return _OF_EVENTS.get(trigger.name, frozenset({trigger.name}))
        case TriggerKind.FIELD:
            return _CHANGES
        case TriggerKind.STAGE:
            return _MOVES | {"a creation"}
    return frozenset({trigger.text})


class _Writer(NamedTuple):
    """A rule that sets a field to a value, on some occasions in some stages."""

    rule: Rule
    places: Mapping[str, frozenset[str]]
    occasions: frozenset[str]
    possibility: Possibility
    value: object

    @property
    def scheduled(self) -> bool:
        """Whether it goes over all deals again and again, rather than act as something happens to one."""
        return self.rule.trigger.kind is TriggerKind.SCHEDULE

    def contradicts(self, other: _Writer) -> bool:
        """Tell whether there is a stage where both can act on one deal, to different ends."""
        if self.value == other.value:
            return False
        coincide = self.coincides(other)
        if not (coincide or self.scheduled or other.scheduled):
            return False
        if self.possibility.excludes(other.possibility):
            return False
        places = [
            {"funnel": funnel, "stage": stage}
            for funnel, stages in self.places.items()
            for stage in sorted(stages & other.places.get(funnel, frozenset()))
        ]
        both = self.possibility.both(other.possibility)
        places = [place for place in places if both.can_hold(place)]
        if coincide:
            return bool(places)
        turns = [(mine, its) for mine, its in ((self, other), (other, self)) if mine.scheduled]
        return any(mine.finds(its, place) for mine, its in turns for place in places)

    def coincides(self, other: _Writer) -> bool:
        """Tell whether both can act at once: in one change, or by the clock in one minute."""
        if self.scheduled is not other.scheduled:
            return False
        between = (self.rule.trigger.schedule, other.rule.trigger.schedule)
        return any(isinstance(each, IntervalSchedule) for each in between) or not self.occasions.isdisjoint(
            other.occasions
        )

    def finds(self, other: _Writer, place: Mapping[str, Value | None]) -> bool:
        """Tell whether a scheduled rule comes upon every deal at `place` on which the `other` has acted: the condition
        of that one is enough for its own."""
        mine, theirs = self.rule.where, other.rule.where
        if mine is None or (theirs is not None and mine.text == theirs.text):
            return True
        falls_short = Possibility(Not(type=mine.node.type, text=mine.text, operand=mine.node))
        return not other.possibility.both(falls_short).can_hold(place)


def _written(rule: Rule) -> dict[str, object]:
    """Return what a rule sets, by field, the owner by whom it is chosen from; expressions by their text."""
    found: dict[str, object] = {}
    for action in rule.actions:
        match action:
            case SetAction():
                found |= action.values
            case MoveAction():
                found |= {_STAGE: action.to, **action.set}
            case AssignAction():
                found[_OWNER] = action
    return {name: _settled(value) if isinstance(value, Expression) else value for name, value in found.items()}


def _settled(value: Expression) -> object:
    """Return what an expression of constants comes to, so that `=10` is the same as `10`; another by its text."""
    if all(isinstance(part, _CONSTANT) for part in walk(value.node)):
        return value.evaluate(Env(values={}, now=0, zone="UTC", calendar=_ALWAYS))
    return ("=", " ".join(value.text.split()))


def _place(declaration: Declaration, field: str) -> Place:
    word = {_STAGE: "move", _OWNER: "assign"}.get(field, "")
    for action in many(declaration.value.get("do")):
        if (whole := action.key(word)) is not None:
            return whole.place
        for values in (action.get("set"), action.at("move", "set")):
            if values is not None and (key := values.key(field)) is not None:
                return key.place
    return declaration.name.place
