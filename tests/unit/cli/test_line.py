"""The words of a command line: what they mean before anything is opened."""

from __future__ import annotations

import pytest

from voronka.cli.context import Context, language_of, system_language
from voronka.cli.main import global_first
from voronka.cli.parameters import fields_of
from voronka.errors import UsageFault


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        ("deal list", "deal list"),
        ("deal list -C ws", "-C ws deal list"),
        ("deal move 1 won --as anna --json", "--as anna deal move 1 won --json"),
        ("--lang ru deal list --as=anna", "--lang ru --as=anna deal list"),
        ("deal set 1 -- --as=note", "deal set 1 -- --as=note"),
        ("deal list -C", "-C"),
    ],
)
def test_options_of_every_command_may_stand_anywhere(given, ordered):
    assert global_first(given.split()) == ordered.split()


def test_fields_are_names_and_values():
    assert fields_of(["amount=1 000,50", "note=a=b", "owner="]) == {"amount": "1 000,50", "note": "a=b", "owner": None}
    assert fields_of(None) == {}


def test_a_value_alone_is_answered_with_the_field_that_it_was_meant_for():
    with pytest.raises(UsageFault) as caught:
        fields_of(["Romashka Ltd"], bare="name")
    assert caught.value.remedy.render() == "Write name='Romashka Ltd'."


@pytest.mark.parametrize("written", [["amount"], ["=5"], [""], ["a=1", "a=2"]])
def test_anything_else_is_no_field(written):
    with pytest.raises(UsageFault):
        fields_of(written)


def test_the_language_is_that_given_then_that_of_the_environment(monkeypatch):
    for name in ("VORONKA_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert language_of(None) == "en"
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert language_of(None) == "ru"
    monkeypatch.setenv("VORONKA_LANG", "en")
    assert language_of(None) == "en"
    assert language_of("ru") == "ru"
    assert language_of("ru-RU") == "ru"


def test_a_slip_in_the_language_asked_for_is_told_in_that_of_the_environment(monkeypatch):
    for name in ("LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VORONKA_LANG", "ru")
    assert system_language() == "ru"
    monkeypatch.setenv("VORONKA_LANG", "fr")
    assert system_language() == "en"


def test_a_language_without_answers_is_refused_where_it_was_asked_for(monkeypatch):
    monkeypatch.setenv("VORONKA_LANG", "fr")
    with pytest.raises(UsageFault) as caught:
        language_of(None)
    assert caught.value.place == "VORONKA_LANG"
    with pytest.raises(UsageFault) as caught:
        language_of("de")
    assert str(caught.value) == "--lang: There are no answers in the language de.\nKnown are: en, ru."
    monkeypatch.delenv("VORONKA_LANG")
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert language_of(None) == "en"


def test_the_workspace_is_the_one_named_else_the_nearest_above(tmp_path, monkeypatch):
    (tmp_path / "voronka.yaml").write_text("", encoding="utf-8")
    below = tmp_path / "configs" / "funnels"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Context(workspace=None, actor=None, language="en").root == tmp_path
    assert Context(workspace=str(tmp_path), actor=None, language="en").root == tmp_path
    with pytest.raises(UsageFault):
        _ = Context(workspace=str(below), actor=None, language="en").root
