"""Rules: what is done by itself whenever something happens to a deal, or by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from voronka.calendars import DailySchedule, Duration, Schedule
from voronka.definition.actions import Action
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label, Sentence, called

__all__ = ["Mode", "Rule", "Trigger", "TriggerKind"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Mode(StrEnum):
    """Whether a rule acts, only tells what it would do, or rests."""

    ACTIVE = "active"
    SHADOW = "shadow"
    OFF = "off"


class TriggerKind(StrEnum):
    """What a rule waits for."""

    EVENT = "event"
    FIELD = "field"
    STAGE = "stage"
    SCHEDULE = "schedule"


@frozen
class Trigger:
    """When a rule is judged.

    `name`: the event (``interaction.logged``), the field that changed (``amount``, ``account.turnover``) or the stage
    that was entered; empty for a `schedule`. `funnel`: the stage's.
    """

    kind: TriggerKind
    name: str = ""
    funnel: str = ""
    schedule: Schedule | None = None

    @property
    def text(self) -> str:
        """The trigger in short, as it is written."""
        if self.kind is TriggerKind.STAGE:
            return f"stage {self.funnel}.{self.name}"
        schedule = self.schedule
        if schedule is None:
            return f"{self.kind.value} {self.name}"
        if not isinstance(schedule, DailySchedule):
            return f"every {schedule.every}"
        days = "working" if schedule.days is None else ", ".join(_DAYS[day] for day in sorted(schedule.days))
        return f"{days} {schedule.at // 60:02}:{schedule.at % 60:02}"


@frozen
class Rule:
    """A rule about deals.

    `places`: the stages, by funnel, where `where` can hold at all; elsewhere the rule is not even judged. `closed`: it
    sees closed deals, too. `again_after`: how long after it acted on a deal it may act there again; for a schedule
    also without the condition having ceased to hold meanwhile.
    """

    name: str
    trigger: Trigger
    label: Label
    where: Expression | None = None
    actions: tuple[Action, ...] = ()
    closed: bool = False
    again_after: Duration | None = None
    mode: Mode = Mode.ACTIVE
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def done(self) -> tuple[Action, ...]:
        """The actions that it really does: none of a rule that only tells what it would do, or rests."""
        return self.actions if self.mode is Mode.ACTIVE else ()

    @property
    def called(self) -> Sentence:
        """What people call the rule, with its name if that is another."""
        return called(self.name, self.label)
