"""Texts of a configuration as the values their places call for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import TypeVar

from voronka.calendars import DailyWindow, Duration, DurationError, TimeError, TimeSpan, ZoneError, parse_date, zone
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.errors import VoronkaError
from voronka.messages import Label, Text

__all__ = [
    "clock",
    "day",
    "days_of_week",
    "duration",
    "fraction",
    "hours",
    "label",
    "many",
    "one_of",
    "options_of",
    "refuse",
    "true",
    "whole",
    "window",
    "zone_name",
]

E = TypeVar("E", bound=Enum)

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?", re.ASCII)


def refuse(node: Node, fault: VoronkaError, report: Report) -> None:
    """Report that the value at `node` cannot be what its place calls for."""
    report.error("V3901", node.place, fault.reason, fault.remedy)


def many(node: Node | None) -> Sequence[Node]:
    """Return the members of a list; a single value is a list of one."""
    if node is None or node.is_empty or node.is_null:
        return ()
    return node.elements if node.is_sequence else (node,)


def true(node: Node | None) -> bool:
    """Return whether the switch at `node` is on; one that is absent is off."""
    return node is not None and node.text == "true"


def one_of(kind: type[E], node: Node | None) -> E | None:
    """Return the member of `kind` that `node` names; what is none of them the schema has refused."""
    if node is None:
        return None
    try:
        return kind(node.text)
    except ValueError:
        return None


def label(node: Node | None, fallback: str) -> Label:
    """Return the label written at `node`, plain or by language; a label defaults to the id."""
    if node is None or node.is_null or node.is_empty:
        return Label.plain(fallback)
    if node.is_mapping:
        texts = {entry.key.text: entry.value.text for entry in node.items() if entry.value.is_scalar}
        return Label(texts or {"": fallback})
    return Label.plain(node.text)


def options_of(node: Node | None) -> dict[str, Label]:
    """Return the options of a choice with their labels: a list of names, or names with labels."""
    if node is None:
        return {}
    if node.is_mapping:
        return {entry.key.text: label(entry.value, entry.key.text) for entry in node.items()}
    return {each.text: Label.plain(each.text) for each in node.elements}


def duration(node: Node | None, report: Report) -> Duration | None:
    """Return the duration at `node`."""
    if node is None:
        return None
    try:
        return Duration.parse(node.text)
    except DurationError as fault:
        refuse(node, fault, report)
        return None


def day(node: Node, report: Report) -> date | None:
    """Return the date at `node`."""
    try:
        return parse_date(node.text)
    except TimeError as fault:
        refuse(node, fault, report)
        return None


def whole(node: Node | None) -> int | None:
    """Return the whole number at `node`; another text the schema has refused."""
    if node is None or not node.text.isascii() or not node.text.isdigit():
        return None
    return int(node.text)


def fraction(node: Node | None, report: Report) -> float | None:
    """Return the percentage at `node` as a fraction: ``10%`` is 0.10."""
    if node is None:
        return None
    found = _PERCENT.fullmatch(node.text)
    value = float(found[1]) / 100 if found else None
    if value is None or value > 1:
        report.error(
            "V3901",
            node.place,
            Text("“{text}” is not a share of the whole.", text=node.text),
            Text("Write a percentage between 0% and 100%, such as 40%."),
        )
        return None
    return value


def clock(node: Node | None, report: Report) -> int | None:
    """Return the time of day at `node` in minutes since midnight."""
    if node is None:
        return None
    minutes = _minutes(node.text)
    if minutes is None or minutes >= 24 * 60:
        report.error(
            "V3901",
            node.place,
            Text("“{text}” is not a time of day.", text=node.text),
            Text("Write hours and minutes as in “09:30”."),
        )
        return None
    return minutes


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= 24 * 60 else None


def hours(node: Node, report: Report) -> tuple[TimeSpan, ...]:
    """Return the hours of a day at `node`: one span such as ``09:00-18:00``, or a list of them."""
    spans = []
    for written in many(node):
        start, _, end = written.text.partition("-")
        first, last = _minutes(start), _minutes(end)
        if first is None or last is None or first >= last:
            report.error(
                "V3901",
                written.place,
                Text("“{text}” is not a span of hours.", text=written.text),
                Text("Write start and end, as in “09:00-18:00”."),
            )
        else:
            spans.append(TimeSpan(first, last))
    return tuple(spans)


def window(node: Node | None, report: Report) -> DailyWindow | None:
    """Return the hours of every day at `node`, such as ``09:00-20:00``; they may go over midnight."""
    if node is None or report.broken(node.place):
        return None
    start, _, end = node.text.partition("-")
    first, last = _minutes(start), _minutes(end)
    if first is None or last is None or first % (24 * 60) == last % (24 * 60):
        report.error(
            "V3901",
            node.place,
            Text("“{text}” is not a part of the day.", text=node.text),
            Text("Write two times of day that differ, as in “09:00-20:00”."),
        )
        return None
    return DailyWindow(first, last or 24 * 60)


def zone_name(node: Node | None, report: Report) -> str | None:
    """Return the time zone at `node`, a name of the IANA database."""
    if node is None or report.broken(node.place):
        return None
    try:
        zone(node.text)
    except ZoneError as fault:
        refuse(node, fault, report)
        return None
    return node.text


def days_of_week(node: Node, report: Report) -> tuple[int, ...]:
    """Return the weekdays that ``mon``, ``mon-thu`` or ``sat, sun`` names; Monday is 0."""
    days: list[int] = []
    for part in node.text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if first not in _WEEKDAYS or (dash and last not in _WEEKDAYS[_WEEKDAYS.index(first) :]):
            report.error(
                "V3901",
                node.place,
                Text("“{text}” names no days of the week.", text=node.text),
                Text("Write days as in “mon-thu” or “sat, sun”."),
            )
            return ()
        start = _WEEKDAYS.index(first)
        days += range(start, (_WEEKDAYS.index(last) if dash else start) + 1)
    return tuple(days)
