"""An independent evaluator: walks a random tree by the letter of docs/expressions.md, slowly and plainly.

A tree is a tuple (operation, kind, parts…). `tree()` draws one, `written()` gives its text, `evaluate()` its value.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.unit.expressions.naive_dates import EPOCH, day_of, shifted, since, spanned, today
from tests.unit.expressions.naive_functions import called, compared, finite, rounded, within
from tests.unit.expressions.naive_shares import FORMULAS, exactly, is_amount, judged, reckoned

DEAL = {
    "B": ["vip", "replied", "big"],
    "I": ["count_of_sites"],
    "N": ["score", "tenth", "rest", "limit"],
    "P": ["discount", "rate"],
    "M": ["amount", "budget", "account.turnover", "fee"],
    "T": ["comment"],
    "C": ["loss_reason"],
    "D": ["deadline"],
    "Z": ["created_at", "last_interaction_at"],
}
COLUMNS = {
    "orders": {"B": ["open"], "M": ["amount", "paid", "due"], "T": ["number"], "Z": ["at"]},
    "components": {"B": ["confirmed"], "I": ["units"], "N": ["weight"], "P": ["share"]},
}
LENGTHS = {"0 minutes": 0, "90 minutes": 90, "3 days": 4320, "1 week": 10080}
OPTIONS = ["price", "timing", "no_answer"]
AGGREGATES = {
    "B": ["first", "last", "any", "all"],
    "I": ["first", "last", "sum", "min", "max"],
    "N": ["first", "last", "sum", "min", "max", "avg"],
    "P": ["first", "last", "sum", "min", "max", "avg"],
    "M": ["first", "last", "sum", "min", "max"],
    "T": ["first", "last", "min", "max"],
    "Z": ["first", "last", "min", "max"],
}
BELOW = {
    "B": "name lit text cmp cmp cmp cmp span and or not missing present in if coalesce agg agg agg agg changed",
    "I": (
        "name lit + - * neg abs least part length whole mod if coalesce agg agg count count since worksince workbetween"
        " visits"
    ),
    "N": "name lit + - * / neg abs least round if coalesce agg agg avgmoney mix",
    "P": "name lit + - coalescelit agg",
    "M": "name + - neg abs least pluslit if coalesce agg agg previous",
    "T": "name lit lower trim join if coalesce agg",
    "C": "name if coalesce",
    "D": "name today start least shift if coalesce",
    "Z": "name now least shift if coalesce agg",
}


@st.composite
def tree(draw, kind, depth=3, rows=None):  # noqa: C901 - one case an operation
    """Draw a tree of a kind; `rows`: the collection whose row is at hand."""

    def below(kind):
        return draw(tree(kind, depth - 1, rows))

    def pick(*options):
        return draw(st.sampled_from(options))

    def column():
        names = COLUMNS.get(rows, {}).get(kind, [])
        outer = [f"deal.{name}" for name in DEAL[kind]] if rows else DEAL[kind]
        return pick(*names, *outer)

    operation = pick(*BELOW[kind].split()) if depth > 0 else pick("name", "lit")
    if rows and operation in {"agg", "count", "avgmoney", "changed", "previous"}:
        operation = "name"
    match operation:
        case "lit" if kind in "BINPT":
            return ("lit", kind, draw(literal(kind)))
        case "cmp":
            return comparison(draw, below, pick)
        case "and" | "or":
            return (operation, "B", *(below("B") for _ in range(pick(2, 3))))
        case "not":
            return ("not", "B", below("B"))
        case "missing" | "present":
            return (operation, "B", below(pick(*DEAL)))
        case "in":
            inner = pick(*"INPTCM")
            options = [draw(literal(inner)) for _ in range(pick(1, 3))]
            return ("in", "B", pick("in", "not in"), below(inner), options)
        case "text":
            return ("call", "B", pick("contains", "starts_with", "ends_with"), below("T"), below("T"))
        case "lower" | "trim" | "abs":
            return ("call", kind, operation, below(kind))
        case "join":
            return ("call", "T", "+", below("T"), below("T"))
        case "length":
            return ("call", "I", "length", below("T"))
        case "part":
            return ("call", "I", pick("year", "month", "day", "weekday"), below(pick("D", "Z")))
        case "start":
            return ("call", "D", f"start_of_{pick('week', 'month', 'quarter', 'year')}", below(pick("D", "Z")))
        case "whole":
            return ("call", "I", pick("round", "floor", "ceil"), below(pick("N", "M")))
        case "round":
            return ("call", "N", "round", below(pick("N", "M")), ("lit", "I", pick("1", "2", "6")))
        case "least":
            return ("call", kind, pick("least", "greatest"), below(kind), below(kind))
        case "if":
            return ("if", kind, below("B"), below(kind), below(kind))
        case "coalesce":
            return ("coalesce", kind, *(below(kind) for _ in range(pick(2, 3))))
        case "coalescelit":
            return ("coalescelit", "P", below("P"), draw(literal("N")))
        case "pluslit":
            return ("pluslit", "M", below("M"), draw(literal("M")))
        case "+" | "-" | "*" | "/" if kind == "N":
            left, right = pick(*"INP"), pick(*"INP")
            if operation != "/" and {left, right} in ({"I"}, {"P"}) and not (operation == "*" and left == "P"):
                left = "N"
            return (operation, kind, below(left), below(right))
        case "+" | "-" | "*":
            return (operation, kind, below(kind), below(kind))
        case "mix":
            inner = ("name", "N", "deal.score" if rows else "score")
            operation, left, right = pick(
                ("+", "M", "N"), ("-", "N", "M"), ("*", "M", "N"), ("/", "M", "M"), ("*", "P", "M")
            )
            return (operation, "N", *(inner if k == "N" else below(k) for k in (left, right)))
        case "neg":
            return ("neg", kind, below(kind))
        case "mod":
            return ("mod", "I", below("I"), below("I"))
        case "agg" | "avgmoney":
            wanted = "M" if operation == "avgmoney" else kind
            collection = pick(*COLUMNS)
            function = "avg" if operation == "avgmoney" else pick(*AGGREGATES[kind])
            value = draw(tree(wanted, min(depth - 1, 1), collection))
            condition = draw(tree("B", min(depth - 1, 1), collection)) if draw(st.booleans()) else None
            return ("agg", kind, function, collection, value, condition)
        case "count":
            collection = pick(*COLUMNS)
            condition = draw(tree("B", min(depth - 1, 1), collection)) if draw(st.booleans()) else None
            return ("agg", "I", "count", collection, None, condition)
        case "since" | "worksince":
            return (operation, "I", below(pick("D", "Z")))
        case "workbetween":
            return ("workbetween", "I", below(pick("D", "Z")), below(pick("D", "Z")))
        case "span":
            ends = [below(kind) for kind in pick("DD", "ZZ", "DZ")]
            more = pick(None, ("+", "hours", 5), ("-", "days", 2))
            length = pick(*LENGTHS)
            return ("span", "B", pick("==", "!=", "<", "<=", ">", ">="), *ends, more, length)
        case "visits":
            return ("visits", "I", pick("needs", "won"))
        case "shift":
            return ("shift", kind, below(kind), pick(1, -1), pick("days", "working_days"), pick(0, 1, 5, 12))
        case "today" | "now":
            return (operation, kind)
        case "changed":
            return ("changed", "B", pick("amount", "vip", "deadline"))
        case "previous":
            return ("previous", "M", "amount")
    return ("name", kind, column())


def comparison(draw, below, pick):
    operator = pick("==", "!=", "<", "<=", ">", ">=")
    left, right = pick(
        "II",
        "NN",
        "IN",
        "PN",
        "PI",
        "PP",
        "MM",
        "MI",
        "Ml",
        "MN",
        "TT",
        "Cl",
        "BB",
        "DD",
        "ZZ",
        "ZD",
        "Dl",
        "Zl",
        "Zd",
        "sl",
        "ls",
    )
    if "s" in (left, right):
        share = (
            pick("*", "/"),
            "N",
            below("M"),
            pick(below("N"), ("lit", "N", draw(literal("N"))), ("lit", "P", "10%")),
        )
        beside = ("lit", "N", pick("0.5", "2.25", "1000.305", "1234567.25"))
        return ("cmp", "B", operator, *((share, beside) if left == "s" else (beside, share)))
    if left in "CB":
        operator = pick("==", "!=")
    if right == "l":
        return ("cmp", "B", operator, below(left), ("lit", left, draw(literal(left))))
    if right == "d":
        return ("cmp", "B", operator, below("Z"), ("lit", "D", draw(literal("D"))))
    if left + right == "MN":
        return ("cmp", "B", operator, below("M"), ("+", "N", ("name", "N", "deal.score"), ("lit", "I", "1")))
    return ("cmp", "B", operator, below(left), below(right))


def literal(kind):
    """Draw the text of a literal."""
    match kind:
        case "B":
            return st.sampled_from(["true", "false"])
        case "I":
            return st.sampled_from(["0", "1", "2", "7", "100"])
        case "N":
            return st.sampled_from(["0.5", "1.0", "2.25", "1234567.25", "0.1"])
        case "P":
            return st.sampled_from(["0%", "10%", "12.5%", "33%"])
        case "M":
            return st.sampled_from(["0", "1", "2.50", "1000", "0.01"])
        case "T":
            return st.sampled_from(['""', '"a"', '"Я"', '"say 10%"', '" "'])
        case "C":
            return st.sampled_from([f'"{option}"' for option in OPTIONS])
        case "D":
            return st.sampled_from(['"2026-02-20"', '"2026-03-01"'])
        case _:
            return st.sampled_from(['"2026-02-20 18:30"', '"2026-02-24 00:00"', '"2026-02-20T18:30+03:00"'])


def written(node, inside=False):  # noqa: C901 - one case an operation
    """Return the text of a tree; `inside` a row, where the deal's names begin with ``deal.``."""
    match node:
        case ("name", _, name):
            return name if inside else name.removeprefix("deal.")
        case ("lit", _, text):
            return text
        case ("cmp", _, operator, left, right):
            return f"({written(left, inside)} {operator} {written(right, inside)})"
        case ("and" | "or" as word, _, *parts):
            return "(" + f" {word} ".join(written(part, inside) for part in parts) + ")"
        case ("not", _, part):
            return f"(not {written(part, inside)})"
        case ("missing", _, part):
            return f"({written(part, inside)} is missing)"
        case ("present", _, part):
            return f"({written(part, inside)} is not missing)"
        case ("in", _, word, part, options):
            return f"({written(part, inside)} {word} [{', '.join(options)}])"
        case ("if", _, condition, then, otherwise):
            return f"({written(then, inside)} if {written(condition, inside)} else {written(otherwise, inside)})"
        case ("coalesce", _, *parts):
            return f"coalesce({', '.join(written(part, inside) for part in parts)})"
        case ("call", _, "+", left, right):
            return f"({written(left, inside)} + {written(right, inside)})"
        case ("call", _, function, *parts):
            return f"{function}({', '.join(written(part, inside) for part in parts)})"
        case ("coalescelit", _, part, text):
            return f"coalesce({written(part, inside)}, {text})"
        case ("pluslit", _, part, text):
            return f"({written(part, inside)} + {text})"
        case ("neg", _, part):
            return f"(-{written(part, inside)})"
        case ("mod", _, left, right):
            return f"mod({written(left, inside)}, {written(right, inside)})"
        case ("agg", _, function, collection, value, condition):
            parts = [collection, *(written(part, True) for part in (value, condition) if part is not None)]
            return f"{function}({', '.join(parts)})"
        case ("since", _, part):
            return f"days_since({written(part, inside)})"
        case ("worksince", _, part):
            return f"workdays_since({written(part, inside)})"
        case ("workbetween", _, start, end):
            return f"workdays_between({written(start, inside)}, {written(end, inside)})"
        case ("span", _, operator, end, start, more, length):
            added = "" if more is None else f" {more[0]} {more[1]}({more[2]})"
            return f'({written(end, inside)} - {written(start, inside)}{added} {operator} "{length}")'
        case ("visits", _, stage):
            return f'visits("{stage}")'
        case ("shift", _, part, sign, unit, count):
            return f"({written(part, inside)} {'+' if sign > 0 else '-'} {unit}({count}))"
        case ("changed" | "previous" as word, _, name):
            return f"{word}({name})"
        case ("today" | "now" as word, _):
            return word
        case (operator, _, left, right):
            return f"({written(left, inside)} {operator} {written(right, inside)})"
    raise AssertionError(node)


def evaluate(node, env, row=None):  # noqa: C901 - one case an operation
    """Return the value of a tree over an environment."""

    def value(part):
        return evaluate(part, env, row)

    match node:
        case ("name", _, name):
            return named(name, env, row)
        case ("lit", kind, text):
            return meant(kind, text, env)
        case ("cmp", _, operator, left, right):
            return compared(operator, *(exactly(left, right, value) or alike(left, right, value, env)))
        case ("and", _, *parts):
            values = [value(part) for part in parts]
            return False if False in values else None if None in values else True
        case ("or", _, *parts):
            values = [value(part) for part in parts]
            return True if True in values else None if None in values else False
        case ("not", _, part):
            return None if value(part) is None else not value(part)
        case ("missing", _, part):
            return value(part) is None
        case ("present", _, part):
            return value(part) is not None
        case ("in", _, word, part, options):
            found = value(part)
            if found is None:
                return None
            alike_ones = [compared("==", *alike(part, ("lit", part[1], text), value, env)) for text in options]
            if None in alike_ones:
                return None
            held = any(alike_ones)
            return held if word == "in" else not held
        case ("if", _, condition, then, otherwise):
            return value(then) if value(condition) is True else value(otherwise)
        case ("coalesce", _, *parts):
            return next((found for part in parts if (found := value(part)) is not None), None)
        case ("call", _, function, *parts):
            return called_with(function, parts, value, env)
        case ("coalescelit", _, part, text):
            return float(text) if value(part) is None else value(part)
        case ("pluslit", _, part, text):
            return None if value(part) is None else within(value(part) + round(Fraction(text) * 100))
        case ("neg", kind, part):
            return None if value(part) is None else within(-value(part)) if kind in "IM" else -value(part)
        case ("mod", _, left, right):
            left, right = value(left), value(right)
            return None if left is None or not right else left - right * math.floor(Fraction(left, right))
        case ("agg", kind, function, collection, part, condition):
            rows = [r for r in env.rows[collection] if condition is None or evaluate(condition, env, r) is True]
            if part is None:
                return len(rows)
            values = [evaluate(part, env, r) for r in rows]
            return aggregated(function, kind, [number(part[1], v) for v in values] if function == "avg" else values)
        case ("since" | "worksince" as word, _, part):
            found = day_of(part[1], value(part), env)
            return None if found is None else since(found, today(env), working=word == "worksince")
        case ("workbetween", _, start, end):
            days = [day_of(part[1], value(part), env) for part in (start, end)]
            return None if None in days else since(*days, working=True)
        case ("span", _, operator, end, start, more, length):
            return compared(operator, spanned(end, start, more, value, env), LENGTHS[length])
        case ("visits", _, stage):
            return env.visits.get(stage, 0)
        case ("shift", kind, part, sign, unit, count):
            return None if value(part) is None else shifted(kind, value(part), sign, unit, count, env)
        case ("changed", _, name):
            return env.previous is not None and env.previous.get(name) != env.values.get(name)
        case ("previous", _, name):
            return (env.values if env.previous is None else env.previous).get(name)
        case ("today", _):
            return today(env).isoformat()
        case ("now", _):
            return env.now
        case (operator, kind, left, right):
            return calculated(operator, kind, (left[1], value(left)), (right[1], value(right)))
    raise AssertionError(node)


def called_with(function, parts, value, env):
    """Return what a function of single values gives: a date of a moment, a number of money, where it needs one."""
    values = [value(part) for part in parts]
    if None in values:
        return None
    kind = parts[0][1]
    if kind in "DZ" and function not in {"least", "greatest"}:
        values = [day_of(kind, values[0], env)]
    if function in {"round", "floor", "ceil"}:
        values[0] = number(kind, values[0] if function == "round" else judged(parts[0], value))
        if values[0] is None:
            return None
    return called(function, values)


def named(name, env, row):
    source = env.values if row is None or name.startswith("deal.") else row
    name = name.removeprefix("deal.")
    if name in FORMULAS:
        return evaluate(FORMULAS[name], env)
    match name:
        case "big":
            return None if source.get("amount") is None else source["amount"] >= 100_000_00
        case "fee":
            amount = source.get("amount")
            return None if amount is None else rounded(amount / 100.0 * 0.1, 2)
        case "due":
            amount, paid = source.get("amount"), source.get("paid")
            return None if amount is None or paid is None else within(amount - paid)
    return source.get(name)


def meant(kind, text, env):
    match kind:
        case "B":
            return text == "true"
        case "I":
            return int(text)
        case "P":
            return float(Fraction(text[:-1]) / 100)
        case "M":
            return round(Fraction(text) * 100)
        case "N":
            return float(text)
        case "Z":
            moment = datetime.fromisoformat(text.strip('"'))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(env.zone))
            return (moment - EPOCH) // timedelta(microseconds=1)
        case _:
            return text[1:-1]


def number(kind, value):
    return value if value is None else value / 100.0 if kind == "M" else float(value)


def coins(node, value):
    if value is None or node[1] == "M":
        return value
    return within(value * 100) if node[1] == "I" else rounded(value, 2)


def alike(left, right, value, env):
    """Return two values made comparable."""
    kinds = {left[1], right[1]}
    first, second = value(left), value(right)
    counted = "P" not in kinds and (is_amount(left) or is_amount(right))
    if "N" in kinds and not counted and {reckoned(left), reckoned(right)} != {None}:
        return number(left[1], judged(left, value)), number(right[1], judged(right, value))
    if len(kinds) == 1 and not counted:
        return first, second
    if kinds == {"M"}:
        return first, second
    if kinds == {"M", "I"}:
        return tuple(v if k == "M" or v is None else within(v * 100) for k, v in ((left[1], first), (right[1], second)))
    if "N" in kinds and "P" not in kinds and (is_amount(left) or is_amount(right)):
        return coins(left, first), coins(right, second)
    if kinds == {"D", "Z"}:
        return day_of(left[1], first, env), day_of(right[1], second, env)
    return number(left[1], first), number(right[1], second)


def calculated(operator, kind, left, right):
    if left[1] is None or right[1] is None:
        return None
    if kind in "IM":
        first, second = left[1], right[1]
        return within({"+": first + second, "-": first - second, "*": first * second}[operator])
    if operator == "/" and left[0] == right[0] == "M":
        first, second = float(left[1]), float(right[1])
    else:
        first, second = number(*left), number(*right)
    if operator == "/":
        return None if second == 0 else finite(first / second)
    return finite({"+": first + second, "-": first - second, "*": first * second}[operator])


def aggregated(function, kind, values):
    known = [value for value in values if value is not None]
    match function:
        case "first" | "last":
            return None if not values else values[0] if function == "first" else values[-1]
        case "any":
            return True if True in values else None if None in values else False
        case "all":
            return False if False in values else None if None in values else True
        case "min":
            return min(known, default=None)
        case "max":
            return max(known, default=None)
        case "sum" if kind in "IM":
            return within(sum(known))
    try:
        total = float(sum(map(Fraction, known)))
    except OverflowError:
        return None
    return total if function == "sum" else total / len(known) if known else None
