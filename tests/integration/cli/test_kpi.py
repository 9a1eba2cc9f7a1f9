"""`voronka kpi list|explain` and `voronka glossary`: what the words and numbers of the reference workspace mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from tests.unit.decisions.workspaces import FILES
from voronka.testing import write_files

ROOT = Path(__file__).parents[3]


def test_a_kpi_is_explained_with_all_its_versions_and_what_it_is_not():
    told = voronka("kpi", "explain", "win_rate", "-C", ROOT).out
    for part in ("Won among those closed", "Head of sales", "Not the same as", "Version 2, since 2026-07-01", "30%"):
        assert part in told
    assert told.index("Version 2") < told.index("Version 1")


def test_a_kpi_is_explained_in_russian():
    told = voronka("--lang", "ru", "kpi", "explain", "win_rate", "-C", ROOT).out
    assert "Редакция 2, с 2026-07-01" in told
    assert "Руководитель отдела продаж" in told


@pytest.mark.parametrize(("name", "meant"), [("winrate", "win_rate"), ("Win rate", "win_rate")])
def test_a_kpi_that_is_not_there_is_met_with_what_was_meant(name, meant):
    ran = voronka("kpi", "explain", name, "-C", ROOT)
    assert ran.code == 2
    assert f"Did you mean {meant}?" in ran.err


def test_the_list_has_every_way_of_computing():
    found = json.loads(voronka("kpi", "list", "--json", "-C", ROOT).out)
    assert len(found) >= 25
    assert len({each["type"] for each in found}) == 15
    assert all(each["definition"].keys() == {"ru", "en"} and each["owner"] for each in found)


def test_the_glossary_is_written_for_people_and_for_programs():
    page = voronka("glossary", "-C", ROOT).out
    assert page.startswith("# Glossary\n")
    assert "### Qualified lead" in page
    assert '- Formula: `funnel == "reach" and won`' in page
    data = json.loads(voronka("glossary", "--format", "json", "-C", ROOT).out)
    assert {"lead", "win_rate"} <= {each["name"] for each in data}


KPI = """\
kpis:
  won:
    definition: Deals won
    owner: manager
    measure: count(deals, won)
    time: closed_at
    examples:
      - rows: {deals: [{stage: won, outcome: won, closed_at: 2026-03-02}]}
        value: 1
      - rows: {deals: [{stage: won, outcome: won, closed_at: 2026-03-02}]}
        value: 2
"""


def test_check_computes_the_examples_and_tells_the_wrong_one_at_its_place(tmp_path):
    write_files(tmp_path, FILES | {"configs/kpis/sales.yaml": KPI})
    ran = voronka("check", tmp_path)
    assert ran.code == 1
    assert "configs/kpis/sales.yaml:11:16: error V5522: The example expects 2, and won of its data is 1." in ran.out
    assert ran.out.count("V5522") == 1


def test_examples_that_were_right_are_computed_anew_only_for_other_files(tmp_path, monkeypatch):
    right = KPI.replace("value: 2", "value: 1")
    write_files(tmp_path, FILES | {"configs/kpis/sales.yaml": right})
    (tmp_path / ".voronka").mkdir()
    assert voronka("check", tmp_path).code == 0

    with monkeypatch.context() as patch:
        patch.setattr("voronka.metrics.kpi.examples.wrong_examples", lambda _: pytest.fail("computed again"))
        assert voronka("check", tmp_path).code == 0
    write_files(tmp_path, {"configs/kpis/sales.yaml": KPI})
    assert "V5522" in voronka("check", tmp_path).out


def test_the_deals_behind_a_number_are_listed_for_one_value_of_what_it_is_told_by(tmp_path):
    made = "kpis: {made: {definition: D, owner: manager, measure: count(deals), time: created_at, by: [role]}}\n"
    write_files(tmp_path, FILES | {"configs/kpis/sales.yaml": made})
    for role in ("dealer", "kit", "dealer"):
        voronka("deal", "new", "sales", f"role={role}", "-C", tmp_path)
    assert voronka("kpi", "deals", "made", "-C", tmp_path).out == "3, 2, 1\n"
    assert voronka("kpi", "deals", "made", "--of", "role=dealer", "-C", tmp_path).out == "3, 1\n"
    assert voronka("kpi", "deals", "made", "--of", "role", "-C", tmp_path).code == 2


def test_reports_on_a_workspace_without_deals_have_no_data_and_no_noughts(tmp_path):
    assert voronka("init", tmp_path / "w", "--template", "components").code == 0
    forecast = voronka("report", "forecast", "quotes", "-C", tmp_path / "w")
    assert (forecast.code, "RUB" in forecast.out) == (0, False)
    managers = voronka("report", "managers", "quotes", "-C", tmp_path / "w").out
    assert managers.count("No data.") == 4
