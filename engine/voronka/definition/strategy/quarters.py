"""Quarters of calendar years, as they are written: ``2027-Q1``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

__all__ = ["Quarter", "last_day_of", "quarter_of"]

_WRITTEN = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


class Quarter(NamedTuple):
    """A quarter of a calendar year; quarters compare by time."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"

    def since(self, first: Quarter) -> int:
        """Return how many quarters after `first` this one comes."""
        return (self.year - first.year) * 4 + self.number - first.number

    def after(self, count: int) -> Quarter:
        """Return the quarter that comes `count` quarters later."""
        years, number = divmod(self.number - 1 + count, 4)
        return Quarter(self.year + years, number + 1)


def quarter_of(text: str) -> Quarter | None:
    """Return the quarter that a text such as ``2027-Q1`` names; None if it names none."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not 1 <= int(found[1]) < date.max.year:
        return None
    return Quarter(int(found[1]), int(found[2]))


def last_day_of(quarter: Quarter) -> date:
    """Return the last day of a quarter."""
    following = quarter.after(1)
    return date(following.year, following.number * 3 - 2, 1) - timedelta(days=1)
