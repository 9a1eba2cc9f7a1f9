"""The functions of the language, by name."""

from __future__ import annotations

__all__ = ["LATER", "SIGNATURES"]

SIGNATURES = {
    "count": "count(collection, condition)",
    "sum": "sum(collection, value, condition)",
    "avg": "avg(collection, value, condition)",
    "min": "min(collection, value, condition)",
    "max": "max(collection, value, condition)",
    "first": "first(collection, value, condition)",
    "last": "last(collection, value, condition)",
    "count_distinct": "count_distinct(collection, value, condition)",
    "median": "median(collection, value, condition)",
    "percentile": "percentile(collection, value, 90, condition)",
    "any": "any(collection, yes_or_no, condition)",
    "all": "all(collection, yes_or_no, condition)",
    "coalesce": "coalesce(x, y)",
    "least": "least(x, y)",
    "greatest": "greatest(x, y)",
    "mod": "mod(a, b)",
    "abs": "abs(x)",
    "round": "round(x, 2)",
    "floor": "floor(x)",
    "ceil": "ceil(x)",
    "contains": 'contains(x, "part")',
    "starts_with": 'starts_with(x, "part")',
    "ends_with": 'ends_with(x, "part")',
    "lower": "lower(x)",
    "trim": "trim(x)",
    "length": "length(x)",
    "minutes": "minutes(30)",
    "hours": "hours(2)",
    "days": "days(2)",
    "weeks": "weeks(2)",
    "months": "months(2)",
    "working_hours": "working_hours(2)",
    "working_days": "working_days(2)",
    "start_of_week": "start_of_week(x)",
    "start_of_month": "start_of_month(x)",
    "start_of_quarter": "start_of_quarter(x)",
    "start_of_year": "start_of_year(x)",
    "year": "year(x)",
    "month": "month(x)",
    "day": "day(x)",
    "weekday": "weekday(x)",
    "days_since": "days_since(x)",
    "workdays_since": "workdays_since(x)",
    "workdays_between": "workdays_between(start, end)",
    "visits": 'visits("stage")',
    "changed": "changed(x)",
    "previous": "previous(x)",
    "stale": "stale(x)",
}
"""How each function is written; the condition of an aggregate may be left out."""
LATER = frozenset({"stddev", "hint"})
"""Functions that come with a later version."""
