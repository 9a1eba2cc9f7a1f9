"""docs/expressions.md tells what is so: every example runs, every function and code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.expressions.deal import CALENDAR, NOW, ZONE, good
from voronka.expressions import CODES, Env, Expression, Kind, Name, Scope, Type, compile_expression
from voronka.expressions.functions import SIGNATURES

TEXT = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")
EMPTY = Env(values={}, now=NOW, zone=ZONE, calendar=CALENDAR)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.M | re.S)


def examples(language):
    lines = [line for block in blocks(language) for line in block.splitlines()]
    return [tuple(part.strip() for part in line.split("  # ")) for line in lines]


def table(header):
    lines = TEXT[TEXT.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def declared(words):
    kind, _, options = words.removesuffix(", never missing").partition(" of ")
    formula = re.search(r"formula `(.*)", words)
    return Name(
        Type(Kind(kind.split(",")[0]), tuple(options.split(", ")) if options else ()),
        pii="personal" in words,
        present="never missing" in words,
        formula=formula[1].strip("`") if formula else None,
    )


def known(written, name):
    if not written:
        return None
    if name.type.kind is Kind.CHOICES:
        return tuple(written.split(", "))
    return good(written, name.type).evaluate(EMPTY)


def deal():
    names = {row[0]: declared(row[1]) for row in table("| name | type | value |")}
    values = {row[0]: known(row[2], names[row[0]]) for row in table("| name | type | value |")}
    header = next(line for line in TEXT.splitlines() if line.startswith("| number: text |"))
    columns = dict(cell.strip().split(": ") for cell in header.strip("|").split("|"))
    columns = {name: declared(words) for name, words in columns.items()}
    rows = [
        {name: known(cell, column) for cell, (name, column) in zip(row, columns.items(), strict=True)}
        for row in table(header)
    ]
    scope = Scope(names=names, collections={"orders": columns}, stages=frozenset(names["stage"].type.options))
    env = Env(
        values=values,
        rows={"orders": rows},
        previous={**values, "amount": 9_000_000},
        visits={"proposal": 2},
        now=NOW,
        zone=ZONE,
        calendar=CALENDAR,
    )
    return scope, env


SCOPE, DEAL = deal()


@pytest.mark.parametrize(("text", "expected"), examples("expression"))
def test_an_example_gives_what_stands_beside_it(text, expected):
    expression = good(text, scope=SCOPE)
    assert {each.code for each in expression.warnings} <= {"W1305"}  # what is missing is shown on purpose
    wanted = "missing" if expected == "unknown" else expected
    result = expression.evaluate(DEAL)
    assert result == good(wanted, expression.type).evaluate(EMPTY)
    if expected == "unknown":
        assert expression.type.kind is Kind.BOOL
    if expression.type.kind is Kind.MONEY and result is not None:
        assert "." in expected


@pytest.mark.parametrize(("text", "expected"), examples("refused"))
def test_an_example_is_refused_with_what_stands_beside_it(text, expected):
    problems = compile_expression(text, SCOPE)
    assert not isinstance(problems, Expression)
    (problem,) = problems
    assert f"{problem.code} {problem.remedy.render('en')}" == expected


def test_the_explanation_is_the_one_shown():
    (shown,) = blocks("explanation")
    text = re.search(r"`([^`]*)` explains itself", TEXT)[1]
    expression = good(text, scope=SCOPE)
    assert expression.explain(expression.leaves(DEAL)).render("en") == shown.strip()


def test_every_code_is_in_the_document_with_its_meaning():
    assert dict(table("| code | what is wrong |")) == CODES


def test_every_function_is_in_the_document_as_it_is_written():
    told = [
        row[0] for header in ("| function | gives | of no rows |", "| function | gives |\n") for row in table(header)
    ]
    assert sorted(told) == sorted(SIGNATURES.values())
