"""What is shown can be typed back, and things go by what people call them, the same way everywhere."""

from __future__ import annotations

import re

import pytest

from tests.integration.cli.running import program, voronka

READY = ("need=x", "decision_maker=Maria Petrova", "seller_role=integrator")


@pytest.fixture(params=["en", "ru"])
def say(request, root):
    """Run a command in one of the languages."""
    return lambda *words: voronka("--lang", request.param, *words, "-C", root)


def value(ran, name: str) -> str:
    """The value that a card shows of a field."""
    return re.search(rf"\({name}\)\s+(.*)$", ran.out, re.MULTILINE)[1]


@pytest.mark.parametrize(
    ("name", "written"),
    [("offer_valid_until", "2027-03-01"), ("meeting_at", "2026-03-02 10:00")],
)
def test_a_date_is_read_as_it_is_shown(say, name, written):
    funnel, number = ("react", "1") if name == "offer_valid_until" else ("reach", "2")
    if funnel == "reach":
        assert say("deal", "new", "reach").code == 0
    assert say("deal", "set", number, f"{name}={written}").code == 0
    shown = value(say("deal", "show", number), name)
    again = say("deal", "set", number, f"{name}={shown}", "--json")
    assert (again.code, again.json["events"]) == (0, [])


def test_a_moment_is_read_as_it_is_shown(say):
    shown = re.search(r"(\S+ \d\d:\d\d)$", say("deal", "show", 1).out, re.MULTILINE)[1]
    day = shown.split()[0]
    assert say("deal", "log", 1, "kind=call", "--at", shown).code in (0, 4)  # 4: the minute began before the deal
    assert say("funnel", "react", "--from", day, "--to", day, "--json").json["deals"] == 1


def test_the_titles_of_tasks_are_in_the_language_of_the_answer(say, root):
    say("deal", "set", 1, *READY)
    say("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/map")
    say("deal", "move", 1, "solution")
    tasks = say("task", "list", "--json").json
    assert say("deal", "show", 1, "--json").json["tasks"] == tasks
    for language, title in (("en", "Find suitable solutions"), ("ru", "Подобрать варианты решения")):
        for words in (("deal", "show", 1), ("task", "list"), ("why", 1)):
            assert title in voronka("--lang", language, *words, "-C", root).out, (language, words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/map"),
            "Карта закупочной группы составлена (buying_unit_mapped)",
        ),
        (("check-item", 1, "buying_unit_mapped"), "Пункт «Карта закупочной группы составлена»"),
        (("check-item", 1, "nothing_like_it"), "Карта закупочной группы составлена (buying_unit_mapped)"),
        (("timers",), "срок этапа «Выявление потребности» (needs.sla)"),
        (("timers",), "переход на этап «"),
        (("deal", "show", 1), "срок этапа «Выявление потребности» (needs.sla)"),
        (("timers", 2), "сообщение lead_waiting (waiting)"),
        (("deal", "show", 1), "Подбор решения (solution)"),
        (("why", 1), "таймер срок этапа «Выявление потребности» ждёт"),
        (("deal", "move", 1, "contract"), "С этапа «Выявление потребности» на этап «Договор» перехода нет."),
        (("deal", "move", 1, "contract"), "Подбор решения (solution)"),
        (("deal", "move", 1, "zzzzzz"), "Подбор решения (solution)"),
    ],
    ids=lambda each: " ".join(map(str, each)) if isinstance(each, tuple) else "",
)
def test_things_go_by_their_labels(root, words, told):
    voronka("deal", "new", "reach", "-C", root)
    ran = voronka("--lang", "ru", *words, "-C", root)
    assert told in ran.out + ran.err


def test_a_refused_override_says_that_the_role_may_not_and_who_may(run):
    run("deal", "set", 1, *READY)
    run("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/map")
    run("deal", "move", 1, "solution")
    move = ("deal", "move", 1, "proposal", "solution_type=standard", "offer_valid_until=2027-03-01")
    asked = run(*move, "--as", "builders_1")
    assert "may not lift" not in asked.err
    refused = run(*move, "--override", "an old client", "--as", "builders_1")
    assert refused.code == 4
    assert re.search("The role “.+” may not lift it; these may: Head of sales.", refused.err)
    nobody = run(*move, "--override", "an old client")
    assert "Whoever acts has no role and may not lift it; these may: Head of sales." in nobody.err


def test_who_is_made_is_told_by_name_with_what_comes_next(run):
    made = run("contact", "new", "name=Иван Петров")
    assert made.out == "The contact Иван Петров is made.\n"
    assert 'contact show "Иван Петров"' in made.err
    assert 'deal new FUNNEL contact="Иван Петров"' in made.err
    namesake = run("contact", "new", "name=Иван Петров", "--another", "--json").json["id"]
    third = run("contact", "new", "name=Иван Петров", "--another")
    assert re.search("contact show [0-9a-f]{32}\n", third.err)
    assert run("contact", "show", namesake).out.startswith("Иван Петров\n")


@pytest.mark.parametrize("encoding", ["cp866", "cp1251"])
def test_quotes_and_dashes_survive_a_console_of_another_alphabet(shared, encoding):
    ran = program("--lang", "ru", "deal", "move", 1, "solution", "-C", shared, PYTHONIOENCODING=encoding)
    assert ran.code == 4
    assert "?" not in ran.err
    quoted = '"Потребность словами клиента"' if encoding == "cp866" else "«Потребность словами клиента»"
    assert quoted in ran.err
