"""Answers: data on stdout, the rest on stderr, nothing a terminal would obey."""

from __future__ import annotations

import io

import pytest

from voronka.cli.context import Context
from voronka.cli.output import Output, clean
from voronka.messages import Label, Text


@pytest.fixture
def out():
    return Output(Context(workspace=None, actor=None, language="en"))


def test_columns_stand_under_each_other(out, capsys):
    out.table((Text("Deal"), Label.plain("Name")), [("1", "Acme"), ("120", "B")], numbers=(0,))
    assert capsys.readouterr() == ("Deal  Name\n   1  Acme\n 120  B\n", "")


def test_a_terminal_gets_a_drawn_table(out, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    out.table((Text("Deal"), Label.plain("[b]Name")), [("1", "[red]Acme")])
    drawn = capsys.readouterr().out
    assert "[red]Acme" in drawn
    assert "[b]Name" in drawn
    assert "\x1b" not in drawn


def test_hints_go_to_stderr_and_name_the_workspace(capsys):
    Output(Context(workspace="my ws", actor=None, language="en")).hint("deal list")
    assert capsys.readouterr() == ("", 'next: voronka -C "my ws" deal list\n')


def test_words_come_in_the_language_asked_for(out):
    russian = Output(Context(workspace=None, actor=None, language="ru"))
    assert (out.words({"en": "Needs", "ru": "Потребность"}), out.words(None)) == ("Needs", "-")
    assert russian.words({"en": "Needs", "ru": "Потребность"}) == "Потребность"


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\x9b", "\x00"])
def test_control_characters_are_shown_as_a_sign(sign):
    assert clean(f"a{sign}b\tc\nd") == "a\N{REPLACEMENT CHARACTER}b\tc\nd"


def test_progress_is_drawn_on_a_terminal_only(out, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with out.progress(Text("Importing")) as progress:
        progress({"done": 1, "total": 2})
    assert stream.getvalue() == ""


def test_columns_stand_under_each_other_in_any_alphabet(out, capsys):
    out.table((Label.plain("Имя"), Label.plain("N")), [("東京", "1"), ("и\u0306", "2")], numbers=())
    out.pairs([(Label.plain("東京"), "1"), (Label.plain("Имя"), "2")])
    assert capsys.readouterr().out == "Имя   N\n東京  1\nи\u0306     2\n  東京  1\n  Имя   2\n"
