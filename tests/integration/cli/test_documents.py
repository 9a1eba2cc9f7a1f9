"""The page of commands says what the commands say, and their JSON holds the keys that it names."""

from __future__ import annotations

import re

import pytest
from tools import commands

from voronka.cli.main import COMMANDS

PAGE = commands.PAGE.read_text(encoding="utf-8")
ANSWERS = {
    row.split("|")[1].strip(): row.split("|")[2]
    for row in PAGE.partition("## Answers in JSON")[2].partition("## The commands")[0].splitlines()
    if row.startswith("| `")
}


def keys(answer: str) -> set[str]:
    """The keys that a row of the page names, without those of the values inside them."""
    return set(
        re.findall(r"`([a-z_0-9]+)`", re.sub(r"\([^()]*\)|`[a-z_]+` of (`[a-z_]+`(, |,? and )?)+", _outer, answer))
    )


def _outer(found: re.Match[str]) -> str:
    return "" if found[0].startswith("(") else found[0].partition(" of ")[0]


def test_the_page_is_the_one_that_the_commands_make():
    assert commands.page(PAGE) == PAGE


def test_every_command_is_on_the_page():
    for name in COMMANDS:
        assert f"### voronka {name}" in PAGE


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("`deal list`", ("deal", "list")),
        ("`account list`, `contact list`", ("account", "list")),
        ("`account list`, `contact list`", ("contact", "list")),
        ("`fields`", ("fields",)),
        ("`timers`", ("timers",)),
        ("`why`", ("why", "1")),
        ("`funnel`", ("funnel", "react")),
        ("`status`", ("status",)),
        ("`reload`", ("reload",)),
        ("`release list`", ("release", "list")),
        ("`verify`", ("verify",)),
    ],
)
def test_an_answer_holds_the_keys_that_the_page_names(ask, row, words):
    answer = ask(*words, "--json").json
    assert keys(ANSWERS[row]) == set(answer[0] if isinstance(answer, list) else answer)


def test_what_is_shown_of_one_record_adds_to_what_the_list_shows(ask):
    for name, row in (("deal", "`deal list`"), ("account", "`account list`, `contact list`")):
        shown = "`deal show`" if name == "deal" else "`account show`, `contact show`"
        answer = ask(name, "show", "1" if name == "deal" else "Acme", "--json").json
        assert set(answer) == keys(ANSWERS[row]) | keys(ANSWERS[shown])


def test_a_command_that_changes_something_answers_alike(run):
    common, _, of_deals = next(iter(ANSWERS.values())).partition("; of a deal also")
    assert set(run("deal", "set", 1, "amount=5", "--json").json) == keys(common) | keys(of_deals)
    assert set(run("account", "new", "name=Beta", "--json").json) == keys(common)
