"""A list that is cut says so and how the rest is seen; an empty one says what to do."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from tests.integration.cli.running import voronka


@pytest.fixture(scope="module")
def crowd(made, tmp_path_factory):
    """A workspace with some of everything that is listed; nobody changes it."""
    root = shutil.copytree(made, tmp_path_factory.mktemp("crowd") / "acme")
    for words in (
        ("contact", "new", "name=Мария Иванова", "email=masha@beta.example"),
        ("account", "new", "name=Бета"),
        ("deal", "new", "react", "owner=builders_1", "account=Бета"),
        ("deal", "new", "react", "owner=builders_1"),
        ("deal", "set", 1, "need=x", "decision_maker=Maria Petrova", "seller_role=integrator"),
        ("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/map"),
        ("deal", "move", 1, "solution"),
        ("deal", "move", 1, "needs"),
        ("deal", "move", 1, "solution"),
    ):
        ran = voronka(*words, "-C", root)
        assert ran.code == 0, ran.err
    return root


@pytest.mark.parametrize(
    "words",
    [
        ("deal", "list", "--owner", "builders_1"),
        ("deal", "list", "--funnel", "react", "--all"),
        ("account", "list"),
        ("contact", "list", "--name", "ария ива"),
        ("contact", "list"),
        ("task", "list", "--deal", "1", "--all"),
        ("timers", "--all"),
        ("timers", "1", "--all"),
        ("why", "1"),
    ],
    ids=" ".join,
)
def test_the_pages_that_a_list_names_hold_all_of_it(crowd, words):
    whole = voronka(*words, "--json", "-C", crowd)
    assert whole.err == ""
    pages, page, told = [], [*words, "--limit", "1", "--json"], ""
    while page and len(pages) <= len(whole.json):
        ran = voronka(*page, "-C", crowd)
        pages += ran.json
        told = ran.err
        page = shlex.split(found[1])[2:] if (found := re.search("^next: voronka (-C .*)$", told, re.MULTILINE)) else []
        assert bool(page) == ("There is more:" in told)
    assert pages == whole.json
    assert told == ""


@pytest.mark.parametrize(
    ("words", "told", "then"),
    [
        (("deal", "list"), "No open deals.", "deal list --all"),
        (("deal", "list", "--closed"), "No closed deals.", "deal new"),
        (("deal", "list", "--all"), "No deals.", "deal new"),
        (("task", "list"), "No open tasks.", "task list --all"),
        (("task", "list", "--all"), "No tasks.", "deal list"),
        (("timers",), "Nothing waits for its time.", "timers --all"),
        (("timers", "--all"), "No timers.", "deal list"),
        (("outbox", "list"), "No messages.", "timers"),
        (("outbox", "list", "--status", "dead"), "No messages.", "outbox list"),
        (("account", "list"), "Nothing is found.", "account new name=…"),
        (("contact", "list", "--name", "x"), "Nothing is found.", "contact list"),
        (("import", "list"), "No imports.", "import "),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_an_empty_list_says_what_to_do(empty, words, told, then):
    ran = voronka(*words, "-C", empty)
    assert (ran.code, ran.out) == (0, "")
    assert told in ran.err
    assert f"next: voronka -C {empty} {then}" in ran.err
    assert voronka(*words, "--json", "-C", empty) == (0, "[]\n", "")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    root = tmp_path_factory.mktemp("empty") / "acme"
    assert voronka("init", root).code == 0
    return root


@pytest.mark.parametrize(
    ("kind", "part", "found"),
    [
        ("account", "бЕ", ["Бета"]),
        ("account", "%", []),
        ("contact", "ИВАН", ["Мария Иванова"]),
        ("contact", "masha@", ["Мария Иванова"]),
        ("contact", "a", ["Maria Petrova", "Мария Иванова"]),
    ],
)
def test_parties_are_found_by_a_part_of_what_they_are_called(crowd, kind, part, found):
    assert [each["name"] for each in voronka(kind, "list", "--name", part, "--json", "-C", crowd).json] == found


def test_a_name_that_was_changed_is_no_longer_found(run):
    assert run("contact", "set", "Maria Petrova", "name=Мария Орлова").code == 0
    assert run("contact", "list", "--name", "Petrova", "--json").json == []
    assert [each["name"] for each in run("contact", "list", "--name", "Орл", "--json").json] == ["Мария Орлова"]


@pytest.fixture(scope="module")
def office(made, tmp_path_factory):
    """A workspace with one deal, on which there is work of one kind alone."""
    root = shutil.copytree(made, tmp_path_factory.mktemp("office") / "acme")
    work = root / "configs" / "rules" / "work.yaml"
    kind = "work:\n  call: {label: Call, minutes: 20, value: amount * 5%}\n"
    work.write_text(work.read_text(encoding="utf-8").replace("work:\n", kind), encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--minutes", 19), "No work fits into 19 min."),
        (("--work", "call", "--minutes", 19), "No work fits into 19 min."),
        (("--work", "close_gap", "--minutes", 19), "There is no work of the kind close_gap."),
        (("--work", "close_gap", "--minutes", 60), "There is no work of the kind close_gap."),
        (("--work", "close_gap"), "There is no work of the kind close_gap."),
        (("leads_1", "--minutes", 60), "There is nothing to do."),
        (("leads_1",), "There is nothing to do."),
    ],
    ids=lambda each: " ".join(map(str, each)) if isinstance(each, tuple) else "",
)
def test_that_time_is_short_is_said_only_where_more_of_it_would_do(office, words, told):
    assert voronka("queue", *words, "-C", office).err.splitlines()[0] == told


@pytest.mark.parametrize("minutes", [0, 60])
def test_no_open_deal_with_a_score_is_not_for_want_of_time(ask, minutes):
    assert ask("queue", "--by", "bant", "--minutes", minutes).err.splitlines()[0] == "No open deals with this score."
