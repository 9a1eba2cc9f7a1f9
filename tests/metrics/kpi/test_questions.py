"""The questions about KPIs over what was lived, for whoever asks."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.mart.lived import FILES
from voronka.definition.fields import Subject
from voronka.errors import UsageFault
from voronka.messages import Label
from voronka.metrics.kpi.rights import check_report
from voronka.metrics.parameters import amount_field
from voronka.runtime.viewer import viewer_of
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
  dear_ones:
    label: Dear ones
    definition: Deals that are dear
    owner: seller
    measure: count(deals, cost > 5)
    time: created_at
    grain: [month]
  worth:
    label: Worth
    definition: What deals cost
    owner: seller
    measure: sum(deals, amount)
    time: created_at
    by: [owner]
    grain: [month]
  each:
    label: Each
    definition: What a deal brings
    owner: seller
    measure: avg(deals, amount)
    time: created_at
    grain: [month]
  hidden_factor:
    label: What dear ones contributed
    definition: What contributed to the change
    owner: seller
    decomposition: {kpi: worth, factors: [dear_ones, each]}
  hidden_against:
    label: Spread
    definition: How much deals differ
    owner: seller
    spread: {kpi: made, over: owner, against: dear_by_owner}
  dear_by_owner:
    label: Dear by owner
    definition: Deals that are dear
    owner: seller
    measure: count(deals, cost > 5)
    time: created_at
    by: [owner]
    grain: [month]
  hidden_sum:
    label: Sum with what is hidden
    definition: Deals made and dear ones
    owner: seller
    derived: {formula: made + dear_ones}
  due_hidden:
    label: Due
    definition: Deals by a hidden day
    owner: seller
    measure: count(deals)
    time: shown_at
    grain: [month]
  slow:
    label: Slow
    definition: What holds dear deals up
    owner: seller
    bottleneck: {funnel: f}
    where: cost is missing or cost > 5
  by_term:
    label: By a term
    definition: Deals that a term calls dear
    owner: seller
    measure: count(deals, pricey)
    time: created_at
    grain: [month]
terms:
  pricey: {definition: Dear, owner: seller, formula: cost > 5}
profit_model:
  label: Profit
  result: profit
  parameters:
    count: {label: Count, kpi: dear_ones}
    price: {label: Price, unit: money, value: 50}
    profit: {label: Profit, unit: money, formula: count * price}
"""
HIDDEN = [
    "secret_share",
    "by_term",
    "by_hidden",
    "of_accounts",
    "hidden_factor",
    "hidden_against",
    "hidden_sum",
    "due_hidden",
    "slow",
]
PEOPLE = (
    "roles: {seller: {label: Seller, sees: own}, head: {label: Head, sees: all}}\n"
    "people: {anna: {name: Anna, role: seller}, oleg: {name: Oleg, role: seller}, olga: {name: Olga, role: head}}\n"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kpis") / "w"
    fields = FILES["configs/fields/own.yaml"] + (
        "  cost: {type: money, visible_to: [head]}\n"
        "  shown_at: {type: date, visible_to: [head]}\n"
        "  grade: {type: choice, options: [a, b], visible_to: [head]}\n"
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


@pytest.mark.parametrize("kpi", HIDDEN)
def test_a_number_that_rests_on_hidden_fields_is_not_told(run, kpi):
    assert ask(run, "kpi", kpi=kpi, actor="olga")["kpi"] == kpi
    for question in ("kpi", "kpi.drill"):
        with pytest.raises(UsageFault, match="fields that are not shown"):
            ask(run, question, kpi=kpi, actor="anna")


@pytest.mark.parametrize(
    ("report", "params", "said"),
    [
        ("profit", {}, "fields that are not shown"),
        ("managers", {"funnel": "f", "amount": "cost"}, "cost"),
        ("managers", {"funnel": "f", "mix": "grade"}, "grade"),
        ("forecast", {"funnel": "f", "amount": "cost"}, "cost"),
    ],
)
def test_a_report_tells_nothing_of_hidden_fields(run, report, params, said):
    assert ask(run, f"report.{report}", actor="olga", **params)
    with pytest.raises(UsageFault, match=said):
        ask(run, f"report.{report}", actor="anna", **params)


def test_a_report_by_a_kpi_over_hidden_fields_does_without_it(run):
    told = {actor: ask(run, "report.bottleneck", funnel="f", actor=actor)["kpi"] for actor in ("olga", "anna")}
    assert told == {"olga": "slow", "anna": "f"}


@pytest.mark.parametrize(("actor", "found"), [("olga", "amount"), ("anna", None)])
def test_reports_do_without_an_amount_that_is_hidden_and_take_no_other_in_its_place(run, actor, found):
    workspace = run.client.engine.workspace
    deals = workspace.fields[Subject.DEALS]
    amount = replace(deals["amount"], visible_to=("head",))
    fields = {**deals, "amount": amount, "fee": replace(amount, name="fee", visible_to=())}
    workspace = replace(workspace, fields={**workspace.fields, Subject.DEALS: fields})
    with run.client.engine.read() as reader:
        viewer = viewer_of(reader, workspace, actor, run.client.engine.clock.now())
    asked = SimpleNamespace(workspace=workspace, viewer=viewer, known=lambda name, names: None)
    assert amount_field(asked) == found


@pytest.mark.parametrize(
    ("report", "kpis", "told"),
    [
        ("kpis", ("made", "worth"), True),
        ("kpis", ("made", "hidden_sum"), False),
        ("funnel", (), True),
        ("contacts", (), True),
        *((report, (), False) for report in ("profit", "managers", "forecast", "winloss", "hygiene", "bottleneck")),
    ],
)
def test_a_review_made_for_all_is_not_shown_where_it_rests_on_hidden_fields(run, report, kpis, told):
    workspace = run.client.engine.workspace
    with run.client.engine.read() as reader:
        viewers = [viewer_of(reader, workspace, name, run.client.engine.clock.now()) for name in ("olga", "anna")]
    for viewer, shown in zip(viewers, (True, told), strict=True):
        asked = SimpleNamespace(workspace=workspace, viewer=viewer)
        with nullcontext() if shown else pytest.raises(UsageFault, match="Monday rests on fields"):
            check_report(asked, report, kpis, Label.plain("Monday"))


@pytest.mark.parametrize(
    ("keys", "said"),
    [({"cost": "5"}, "not told by cost"), ({"foo": "1"}, "not told by foo"), ({"created_at": "zzz"}, "not told by")],
)
def test_deals_are_asked_for_by_the_names_of_the_kpi_alone(run, keys, said):
    with pytest.raises(UsageFault, match=said):
        ask(run, "kpi.drill", kpi="made", keys=keys, grain="all")
    assert ask(run, "kpi.drill", kpi="made", keys={"owner": "anna"}, grain="all")["deals"] == [2, 1]


def test_deals_of_somebody_who_is_not_there_are_answered_with_whom_there_is(run):
    with pytest.raises(UsageFault, match="owner has no value ana") as fault:
        ask(run, "kpi.drill", kpi="made", keys={"owner": "ana"}, grain="all")
    assert "anna" in str(fault.value.remedy)
    assert ask(run, "kpi.drill", kpi="made", keys={"owner": "olga"}, grain="all")["deals"] == []


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


def test_the_report_on_hygiene_counts_no_field_that_nothing_asks_for(run):
    told = ask(run, "report.hygiene", funnel="f")
    assert (told["fields"], told["owners"], told["teams"], told["deals"]) == ([], [], [], [])
    document = ask(run, "report", report="hygiene", funnel="f")
    assert document["said"][0]["en"].startswith("No deal should have a field by now: require fields at a stage")
