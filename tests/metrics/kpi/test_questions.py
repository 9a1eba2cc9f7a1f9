"""The questions about KPIs over what was lived, for whoever asks."""

from __future__ import annotations

import pytest

from tests.mart.lived import FILES
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace, write_files

KPIS = """\
kpis:
  made:
    label: Made
    definition: Deals made in the period
    owner: seller
    measure: count(deals)
    time: created_at
    by: [owner]
    grain: [month]
  secret_share:
    label: Dear
    definition: The share of dear deals
    owner: seller
    ratio: {part: "count(deals, cost > 5)", whole: count(deals)}
    time: created_at
    grain: [month]
  by_hidden:
    label: Made by what is dear
    definition: Deals made in the period
    owner: seller
    measure: count(deals)
    time: created_at
    by: [dear]
    grain: [month]
  of_accounts:
    label: Large
    definition: Deals of large accounts
    owner: seller
    measure: count(deals, account.turnover > 5)
    time: created_at
    grain: [month]
"""
PEOPLE = (
    "roles: {seller: {label: Seller, sees: own}, head: {label: Head, sees: all}}\n"
    "people: {anna: {name: Anna, role: seller}, oleg: {name: Oleg, role: seller}, olga: {name: Olga, role: head}}\n"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kpis") / "w"
    fields = FILES["configs/fields/own.yaml"] + (
        "  cost: {type: money, visible_to: [head]}\n"
        "  dear: {type: bool, formula: cost > 5}\n"
        "  turnover: {of: accounts, type: money, visible_to: [head]}\n"
    )
    write_files(
        folder,
        {
            **FILES,
            "configs/people/team.yaml": PEOPLE,
            "configs/fields/own.yaml": fields,
            "configs/kpis/k.yaml": KPIS,
        },
    )
    with TestWorkspace(folder, start="2026-03-02 10:00", zone="Europe/Moscow") as made:
        for owner in ("anna", "anna", "oleg"):
            assert made.execute("deal.create", funnel="f", fields={"owner": owner, "amount": "5"})["refusal"] is None
        yield made


def ask(run, question, **params):
    return run.client.query(question, params)


def test_whoever_asks_sees_the_number_over_the_deals_they_may_see(run):
    numbers = {
        actor: ask(run, "kpi", kpi="made", **({} if actor is None else {"actor": actor}))["rows"][-1]["value"]
        for actor in (None, "olga", "anna", "oleg")
    }
    assert numbers == {None: 3, "olga": 3, "anna": 2, "oleg": 1}
    assert ask(run, "kpi.drill", kpi="made", actor="oleg") == {"kpi": "made", "deals": [3]}
    behind = ask(run, "kpi.drill", kpi="made", by="owner", keys={"owner": "anna"}, period="2026-03-01")
    assert behind["deals"] == [2, 1]


@pytest.mark.parametrize("kpi", ["secret_share", "by_hidden", "of_accounts"])
def test_a_number_that_rests_on_hidden_fields_is_not_told(run, kpi):
    assert ask(run, "kpi", kpi=kpi, actor="olga")["rows"]
    with pytest.raises(UsageFault, match="fields that are not shown"):
        ask(run, "kpi", kpi=kpi, actor="anna")


def test_the_answer_says_what_it_stands_on(run):
    told = ask(run, "kpi", kpi="made", by="owner", **{"from": "2026-03-01", "to": "2026-03-31"})
    assert (told["label"], told["versions"], told["coverage"]) == ({"": "Made"}, {"2026-03-01": 1}, 1.0)
    assert told["fresh_at"] is not None
    assert told["release"]
    assert [(row["keys"]["owner"]["label"], row["value"]) for row in told["rows"]] == [
        ({"": "Anna"}, 2),
        ({"": "Oleg"}, 1),
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"kpi": "mad"},
        {"kpi": "made", "by": "stage"},
        {"kpi": "made", "grain": "day"},
        {"kpi": "made", "from": "2026-03-02", "to": "2026-03-01"},
        {"kpi": "made", "from": "March"},
        {"kpi": "made", "from": "0100-01-01"},
    ],
)
def test_a_question_that_has_no_answer_is_refused(run, params):
    with pytest.raises(UsageFault):
        ask(run, "kpi", **params)


def test_reports_of_a_funnel_need_no_kpi(run):
    stages = ask(run, "report.bottleneck", funnel="f")["stages"]
    assert [(each["stage"], each["entries"], each["deals"]) for each in stages] == [("first", 3, [3, 2, 1])]
    told = ask(run, "report.hygiene", funnel="f")
    fields = {each["field"]: each["completeness"] for each in told["fields"]}
    assert sum(each["n"] for each in told["owners"]) == sum(each["n"] for each in told["teams"]) == 3
    shares = [each["value"] for each in told["owners"]]
    assert shares == sorted(shares)  # the worst comes first
    assert all(each["worst_value"] == 0.0 for each in told["owners"])
    assert (fields["amount"], fields["margin"]) == (1.0, 0.0)
    assert "secret" not in fields
