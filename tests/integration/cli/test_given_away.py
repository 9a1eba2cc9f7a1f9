"""A deal that goes to somebody whose deals the actor does not see: who has it is told, and nothing that must fail."""

import pytest

HOLDER = "Builders, 2 has it now, and you do not see the deals of Builders, 2.\n"


def test_a_new_deal_that_the_routing_gives_away(run):
    made = run("deal", "new", "react", "--as", "leads_1")

    assert (made.code, made.out) == (0, "Deal 2 is open.\n")
    assert made.err == HOLDER
    assert run("deal", "show", 2, "--as", "leads_1").code == 2
    assert run("deal", "show", 2, "--as", "builders_2").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("deal", "set", 1, "owner=builders_2"), "Deal 1 is changed.\n"),
        (("deal", "move", 1, "lost", "loss_reason=price", "owner=builders_2"), "Deal 1 stands in Lost.\n"),
    ],
)
def test_a_deal_that_the_actor_gives_away(run, words, told):
    given = run(*words, "--as", "builders_1")

    assert (given.code, given.out, given.err) == (0, told, HOLDER)


def test_who_still_sees_the_deal_is_told_how_to_go_on(run):
    given = run("deal", "set", 1, "owner=builders_2", "--as", "head")

    assert given.err.startswith("next: voronka ")
    assert "deal show 1" in given.err


def test_a_program_is_told_whether_the_actor_sees_what_the_command_has_left(run):
    made = run("deal", "new", "react", "--json", "--as", "leads_1").json
    seen = run("deal", "set", 1, "need=help", "--json", "--as", "builders_1").json

    assert (made["seen"], made["holder"]["en"], made["stage_label"]["en"]) == (False, "Builders, 2", "Needs")
    assert seen["seen"] is True


@pytest.mark.parametrize(
    "words",
    [("account", "new", "name=Zeta", "owner=leads_1"), ("account", "set", "Zeta", "owner=leads_1")],
    ids=["made", "changed"],
)
def test_an_account_that_the_actor_gives_away(run, words):
    if words[1] == "set":
        run("account", "new", "name=Zeta", "--as", "builders_1")

    given = run(*words, "--as", "builders_1")

    assert given.code == 0
    assert given.err == "Leads desk, 1 has it now, and you do not see the accounts of Leads desk, 1.\n"
    assert run("account", "show", "Zeta", "--as", "builders_1").code == 2


def test_whoever_owns_a_deal_makes_and_names_the_other_people_of_its_client(run):
    run("contact", "new", "name=Boss", "account=Acme")
    run("account", "set", "Acme", "owner=leads_1")

    made = run("contact", "new", "name=Maria", "account=Acme", "--as", "builders_1")
    named = run("deal", "set", 1, "decision_maker=Boss", "--as", "builders_1")

    assert (made.code, made.out) == (0, "The contact Maria is made.\n")
    assert (named.code, named.out) == (0, "Deal 1 is changed.\n")
