"""`voronka demo`: a made-up year from one command, in a workspace that can be looked at afterwards."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from tests.integration.cli.running import voronka
from voronka.bootstrap import open_workspace
from voronka.calendars import day_start
from voronka.simulation.clock import VirtualClock
from voronka.simulation.year import FIRST_DAY

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


def test_what_was_done_since_an_earlier_demo_is_left_alone(tmp_path):
    root = tmp_path / "year"
    assert voronka("demo", root, *SHORT).code == 0
    done = voronka("account", "new", "name=Ours", "--json", "-C", root)
    assert done.code == 0, done.err
    ran = voronka("demo", root, *SHORT)
    assert (ran.code, ran.out) == (2, "")
    assert f"take away {root / '.voronka'} first" in ran.err
    assert voronka("account", "show", done.json["id"], "-C", root).code == 0


def test_timers_that_have_fired_since_do_not_keep_a_demo_from_being_lived_anew(tmp_path):
    root = tmp_path / "year"
    assert voronka("demo", root, *SHORT).code == 0
    clock = VirtualClock(day_start(FIRST_DAY + timedelta(days=60), "UTC"))
    with closing(open_workspace(root, clock=clock)) as client:
        assert client.engine.settle() > 0
    ran = voronka("demo", root, *SHORT)
    assert ran.code == 0, ran.err


def test_a_demo_that_was_cut_off_is_not_taken_for_made_up(tmp_path):
    root = tmp_path / "year"
    assert voronka("demo", root, *SHORT).code == 0
    (root / ".voronka" / "demo").write_text("")
    assert voronka("demo", root, *SHORT).code == 2


def test_a_fault_of_the_configuration_is_told_before_anything_is_taken_away(tmp_path):
    root = tmp_path / "year"
    assert voronka("demo", root, *SHORT).code == 0
    before = voronka("deal", "list", "--all", "--json", "-C", root).json
    rules = root / "configs" / "rules" / "broken.yaml"
    rules.write_text("rules: {broken: {on: nothing}}\n")
    ran = voronka("demo", root, *SHORT)
    assert (ran.code, ran.out) == (1, "")
    rules.unlink()
    assert voronka("deal", "list", "--all", "--json", "-C", root).json == before
