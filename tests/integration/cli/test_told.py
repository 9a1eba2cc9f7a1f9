"""What is asked for in vain is refused with the way out, in the reader's language; what follows is shown."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import service
from tests.integration.cli.running import voronka
from voronka.errors import UsageFault
from voronka.runtime.request_faults import say_nothing

FIELDS = """\
set: more
fields:
  outlay: {type: money}
  gain: {type: money, label: {en: Gain, ru: Доход}, formula: amount - outlay}
  twice: {of: accounts, type: number, formula: length * 2}
  length: {of: accounts, type: number}
"""


@pytest.fixture
def computing(root):
    (root / "configs" / "fields" / "more.yaml").write_text(FIELDS, encoding="utf-8")
    funnel = root / "configs" / "funnels" / "react.yaml"
    text = funnel.read_text(encoding="utf-8")
    line = next(each for each in text.splitlines() if each.startswith("fields: ["))
    funnel.write_text(text.replace(line, line.replace("[", "[more, ", 1), 1), encoding="utf-8")
    return root


def test_computed_fields_are_shown_and_marked(computing, run):
    assert run("check").code == 0
    assert "Gain" not in run("deal", "show", 1).out
    assert run("deal", "set", 1, "outlay=500").code == 0
    assert "Gain (gain), computed" in (shown := run("deal", "show", 1).out)
    assert "1,000.50 RUB" in shown
    assert "Доход (gain), вычисляется" in run("deal", "show", 1, "--lang", "ru").out
    gain = next(each for each in run("deal", "show", 1, "--json").json["fields"] if each["name"] == "gain")
    assert (gain["computed"], gain["value"]) == (True, 100050)
    run("account", "set", "Acme", "length=4")
    twice = [each for each in run("account", "show", "Acme", "--json").json["fields"] if each["name"] == "twice"]
    assert [each["value"] for each in twice] == [8.0]


def test_a_change_that_moves_the_deal_tells_where_it_stands(computing, run):
    closes = "  too_dear: {from: needs, to: lost, auto: true, when: outlay > 400, set: {loss_reason: price}}\n"
    funnel = computing / "configs" / "funnels" / "react.yaml"
    text = funnel.read_text(encoding="utf-8")
    funnel.write_text(text.replace("transitions:\n", f"transitions:\n{closes}", 1), encoding="utf-8")
    assert "stands in" not in run("deal", "set", 1, "outlay=400").out
    assert run("deal", "set", 1, "outlay=500").out.splitlines()[:2] == [
        "Deal 1 is changed.",
        "Deal 1 stands in Lost.",
    ]


def test_a_move_of_a_rule_for_which_the_funnel_has_no_way_is_told_as_that(root, run):
    rule = "rules: {leap: {trigger: {field: need}, where: funnel == 'react', do: [{move: contract}]}}\n"
    (root / "configs" / "rules" / "leap.yaml").write_text(rule, encoding="utf-8")
    assert run("deal", "set", 1, "need=Fans").code == 0
    assert "needs→contract: the funnel has no such way" in run("deal", "show", 1).out
    assert "was to move by itself, but the funnel has no such way: needs→contract" in run("why", 1).out


@pytest.mark.parametrize("words", [("deal", "set", 1, "amount=5"), ("deal", "log", 1, "kind=call")])
def test_nothing_is_told_of_a_time_before_the_deal(run, words):
    refused = run(*words, "--at", "2020-01-01 10:00", "--lang", "ru")
    assert refused.code == 4
    assert "Сделка открыта" in refused.err + refused.out


def test_no_move_is_told_of_a_time_before_the_stage(run):
    refused = run("deal", "move", 1, "lost", "loss_reason=price", "--at", "2020-01-01 10:00")
    assert refused.code == 4
    assert "came into its stage at" in refused.err + refused.out


def test_rows_are_named_and_not_empty(run):
    missing = run("row", "put", 1, "participants", "role=user", "--row", "9.9", "--lang", "ru")
    assert missing.code != 0
    assert "Строк в нём нет" in missing.err + missing.out
    assert "No field is given." in run("row", "put", 1, "participants").err


def test_a_task_that_never_was_is_not_called_done(run):
    assert "Открытых задач у неё нет" in run("task", "done", 1, "9.9", "--lang", "ru").err


def test_why_tells_whose_the_deal_is(run):
    told = run("why", 1).out
    assert "Acme" in told
    assert "Maria Petrova" in told


@pytest.mark.parametrize(
    ("words", "language", "told"),
    [
        (("deal", "list", "--as"), "ru", "После параметра --as нужно значение."),
        (("deal", "list", "--all=1"), "ru", "Параметр --all пишут без значения."),
        (("init", "/proc/x"), "ru", "Такого файла или папки нет."),
    ],
)
def test_the_system_is_told_in_the_readers_language(words, language, told):
    ran = voronka("--lang", language, *words)
    assert ran.code != 0
    assert told in ran.err
    assert "No such file" not in ran.err
    assert "requires" not in ran.err


def test_a_number_with_a_minus_is_no_option(run):
    told = run("deal", "show", "-1", "--lang", "ru")
    assert told.code == 2
    assert told.err.startswith("Число с минусом здесь не подходит")


@pytest.mark.parametrize(
    ("actor", "code"), [("Builders, 1", 0), ("стройка,  1", 0), ("builders_1", 0), ("Builders, 9", 2)]
)
def test_an_actor_is_given_by_id_or_by_the_name_that_people_see(ask, actor, code):
    assert ask("deal", "show", 1, "--as", actor).code == code


def test_who_acts_and_what_was_done_are_told_in_the_readers_language(run):
    run("deal", "log", 1, "kind=call", "direction=out", "outcome=no_answer")
    told = run("why", 1, "--lang", "ru").out
    assert "оператор: записать взаимодействие" in told
    assert "Вид = звонок; Направление = Исходящее; Результат = нет ответа" in told
    assert "Kind = call; Direction = Outgoing; Outcome = no answer" in run("why", 1).out


@pytest.mark.parametrize(("names", "is_sent"), [((), True), (("owner", "account"), True), (("owner", "need"), False)])
def test_a_workspace_without_fields_is_sent_to_the_folder_that_declares_them(names, is_sent):
    with pytest.raises(UsageFault) as fault:
        say_nothing(names)
    assert ("configs/fields" in fault.value.render("ru")) is is_sent


def test_a_person_is_shown_by_the_name_that_people_see(ask):
    assert ask("people", "show", "Builders, 1").out == ask("people", "show", "builders_1").out


def test_a_workspace_made_where_one_stands_is_named_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = voronka("init", ".")
    assert made.out.endswith(f" is in {tmp_path}.\n")
    assert "next: voronka check\n" in made.err


def test_the_legend_of_a_funnel_explains_its_columns_only(ask):
    told = ask("funnel", "react").out
    assert "Finished visits" not in told
    assert "Conversion  " in told


@pytest.mark.parametrize(("language", "word"), [("en", "Usage: "), ("ru", "Запуск: ")])
def test_a_group_without_its_command_shows_its_help(language, word):
    ran = voronka("--lang", language, "deal")
    assert ran.code == 2
    assert ran.err.startswith(word)
    assert "cannot be understood" not in ran.err


def test_a_running_service_tells_that_the_files_are_not_in_force(root, run):
    with service(root):
        assert "are not in force" not in run("status").out
        (root / "configs" / "funnels" / "react.yaml").write_text("funnel: react\nstagse: {}\n", encoding="utf-8")
        told = run("status")
        assert "the files are not in force" in told.out
        assert "configs/funnels/react.yaml:" in told.err
        (warning,) = run("status", "--json").json["warnings"]
        assert warning["place"].startswith("configs/funnels/react.yaml:")
        assert not warning["in_force"]
