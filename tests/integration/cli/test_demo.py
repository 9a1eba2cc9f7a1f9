"""`voronka demo`: a made-up year from one command, in a workspace that can be looked at afterwards."""

from __future__ import annotations

import pytest

from tests.integration.cli.running import voronka

SHORT = ("--days", 12, "--deals", 6, "--seed", 3)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo") / "year"
    return root, voronka("demo", root, *SHORT)


def test_the_demo_reports_funnels_and_says_what_to_type(lived):
    root, ran = lived
    assert ran.code == 0, ran.err
    assert "12 days have passed." in ran.out
    assert "Leads: " in ran.out
    assert "Sales: " in ran.out
    assert f"next: voronka -C {root} task list" in ran.err


def test_what_was_made_up_is_an_ordinary_workspace(lived):
    root, _ = lived
    assert voronka("deal", "list", "--all", "--json", "-C", root).json
    message = voronka("outbox", "list", "--json", "-C", root).json[0]
    assert message["to"][""] if message["recipient"].startswith("contact:") else message["to"]["en"]
    assert voronka("outbox", "list", "-C", root).code == 0
    assert voronka("why", 1, "-C", root).code == 0
    assert voronka("verify", "-C", root).code == 0


def test_the_same_seed_makes_the_same_year_in_the_same_folder(lived):
    root, first = lived
    assert voronka("demo", root, *SHORT).out == first.out


@pytest.mark.parametrize("named", [True, False], ids=["a folder", "the workspace around"])
def test_deals_of_their_own_are_left_alone(root, monkeypatch, named):
    monkeypatch.chdir(root)
    ran = voronka("demo", *([root] if named else []), *SHORT)
    assert (ran.code, ran.out) == (2, "")
    assert "has a database of its own" in ran.err
    assert [deal["number"] for deal in voronka("deal", "list", "--json", "-C", root).json] == [1]


@pytest.mark.parametrize("looked", [["check"], ["deal", "list"], ["status"]], ids=" ".join)
def test_a_workspace_in_which_nobody_has_done_anything_may_live_the_year(tmp_path, looked):
    root = tmp_path / "new"
    assert voronka("init", root, "--template", "simple").code == 0
    assert voronka(*looked, "-C", root).code == 0
    ran = voronka("demo", root, *SHORT)
    assert ran.code == 0, ran.err
