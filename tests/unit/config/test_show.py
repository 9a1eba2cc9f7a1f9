"""Findings are shown so that a person finds the place, and a program the parts."""

import json

import pytest

from voronka.config.codes import CODES
from voronka.config.finding import Finding, Place, Severity, has_errors, in_order
from voronka.config.show import Format, show, summary
from voronka.messages import Text

FILE = "configs/funnels/react.yaml"


def finding(line=1, column=1, length=1, code="V2002", **more):
    place = Place(FILE, line, column, length)
    return Finding(code=code, place=place, reason=Text("It is wrong."), remedy=Text("Set it right."), **more)


def shown(text, *findings, **options):
    return show(findings, {FILE: text}, **options)


def test_text_shows_place_reason_snippet_suggestion_remedy_and_related_place():
    text = "funnel: react\nstages:\n    neds: {}\n"
    assert shown(text, finding(3, 5, 4, suggestion="needs", related=Place(FILE, 1, 9, 5))) == (
        "configs/funnels/react.yaml:3:5: error V2002: It is wrong.\n"
        "    3 |     neds: {}\n"
        "      |     ^^^^\n"
        "    Did you mean `needs`?\n"
        "    Set it right.\n"
        "    See also configs/funnels/react.yaml:1:9:\n"
        "    1 | funnel: react\n"
        "      |         ^^^^^\n"
    )


@pytest.mark.parametrize(
    ("line", "column", "length", "caret"),
    [
        ("a: b", 4, 1, "   ^"),
        ("Сделка: да", 9, 2, "        ^^"),
        ("a: 漢字 b", 4, 2, "   ^^^^"),
        ("漢字: b", 5, 1, "      ^"),
        ("и\u0306: b", 5, 1, "   ^"),
        ("a:\tb", 4, 1, "   ^"),
        ("a: b", 5, 1, "    ^"),
    ],
    ids=["ascii", "cyrillic", "wide marked", "wide before", "combining", "tab", "end of line"],
)
def test_the_caret_stands_below_what_is_meant(line, column, length, caret):
    snippet = shown(line + "\n", finding(1, column, length)).splitlines()[2]
    assert snippet == f"      | {caret}"


def test_a_long_line_is_cut_around_the_place():
    snippet = shown("x" * 500 + "HERE" + "y" * 500 + "\n", finding(1, 501, 4)).splitlines()
    assert len(snippet[1]) < 120
    at = snippet[2].index("^")
    assert snippet[1][at : at + 4] == "HERE"
    assert snippet[1].count("…") == 2


def test_characters_that_move_the_cursor_are_not_printed():
    assert "\x1b" not in shown("a: \x1b[31mred\n", finding(1, 4))


def test_a_file_that_is_not_at_hand_is_shown_without_a_snippet():
    text = show([finding(7, 3)], {})
    assert text == "configs/funnels/react.yaml:7:3: error V2002: It is wrong.\n    Set it right.\n"


def test_nothing_to_say_is_nothing():
    assert show([], {}) == ""
    assert show([], {}, form=Format.GITHUB) == ""


def test_json_holds_every_part():
    told = json.loads(
        shown("", finding(2, 3, 4, related=Place(FILE, 1, 1)), finding(severity=Severity.WARNING), form=Format.JSON)
    )
    assert (told["errors"], told["warnings"]) == (1, 1)
    assert told["findings"][0] == {
        "code": "V2002",
        "severity": "error",
        "file": FILE,
        "line": 2,
        "column": 3,
        "length": 4,
        "reason": "It is wrong.",
        "remedy": "Set it right.",
        "suggestion": None,
        "related": {"file": FILE, "line": 1, "column": 1, "length": 1},
    }


def test_github_gets_one_escaped_command_a_finding():
    odd = Finding(
        code="V1002",
        place=Place("a,b:c%.yaml", 2, 3, 4),
        severity=Severity.WARNING,
        reason=Text("50% of\nit."),
        remedy=Text("Set it right."),
        suggestion="x",
    )
    assert show([odd], {}, form=Format.GITHUB) == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=2,col=3,endColumn=7,title=V1002"
        "::50%25 of%0Ait. Did you mean `x`? Set it right.\n"
    )


def test_russian_is_told_in_russian():
    told = shown("a: b\n", finding(suggestion="x"), language="ru")
    assert "ошибка V2002" in told
    assert "Может быть, `x`?" in told


@pytest.mark.parametrize(
    ("errors", "warnings", "language", "line"),
    [
        (0, 0, "en", "No faults found."),
        (1, 0, "en", "1 error"),
        (2, 1, "en", "2 errors, 1 warning"),
        (0, 3, "en", "3 warnings"),
        (21, 2, "ru", "21 ошибка, 2 предупреждения"),
        (5, 0, "ru", "5 ошибок"),
    ],
)
def test_the_summary_counts(errors, warnings, language, line):
    findings = [finding()] * errors + [finding(severity=Severity.WARNING)] * warnings
    assert summary(findings, language) == line


def test_findings_come_in_the_order_of_places_without_consequences():
    first, second = finding(2, 1, code="V2002"), finding(1, 5, code="V3105")
    consequence = finding(2, 1, code="V3105")
    twin = finding(2, 1, code="V2011")
    assert in_order([first, consequence, second, twin, first]) == (second, first, twin)


def test_a_warning_is_no_error():
    assert not has_errors([finding(severity=Severity.WARNING)])
    assert has_errors([finding()])


def test_codes_are_explained_in_both_languages():
    for code, text in CODES.items():
        assert text.render("ru") != text.render("en"), code
