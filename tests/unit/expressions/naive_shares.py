"""Parts of amounts beside numbers written out, by the letter of docs/expressions.md."""

from __future__ import annotations

from fractions import Fraction

from tests.unit.expressions.naive_functions import called, finite, rounded

__all__ = ["FORMULAS", "exactly", "is_amount", "judged", "reckoned"]

_AMOUNT = ("name", "M", "deal.amount")
_TENTH = ("*", "N", _AMOUNT, ("lit", "P", "10%"))
FORMULAS = {
    "tenth": _TENTH,
    "rest": ("-", "N", ("name", "M", "deal.budget"), _TENTH),
    "rate": ("lit", "P", "10%"),
    "limit": ("lit", "N", "1000.30"),
}
"""What the names of tests.unit.expressions.deal stand for that are numbers by a formula."""

ALTERNATIVES = {"least", "greatest", "abs"}


def opened(node):
    """Return what stands behind a name."""
    return FORMULAS.get(node[2].removeprefix("deal."), node) if node[0] == "name" else node


def is_amount(node):
    """Return whether money was added up in it, or in all alternatives that are not written out."""
    match node := opened(node):
        case (_, "M", *_):
            return True
        case ("+" | "-", _, left, right):
            return is_amount(left) or is_amount(right)
        case ("neg", _, inner):
            return is_amount(inner)
        case ("if", _, _, *ways) | ("coalesce", _, *ways):
            return amounts(ways)
        case ("call", _, function, *ways) if function in ALTERNATIVES:
            return amounts(ways)
    return False


def amounts(ways):
    others = [each for each in ways if literal(each) is None or each[0] == "name"]
    return bool(others) and all(map(is_amount, others))


def judged(node, value):
    """Return a number as it is judged beside one that is written out: by coins, where it is made of amounts."""
    match node := opened(node):
        case ("if", "N", condition, then, otherwise):
            return judged(then if value(condition) is True else otherwise, value)
        case ("coalesce", "N", *ways):
            return next((found for way in ways if (found := judged(way, value)) is not None), None)
        case ("call", "N", function, *ways) if function in ALTERNATIVES:
            values = [judged(way, value) for way in ways]
            return None if None in values else called(function, values)
        case ("*" | "/" | "neg", "N", *_) if (found := part(node, value)) is not None:
            amount, coins = found[0], found[1] / 100
            if amount is None or max(abs(coins.numerator), coins.denominator) <= 2**53:
                return None if amount is None else finite(float(amount) * coins.numerator / coins.denominator)
        case ("+" | "-" | "neg", "N", *_) if is_amount(node):
            coins = None if value(node) is None else rounded(value(node), 2)
            return None if coins is None else coins / 100
        case ("neg", "N", inner):
            return None if judged(inner, value) is None else -judged(inner, value)
    return value(node)


def exactly(left, right, value):
    """Return two values of which one is a part of an amount, exactly in coins; None where neither is."""
    found = sides(left, right, value)
    return found or ((found := sides(right, left, value)) and found[::-1])


def sides(left, right, value):
    written = literal(right)
    if left[1] != "N" or written is None or right[1] == "P":
        return None
    found = part(left, value)
    if found is None or not found[1] or abs(written * 100 / found[1]) >= 2**63:
        return None
    amount, factor = found
    return None if amount is None else amount * factor, written * 100


def part(node, value):
    """Return an amount in coins and how many times it a number is; None where it is no such number."""
    match node := opened(node):
        case (_, "M", *_):
            return value(node), Fraction(1)
        case ("neg", "N", inner):
            return times(part(inner, value), -1)
        case ("*", "N", left, right):
            for one, other in ((left, right), (right, left)):
                if (factor := reckoned(other)) is not None:
                    return times(part(one, value), factor)
            if (part(left, value) is None) is not (part(right, value) is None):
                product = value(node)
                return None if product is None else rounded(product, 2), Fraction(1)
        case ("/", "N", left, right) if reckoned(right):
            return times(part(left, value), 1 / reckoned(right))
    return None


def times(found, factor):
    return None if found is None else (found[0], found[1] * factor)


def literal(node):
    """Return a number that is written out, with or without a sign."""
    match node := opened(node):
        case ("lit", "I" | "N", text):
            return Fraction(text)
        case ("lit", "P", text):
            return Fraction(text[:-1]) / 100
        case ("neg", "I" | "N" | "P", inner):
            return None if literal(inner) is None else -literal(inner)
    return None


def reckoned(node):
    """Return what numbers written out come to."""
    match node := opened(node):
        case ("neg", "I" | "N" | "P", inner):
            return None if reckoned(inner) is None else -reckoned(inner)
        case ("+" | "-" | "*" | "/" as operator, "I" | "N" | "P", left, right):
            first, second = reckoned(left), reckoned(right)
            if first is None or second is None or (operator == "/" and not second):
                return None
            return {"+": first + second, "-": first - second, "*": first * second}.get(operator) or (
                first / second if operator == "/" else Fraction(0)
            )
    return literal(node)
