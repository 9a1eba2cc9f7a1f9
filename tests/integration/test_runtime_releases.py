"""Releases: a changed configuration comes into force whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.runtime.configuration import BrokenConfigurationError
from voronka.runtime.releases import ReleaseConflictError
from voronka.testing import TestWorkspace, write_files

FUNNEL = FILES["configs/funnels/sales.yaml"]


def change(sales: TestWorkspace, **texts: str) -> None:
    write_files(sales.root, with_changes(**texts))


def test_a_changed_file_is_in_force_at_the_next_command(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        before = sales.client.engine.workspace.release
        change(sales, funnel=FUNNEL.replace("  offer: {}", "  offer: {}\n  contract: {}"))
        made = sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        assert made["warnings"] == []
        assert sales.client.engine.workspace.release != before
        sales.execute("deal.move", deal=1, to="offer")
        assert sales.execute("deal.move", deal=1, to="contract")["stage"] == "contract"
        assert sales.verify().damages == ()


def test_an_unchanged_configuration_is_no_new_release(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.reopen()
        assert sales.work("reload") == {
            "release": sales.client.engine.workspace.release,
            "changed": False,
            "deals": 0,
        }


def test_open_deals_go_over_and_their_timers_move(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        change(sales, funnel=FUNNEL.replace("{after: 1 day, do: [{task", "{after: 3 days, do: [{task"))
        assert sales.work("reload")["deals"] == 1
        days = {timer["event"]: timer["offset"] for timer in sales.query("timers")}
        assert days == {"call": "3 days", "materials": "2 days"}
        assert sales.query("deal.show", deal=1)["release"] == sales.client.engine.workspace.release
        assert sales.verify().damages == ()


def test_a_release_never_fires_the_past(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("12 hours")
        change(sales, funnel=FUNNEL.replace("after: 1 day,", "after: 1 hour,"))
        sales.work("reload")
        sales.client.engine.settle()
        ended = [timer for timer in sales.query("timers", all=True) if timer["state"] != "waiting"]
        assert {timer["event"] for timer in ended} == {"call"}
        assert {timer["state"] for timer in ended} <= {"cancelled", "skipped"}
        assert sales.query("tasks") == []


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            {"funnel": FUNNEL.replace("  new:", "  fresh:")},
            "2 open deals stand in the stage new of the funnel sales",
        ),
        (
            {
                "fields": "set: base\nfields: {amount: {type: money}, loss_reason: {type: text}, "
                "turnover: {of: accounts, type: money}}\n"
            },
            "1 open deal of the funnel sales has a value in the field passport",
        ),
    ],
)
def test_taking_away_what_open_deals_use_is_refused_with_the_count(
    tmp_path: Path, texts: dict[str, str], told: str
) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"passport": "1"})
        sales.execute("deal.create", funnel="sales")
        before = sales.client.engine.workspace.release
        change(sales, **texts)
        with pytest.raises(ReleaseConflictError) as caught:
            sales.work("reload")
        assert told in caught.value.render()
        assert caught.value.exit_code == 4
        assert sales.client.engine.workspace.release == before
        warnings = sales.execute("deal.set", deal=1, fields={"amount": "5"})["warnings"]
        assert told in warnings[0]["reason"]["en"]
        sales.reopen()
        assert sales.client.engine.workspace.release == before
        assert sales.verify().damages == ()


def test_a_broken_configuration_keeps_the_old_one_running_and_says_so(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        change(sales, funnel=FUNNEL.replace("amount]", "amuont]"))
        moved = sales.execute("deal.move", deal=1, to="offer")
        assert moved["stage"] == "offer"
        assert moved["warnings"][0]["place"].startswith("configs/funnels/sales.yaml:")
        with pytest.raises(BrokenConfigurationError):
            sales.work("reload")
        sales.reopen()
        assert sales.execute("deal.move", deal=1, to="new")["stage"] == "new"
        change(sales, funnel=FUNNEL)
        assert sales.execute("deal.move", deal=1, to="offer")["warnings"] == []


def test_a_workspace_that_was_never_sound_does_not_open(tmp_path: Path) -> None:
    write_files(tmp_path, with_changes(funnel=FUNNEL.replace("amount]", "amuont]")))
    with pytest.raises(BrokenConfigurationError, match="The configuration has 1 error"):
        TestWorkspace(tmp_path, start=0)


def test_why_reads_conditions_of_releases_that_are_past(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "1000001"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": "5"})
        sales.execute("deal.move", deal=1, to="offer")
        change(sales, funnel=FUNNEL.replace("> 1000000", "> 2000000"))
        sales.work("reload")
        trees = [
            judgement["tree"]
            for entry in sales.query("why", deal=1)
            for link in entry["links"]
            for judgement in link["judgements"]
            if judgement["text"] == "account.turnover > 1000000"
        ]
        assert trees
        assert all(tree is not None for tree in trees)
