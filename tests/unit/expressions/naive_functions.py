"""The functions of single values by the letter of docs/expressions.md, as the independent evaluator has them."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

INTEGERS = range(-(2**63), 2**63)
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÀАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
SMALL = dict(zip(CAPITALS, "abcdefghijklmnopqrstuvwxyzàабвгдеёжзийклмнопрстуфхцчшщъыьэюя", strict=True))
QUARTERS = {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7, 10: 10, 11: 10, 12: 10}


def rounded(number, digits):
    """Round a half away from zero; four units in the last place below a half count as the half."""
    scaled = abs(number) * 10.0**digits
    if math.isinf(scaled):
        return None
    whole = math.floor(Fraction(scaled * (1 + 2.0**-50) if scaled < 2**45 else scaled) + Fraction(1, 2))
    return within(-whole if number < 0 else whole)


def within(value):
    return value if value in INTEGERS else None


def finite(value):
    return value if math.isfinite(value) else None


def called(function, values):  # noqa: C901 - one case a function
    """Return what a function gives for values of which none is missing; dates are dates, money is major units."""
    first = values[0]
    match function:
        case "contains":
            return any(first[n:].startswith(values[1]) for n in range(len(first) + 1))
        case "starts_with":
            return first[: len(values[1])] == values[1]
        case "ends_with":
            return first[len(first) - len(values[1]) :] == values[1] if len(values[1]) <= len(first) else False
        case "lower":
            return "".join(SMALL.get(letter, letter) for letter in first)
        case "trim":
            return first.strip(" ")
        case "length":
            return sum(1 for _ in first)
        case "+":
            return f"{first}{values[1]}"
        case "abs":
            found = first if first >= 0 else -first
            return found if isinstance(found, float) else within(found)
        case "floor":
            return within(math.floor(Fraction(first)))
        case "ceil":
            return within(math.ceil(Fraction(first)))
        case "round" if len(values) == 1:
            return rounded(first, 0)
        case "round":
            found = rounded(first, values[1])
            return None if found is None else found / 10.0 ** values[1]
        case "least":
            return sorted(values)[0]
        case "greatest":
            return sorted(values)[-1]
        case "start_of_week":
            return date.fromordinal((first.toordinal() - 1) // 7 * 7 + 1).isoformat()
        case "start_of_month":
            return date(first.year, first.month, 1).isoformat()
        case "start_of_quarter":
            return date(first.year, QUARTERS[first.month], 1).isoformat()
        case "start_of_year":
            return date(first.year, 1, 1).isoformat()
        case "weekday":
            return ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(f"{first:%a}") + 1
    return {"year": first.year, "month": first.month, "day": first.day}[function]


def compared(operator, left, right):
    if left is None or right is None:
        return None
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right
