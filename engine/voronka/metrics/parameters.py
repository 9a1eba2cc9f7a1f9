"""What the parameters of a question about numbers stand for: a funnel, days, months, people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from voronka.calendars import TimeError, date_of, day_start, in_iso, instant, parse_date
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.errors import UsageFault
from voronka.expressions import one_of
from voronka.mart.schema import kept
from voronka.messages import Label, Text
from voronka.runtime.queries import Asked
from voronka.runtime.viewer import hidden_of_some
from voronka.runtime.words import Json, words

__all__ = [
    "amount_field",
    "day_of",
    "first_of_month",
    "funnel_of",
    "later_month",
    "month_edges",
    "named",
    "owner_of",
    "period_of",
    "shown_fields",
    "start_of",
]


_FIRST, _LAST = 1900, 2199
"""The years of which numbers are told: far beyond all sales, and so that periods and forecasts can be reckoned."""


def funnel_of(asked: Asked) -> Funnel:
    """Return the funnel that the parameter names. Raises `UsageFault` for none, or one that there is not."""
    name = asked.text("funnel")
    if not name:
        raise UsageFault(
            Text("It is not said which funnel is meant."),
            Text("Known are: {names}.", names=", ".join(asked.workspace.funnels)),
        )
    return asked.workspace.funnels[named(name, asked.workspace.funnels)]


def named(name: str, funnels: Iterable[str]) -> str:
    """Return the name of a funnel. Raises `UsageFault` for one that there is not."""
    known = list(funnels)
    if name in known:
        return name
    raise UsageFault(
        Text("There is no funnel {name}.", name=name),
        one_of(name, known),
    )


def day_of(asked: Asked, name: str) -> date | None:
    """Return the day that a parameter names; None if it was not given.

    Raises `UsageFault` for what is no day, or one so far away that the periods beside it could not be reckoned.
    """
    written = asked.text(name)
    if written is None:
        return None
    try:
        day = parse_date(in_iso(written))
    except TimeError as fault:
        raise UsageFault(fault.reason, fault.remedy, place=name) from None
    if not _FIRST <= day.year <= _LAST:
        raise UsageFault(
            Text(
                "Numbers are told of the years {first} to {last}; {day} is none of their days.",
                first=str(_FIRST),
                last=str(_LAST),
                day=written,
            ),
            Text("Correct the year."),
            place=name,
        )
    return day


def start_of(asked: Asked, name: str, days: int = 0) -> int | None:
    """Return the beginning of the day that a parameter names, or of a later one; None if it was not given."""
    day = day_of(asked, name)
    if day is None:
        return None
    return instant(datetime.combine(day + timedelta(days=days), time()), asked.workspace.timezone)


def period_of(asked: Asked) -> tuple[int | None, int | None]:
    """Return the moments from and to, both days included. Raises `UsageFault` where the period ends first."""
    start, end = start_of(asked, "from"), start_of(asked, "to", days=1)
    if start is not None and end is not None and start >= end:
        raise UsageFault(
            Text(
                "The period ends before it begins: from {start} to {end}.",
                start=asked.text("from"),
                end=asked.text("to"),
            ),
            Text("Give the earlier day first, or leave one of the two out."),
        )
    return start, end


def first_of_month(moment: int, zone: str) -> date:
    """Return the first day of the month in which a moment lies."""
    return date_of(moment, zone).replace(day=1)


def later_month(first: date, months: int) -> date:
    """Return the first day of the month so many months later (earlier: a negative number)."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def month_edges(first: date, count: int, zone: str) -> list[int]:
    """Return the moments at which so many months begin, from `first` on, and the end of the last."""
    return [day_start(later_month(first, n), zone) for n in range(count + 1)]


def amount_field(asked: Asked) -> str | None:
    """Return the deals' field of money that is meant: the parameter amount, else the one called so, else the first.

    None where there is none, or it is not shown to whoever asks.
    """
    fields = asked.workspace.fields.get(Subject.DEALS, {}).values()
    money = [field.name for field in fields if field.type is FieldType.MONEY and kept(field)]
    shown = [field.name for field in shown_fields(asked)]
    given = asked.known("amount", [name for name in money if name in shown])
    meant = given or ("amount" if "amount" in money else next(iter(money), None))
    return meant if meant in shown else None


def shown_fields(asked: Asked) -> list[Field]:
    """Return the fields of deals that the mart keeps and whoever asks may see."""
    hidden = hidden_of_some(asked.workspace, asked.viewer.rights, Subject.DEALS)
    fields = asked.workspace.fields.get(Subject.DEALS, {})
    return [field for name, field in fields.items() if kept(field) and name not in hidden]


def owner_of(asked: Asked, owner: str | None) -> Json:
    """Return what an owner is called, in every language."""
    user = asked.workspace.people.get(owner or "")
    return words(user.label if user else Label.plain(asked.reader.users().get(owner or "", owner or "-")))
