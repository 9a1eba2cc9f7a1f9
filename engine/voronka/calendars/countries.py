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


_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
# The countries of the oldest `holidays` we accept. To ask it for them loads a module for each country.


def is_country(code: str) -> bool:
    """Return whether the holidays of `code` (ISO 3166-1 alpha-2, such as ``RU``) are known."""
    if code in _COUNTRIES.split():
        return True
    from holidays import list_supported_countries  # 0.15 s: only a mistake, or a country newer than the list, pays it

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
