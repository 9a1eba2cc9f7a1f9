"""Help: every command tells what it and its options do, in both languages."""

from __future__ import annotations

import re

import pytest
import typer
from tools.commands import leaves

from voronka.cli.main import COMMANDS, root_command

ENGLISH = dict(leaves(root_command("en")))
RUSSIAN = dict(leaves(root_command("ru")))


@pytest.mark.parametrize("path", ENGLISH)
def test_each_part_of_a_command_has_words_in_both_languages(path):
    english, russian = ENGLISH[path], RUSSIAN[path]
    assert re.search("[а-я]", russian.help), russian.help
    assert not re.search("[а-я]", english.help)
    for first, second in zip(english.params, russian.params, strict=True):
        assert first.help
        assert re.search("[а-яё]", second.help), second.help


def test_the_page_of_help_itself_is_in_the_language():
    page = RUSSIAN["voronka deal move"].get_help(RUSSIAN["voronka deal move"].make_context("x", ["1", "won"]))
    assert page.startswith("Запуск: ")
    assert "Ключи:" in page
    assert not re.search(r"Usage|Options|Show this|required", page)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_a_command_tells_in_russian_what_it_does_in_whole_sentences(name):
    root = root_command("ru")
    command = root.get_command(typer.Context(root), name)
    page = command.get_help(command.context_class(command, info_name=name))
    assert not re.search(r"Stand above|\w\.\.\.\n|<str>|<path>|<=x", page), page
    for line in page.splitlines():
        assert re.search("[а-яё]", line) or not re.search(r"[a-z]{3,} [a-z]{3,}", line), line


def test_each_command_stands_in_the_table_and_has_a_module():
    root = root_command("en")
    context = typer.Context(root)
    assert root.list_commands(context) == list(COMMANDS)
    assert root.get_command(context, "nothing") is None
