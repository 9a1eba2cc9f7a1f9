"""Public holidays and moved working days of a country, from the `holidays` package."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

__all__ = ["CountryYear", "country_year", "is_country"]


class CountryYear(NamedTuple):
    """One year of a country: the dates that are off, and the weekend dates that are worked instead."""

    off: frozenset[date]
    work: frozenset[date]


def is_country(code: str) -> bool:
    """Return whether the holidays of `code` (ISO 3166-1 alpha-2, such as ``RU``) are known."""
    from holidays import list_supported_countries  # 0.1 s: only a workspace that names a country pays it

    return code in list_supported_countries(include_aliases=False)


@lru_cache(maxsize=1024)
def country_year(code: str, year: int) -> CountryYear:
    """Return the days off and the moved working days of `code` in `year`.

    Days moved by a yearly decree are known as far as the installed `holidays` package knows them; for later
    years its general rules apply.
    """
    from holidays import country_holidays

    # A day off of a neighbouring year may be paid with a weekend of this one.
    known = country_holidays(code, years=(year - 1, year, year + 1))
    return CountryYear(
        off=frozenset(day for day in known if day.year == year),
        work=frozenset(day for day in known.weekend_workdays if day.year == year),
    )
