"""`voronka demo`: a made-up year from one command, in a workspace that can be looked at afterwards."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta

import pytest

from tests.integration.cli.running import voronka
from voronka.bootstrap import open_workspace
from voronka.calendars import date_of, day_start
from voronka.runtime.clock import SystemClock
from voronka.simulation.clock import VirtualClock

SHORT = ("--days", 12, "--deals", 6, "--seed", 3, "--until", "2025-01-21")


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
    clock = VirtualClock(day_start(date(2025, 3, 10), "UTC"))
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


def test_the_made_up_days_end_today_unless_another_day_is_named(tmp_path):
    root = tmp_path / "year"
    before = date_of(SystemClock().now(), "Europe/Moscow")
    told = voronka("demo", root, "--days", 20, "--deals", 5, "--json").json
    assert date.fromisoformat(told["until"]) - before <= timedelta(days=1)
    told = voronka("demo", root, "--days", 20, "--deals", 5, "--until", "05.03.2024", "--json").json
    assert told["until"] == "2024-03-05"
    moments = [deal["created_at"] for deal in voronka("deal", "list", "--all", "--json", "-C", root).json]
    assert moments
    assert all(date(2024, 2, 14) <= date_of(moment, "Europe/Moscow") < date(2024, 3, 5) for moment in moments)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2999-01-01", "Made-up days cannot end at 2999-01-01: their history would look like one to come."),
        ("1066-10-14", "Made-up days cannot end as long ago as 1066-10-14."),
        ("2025-02-30", "There is no date 2025-02-30."),
        ("yesterday", "“yesterday” is not a date."),
    ],
)
def test_a_day_at_which_no_made_up_time_can_end_is_refused_before_anything_is_made(tmp_path, written, said):
    ran = voronka("demo", tmp_path / "year", *SHORT[:-1], written)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "--until" in ran.err
    assert not (tmp_path / "year").exists()
