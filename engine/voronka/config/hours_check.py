"""Messages that could never leave: the quiet hours take up the whole window of their timed event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.calendars import DailyWindow
from voronka.config.finding import Finding, Severity
from voronka.config.names import Declaration
from voronka.config.timed_places import timed_place
from voronka.definition.actions import NotifyAction, SendAction
from voronka.definition.funnels import Funnel
from voronka.definition.timed import TimedEvent, ZoneOf
from voronka.messages import Text

__all__ = ["check_hours"]

_SAME_CLOCKS = frozenset({ZoneOf.WORKSPACE, ZoneOf.CONTACT})
"""Whose clocks a window goes by where it surely meets contacts who live by the same ones."""


def check_hours(
    funnels: Mapping[str, Funnel], quiet: DailyWindow | None, declared: Mapping[str, Declaration]
) -> Iterator[Finding]:
    """Yield the events whose messages to the contact have no hour to leave in by one and the same clock.

    `declared` tells where each funnel stands.
    """
    if quiet is None:
        return
    allowed = quiet.outside()
    for funnel in funnels.values():
        events = {event.name: event for variant in funnel.variants.values() for event in variant.timed.values()}
        for event in events.values():
            window = event.window
            if window is None or event.zone not in _SAME_CLOCKS or not _writes_to_the_contact(event):
                continue
            if allowed.has(window.start) or window.has(allowed.start):
                continue
            yield Finding(
                code="V5611",
                severity=Severity.WARNING,
                place=timed_place(declared[funnel.name], event.name, "window"),
                reason=Text(
                    "The quiet hours {quiet} take up the whole window {window}: by the same clocks no message of"
                    " {event} ever leaves for the contact.",
                    quiet=_written(quiet),
                    window=_written(window),
                    event=event.name,
                ),
                remedy=Text("Write a window that reaches beyond the quiet hours, or remove it."),
            )


def _writes_to_the_contact(event: TimedEvent) -> bool:
    return any(isinstance(each, (SendAction, NotifyAction)) and each.to == "contact" for each in event.actions)


def _written(hours: DailyWindow) -> str:
    ends = (hours.start, hours.end)
    return "-".join(f"{each // 60:02}:{each % 60:02}" for each in ends)
