"""A hundred rules over twelve fields of a deal, as data, and as the text of each language that is measured."""

from __future__ import annotations

import json
from random import Random
from typing import Any

FIELDS = {
    "amount": "number", "turnover": "number", "score": "number", "discount": "number", "sites": "integer",
    "visits": "integer", "calls": "integer", "region": "choice", "source": "choice", "segment": "choice",
    "replied": "bool", "vip": "bool",
}  # fmt: skip
CHOICES = {
    "region": ["north", "south", "east", "west"],
    "source": ["call", "site", "fair", "partner", "mail"],
    "segment": ["key", "middle", "small"],
}
MISSING = 0.15


def rules(count: int = 100) -> list[Any]:
    """Return rules: ``[operator, operand…]``; a name is ``["name", n]``, anything else that is no list a constant."""
    random = Random(7)

    def number() -> Any:
        name = random.choice(["amount", "turnover", "score", "discount", "sites", "visits", "calls"])
        top = {"amount": 1e6, "turnover": 1e7, "score": 100.0, "discount": 0.4}.get(name, 20)
        limit = random.randint(1, 19) if isinstance(top, int) else round(top * random.random(), 2)
        return [random.choice(["<", "<=", ">", ">="]), ["name", name], limit]

    def part() -> Any:
        kind = random.random()
        if kind < 0.5:
            return number()
        name = random.choice(list(CHOICES))
        if kind < 0.65:
            return [random.choice(["==", "!="]), ["name", name], random.choice(CHOICES[name])]
        if kind < 0.75:
            return ["in", ["name", name], sorted(random.sample(CHOICES[name], 2))]
        if kind < 0.85:
            return [">", ["*", ["name", "amount"], ["name", "discount"]], round(100_000 * random.random(), 2)]
        if kind < 0.93:
            return ["yes", ["name", random.choice(["replied", "vip"])]]
        return ["missing", ["name", random.choice(list(FIELDS))]]

    made = []
    for n in range(count):
        first, second, third = part(), part(), part()
        made.append([["and", first, second], ["and", first, second, third], ["or", first, second],
                     ["and", first, ["or", second, third]], first][n % 5])  # fmt: skip
    return made


def records(count: int) -> list[dict[str, Any]]:
    """Return deals of which 15 % of the values are not there."""
    random = Random(8)

    def value(name: str) -> Any:
        kind = FIELDS[name]
        if kind == "choice":
            return random.choice(CHOICES[name])
        if kind == "bool":
            return random.random() < 0.5
        if kind == "integer":
            return random.randint(0, 20)
        return round({"amount": 1e6, "turnover": 1e7, "score": 100.0, "discount": 0.4}[name] * random.random(), 2)

    return [{name: value(name) for name in FIELDS if random.random() >= MISSING} for _ in range(count)]


def in_voronka(rule: Any) -> str:
    """Return a rule in the language of the configuration."""
    match rule:
        case [("and" | "or") as word, *parts]:
            return f" {word} ".join(f"({in_voronka(part)})" for part in parts)
        case ["in", name, options]:
            return f"{in_voronka(name)} in {json.dumps(options)}"
        case ["missing", name]:
            return f"{in_voronka(name)} is missing"
        case ["yes", name]:
            return in_voronka(name)
        case ["name", name]:
            return str(name)
        case [operator, left, right]:
            return f"{in_voronka(left)} {operator} {in_voronka(right)}"
    return json.dumps(rule)


def in_python(rule: Any) -> str:
    """Return a rule as the body of a lambda over `d`, with the checks for None that a careful hand would write."""
    taken: list[str] = []

    def text(part: Any) -> str:
        match part:
            case [("and" | "or") as word, *parts]:
                return f" {word} ".join(f"({text(each)})" for each in parts)
            case ["missing", ["name", name]]:
                return f"d.get({name!r}) is None"
            case ["yes", ["name", name]]:
                return f"d.get({name!r}) is True"
            case ["==", ["name", name], constant]:
                return f"d.get({name!r}) == {constant!r}"
            case ["in", ["name", name], options]:
                return f"d.get({name!r}) in {{{', '.join(map(repr, options))}}}"
            case [operator, ["*", ["name", first], ["name", second]], constant]:
                a, b = taken_as(), taken_as()
                return (
                    f"({a} := d.get({first!r})) is not None and ({b} := d.get({second!r})) is not None "
                    f"and {a} * {b} {operator} {constant!r}"
                )
            case [operator, ["name", name], constant]:
                a = taken_as()
                return f"({a} := d.get({name!r})) is not None and {a} {operator} {constant!r}"
        raise ValueError(part)

    def taken_as() -> str:
        taken.append(f"x{len(taken)}")
        return taken[-1]

    return text(rule)
