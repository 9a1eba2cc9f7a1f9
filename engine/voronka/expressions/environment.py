"""What an expression is evaluated over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from voronka.expressions.values import Value
from voronka.frozen import frozen

if TYPE_CHECKING:
    from voronka.calendars import WorkingCalendar

__all__ = ["Env", "RowsNotLoaded"]


class RowsNotLoaded(LookupError):  # noqa: N818 - a request for rows, not an error
    """An aggregate needs the rows of a `collection` that the environment does not hold."""

    def __init__(self, collection: str) -> None:
        super().__init__(collection)
        self.collection = collection


@frozen
class Env:
    """The values of one subject at one moment.

    `values` by full name (``account.turnover``); an absent one is missing. `rows` by collection, each in the order in
    which ``first`` and ``last`` see them: by time where rows have one, else as they were added. `now` in UTC
    microseconds; `zone` is an IANA name. `previous`: the values before the command, all of them, as `values`; None:
    nothing changed. `visits`: stays by stage. `row`: that of which an expression about a row is asked.
    """

    values: Mapping[str, Value | None]
    now: int
    zone: str
    calendar: WorkingCalendar
    rows: Mapping[str, Sequence[Mapping[str, Value | None]]] = field(default_factory=dict)
    previous: Mapping[str, Value | None] | None = None
    visits: Mapping[str, int] = field(default_factory=dict)
    row: Mapping[str, Value | None] = field(default_factory=dict)
