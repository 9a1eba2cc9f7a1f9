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
    "any": "any(collection, yes_or_no, condition)",
    "all": "all(collection, yes_or_no, condition)",
    "coalesce": "coalesce(x, y)",
    "mod": "mod(a, b)",
    "days": "days(2)",
    "working_days": "working_days(2)",
    "days_since": "days_since(x)",
    "workdays_since": "workdays_since(x)",
    "visits": 'visits("stage")',
    "changed": "changed(x)",
    "previous": "previous(x)",
}
"""How each function is written; the condition of an aggregate may be left out."""
LATER = frozenset({"count_distinct", "median", "percentile", "stddev", "hint"})
"""Functions that come with a later version."""
