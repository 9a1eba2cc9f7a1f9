"""Files of KPIs: what is read of them, and what is refused."""

import re
from pathlib import Path

import pytest

from tests.unit.config.corpus import base
from voronka.config import read_workspace
from voronka.config.wrong_examples import wrong_example
from voronka.definition.kpis import Grain, methods
from voronka.expressions import Expression
from voronka.messages import Label

PATH = "configs/kpis/first.yaml"
FOLDER = Path(__file__).parent / "kpis"
TEXT, GOOD = ((FOLDER / name).read_text(encoding="utf-8") for name in ("bad.yaml", "good.yaml"))


def reading_of(text):
    return read_workspace({**base(), PATH: text.encode()})


@pytest.fixture(scope="module")
def refused():
    return reading_of(TEXT)


def told(findings):
    found = {}
    for each in findings:
        assert each.place.file == PATH, each
        found.setdefault(each.place.line, set()).add(each.code)
    return found


def test_every_line_is_refused_by_what_is_wrong_with_it_alone(refused):
    expected = {
        number: set(found[1].split())
        for number, line in enumerate(TEXT.splitlines(), 1)
        if (found := re.search(r"# ([VE][VE\d ]*)$", line))
    }
    assert told(refused.findings) == expected


def test_every_finding_has_a_way_out_in_both_languages(refused):
    for finding in refused.findings:
        for language in ("en", "ru"):
            assert finding.reason.render(language).strip()
            assert finding.remedy.render(language).strip()


def test_what_follows_in_an_example_is_answered_with_what_to_write_and_not_with_itself(refused):
    found = [each for each in refused.findings if each.code == "V5521"]
    follows = next(each for each in found if "“won”" in str(each.reason))
    assert follows.suggestion is None
    assert "{stage: won, outcome: won, closed_at: 2026-03-02}" in str(follows.remedy)
    assert next(each for each in found if "“amuont”" in str(each.reason)).suggestion == "amount"


@pytest.fixture(scope="module")
def reading():
    found = reading_of(GOOD)
    assert found.findings == ()
    return found


@pytest.fixture(scope="module")
def kpis(reading):
    return reading.workspace.kpis


def test_kpis_come_after_those_that_they_rest_on(kpis):
    assert list(kpis).index("revenue") < list(kpis).index("ratio_of_parts")
    assert kpis["ratio_of_parts"].by == ("owner", "size")
    assert kpis["ratio_of_parts"].grains == (Grain.MONTH,)


def test_a_term_is_a_name_in_kpis(kpis):
    assert (
        "amount"
        in kpis["revenue"].current.method.value.reads.columns | kpis["revenue"].current.method.value.reads.names
    )
    assert isinstance(kpis["lengths"].current.where, Expression)


def test_versions_follow_one_another_and_each_has_its_own_moment(kpis):
    versions = kpis["win_rate"].versions
    assert [(each.number, str(each.since), each.time) for each in versions] == [
        (1, "None", "created_at"),
        (3, "2026-07-01", "closed_at"),
    ]


def test_a_ratio_is_a_share_where_the_part_lies_within_the_whole(kpis):
    assert [each.method.share for each in kpis["win_rate"].versions] == [False, True]


@pytest.mark.parametrize(
    ("method", "refused"),
    [
        ("conversion: {from: sales.proposal, to: other.mid, basis: cohort}", True),
        ("conversion: {from: sales.proposal, to: other.mid, basis: cohort, entity: account}", False),
        ("survival: {from: sales.proposal, event: other.mid, at: [30 days]}", True),
        ("survival: {from: other.mid, event: won, at: [30 days]}", False),
    ],
)
def test_a_deal_stays_in_its_funnel(method, refused):
    funnel = b"funnel: other\nfields: []\nstages:\n  mid: {why: analytics}\n  won: {outcome: won}\n"
    text = f"kpis:\n  k: {{definition: d, owner: head, {method}}}\n"
    reading = read_workspace({**base(), PATH: text.encode(), "configs/funnels/other.yaml": funnel})
    assert [each.code for each in reading.findings if each.place.file == PATH] == ["V5514"] * refused


def test_targets_are_by_period_and_team(kpis):
    told = [(each.period, each.team, each.value, each.warn) for each in kpis["win_rate"].targets]
    assert told == [(None, None, 0.2, None), ("2026-Q4", None, 0.3, 0.25), ("2026-Q4", "b2b", 0.35, None)]


def test_an_example_has_values_as_records_keep_them(kpis):
    (example,) = kpis["win_rate"].examples
    assert example.rows["deals"][0]["amount"] == 1050
    assert example.rows["deals"][0]["closed_at"] == 1772398800_000_000
    assert example.value == 0.5
    assert example.at == 1774990800_000_000 - 1


def test_units_follow_from_what_is_computed(kpis):
    units = {name: kpi.unit for name, kpi in kpis.items()}
    assert units == {
        "revenue": "money",
        "ratio_of_parts": "",
        "win_rate": "percent",
        "calls": "",
        "lengths": "days",
        "steps": "",
        "first": "days",
    }


def test_a_funnel_goes_through_all_open_stages_to_won_unless_its_steps_are_named(kpis):
    method = kpis["steps"].current.method
    assert isinstance(method, methods.FunnelSteps)
    assert method.steps == ("needs", "survey", "proposal", "contract", "won")


def test_parameters_come_after_those_that_they_rest_on(reading):
    assert list(reading.workspace.profit_model.parameters) == ["cheque", "leads", "share", "profit"]


def test_an_example_that_turns_out_otherwise_is_told_at_its_place(reading):
    found = wrong_example(reading.files, "win_rate", 0, Label.plain("50%"), Label.plain("40%"))
    line = GOOD.splitlines()[found.place.line - 1]
    assert line[found.place.column - 1 :].startswith("50%")
    assert (found.code, "50%" in found.reason.render("en")) == ("V5522", True)
