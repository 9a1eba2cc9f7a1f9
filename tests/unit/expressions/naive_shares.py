"""Parts of amounts beside numbers written out, by the letter of docs/expressions.md."""

from __future__ import annotations

from fractions import Fraction

from tests.unit.expressions.naive_functions import rounded

__all__ = ["exactly"]


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
    match node:
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
    match node:
        case ("lit", "I" | "N", text):
            return Fraction(text)
        case ("lit", "P", text):
            return Fraction(text[:-1]) / 100
        case ("neg", "I" | "N" | "P", inner):
            return None if literal(inner) is None else -literal(inner)
    return None


def reckoned(node):
    """Return what numbers written out come to."""
    match node:
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
