"""Values as a person types them: all that is wrong at once, people by their names, no name twice unawares."""

import pytest


def test_all_wrong_values_of_a_command_are_told_at_once(run):
    refused = run("deal", "set", 1, "amount=much", "tender=perhaps", "nothing=1", "owner=nobody", "need=help")

    assert refused.code == 2
    told = refused.err.splitlines()
    assert [line for line in told if line.startswith(("amount:", "tender:", "There is no"))] == [
        "amount: “much” is not a number.",
        "tender: “perhaps” is neither true nor false.",
        "There is no field nothing.",
        "There is no user nobody.",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("deal", "new", "react", "amount=much", "tender=perhaps"),
        ("contact", "new", "name=Anna", "email=none", "zone=nowhere"),
        ("account", "new", "name=Other", "amount=1", "nothing=2"),
        ("row", "put", 1, "tco_costs", "amount=much", "first_year=soon"),
    ],
)
def test_each_command_tells_all_of_them(run, words):
    refused = run(*words)

    assert refused.code == 2
    assert len(refused.err.splitlines()) == 4


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("contact", "maria PETROVA", "name: There is already: contact maria PETROVA."),
        ("account", "acme", "name: There is already: account acme."),
    ],
)
def test_a_name_that_is_there_is_taken_only_if_another_is_wanted(run, kind, name, told):
    refused = run(kind, "new", f"name={name}")
    assert (refused.code, refused.err.splitlines()[0]) == (2, told)
    shown = refused.err.split(f"voronka {kind} show ")[1].split(".")[0]
    assert run(kind, "show", shown).code == 0

    assert run(kind, "new", f"name={name}", "--another").code == 0
    assert "More than one" in run("deal", "set", 1, f"{kind}={name}").err


def test_a_command_that_is_repeated_under_its_key_takes_no_name_from_itself(run):
    first, second = (run("contact", "new", "name=Vera", "--key", "v1") for _ in range(2))

    assert (first.code, second.code) == (0, 0)
    assert "done before" in second.err


@pytest.mark.parametrize("name", ["Builders, 2", "builders, 2", "Стройка, 2"])
def test_a_user_is_named_as_lists_show_them(run, name):
    assert run("deal", "set", 1, f"owner={name}").code == 0
    assert "Builders, 2" in run("deal", "list", "--owner", name).out


def test_a_name_that_several_users_have_is_refused_with_their_ids(run, root):
    people = root / "configs/people/sales.yaml"
    people.write_text(people.read_text(encoding="utf-8").replace("Builders, 2", "Builders, 1"), encoding="utf-8")

    refused = run("deal", "set", 1, "owner=Builders, 1")
    assert refused.code == 2
    assert "builders_1, builders_2" in refused.err


def test_a_date_alone_is_no_moment(run):
    refused = run("deal", "set", 1, "meeting_at=01.12.2026")

    assert refused.code == 2
    assert refused.err.splitlines() == [
        "meeting_at: The time of day is missing.",
        "Write it after the date: 2026-12-01 10:00; midnight is 00:00.",
    ]
