"""Reports over the mart as questions of a workspace in which something has happened."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import date
from random import Random
from types import SimpleNamespace

import pytest

from voronka.bootstrap import open_workspace
from voronka.calendars import date_of, day_start
from voronka.config.build_reviews import _OF_NO_FUNNEL
from voronka.definition.kpis.reviews import METHODS, OF_NOW
from voronka.errors import UsageFault
from voronka.metrics.managers.answer import owned
from voronka.metrics.managers.rows import Counts
from voronka.metrics.parameters import later_month
from voronka.metrics.reports.asking import About
from voronka.metrics.reports.bottleneck import bottleneck_document
from voronka.metrics.reports.contacts import contacts_document
from voronka.metrics.reports.forecast import forecast_document
from voronka.metrics.reports.kpis import kpis_document
from voronka.metrics.reports.markdown import markdown_of
from voronka.metrics.reports.profit import profit_document
from voronka.metrics.reports.wire import document_of
from voronka.simulation.clock import VirtualClock
from voronka.simulation.year import live
from voronka.testing import write_files

FILES = {
    "voronka.yaml": "workspace: workshop\nlocale: en\ntimezone: Asia/Omsk\ncurrency: EUR\n",
    "configs/people/people.yaml": (
        "roles: {manager: {label: Manager, sees: own}}\n"
        "people: {anna: {name: Anna, role: manager}, boris: {name: Boris, role: manager}}\n"
        "routing: [{funnel: orders, assign: {role: manager}}]\n"
    ),
    "configs/fields/order.yaml": (
        "set: order\nfields:\n  piece: {type: choice, options: {chair: Chair, table: Table}}\n  fee: {type: money}\n"
    ),
    "configs/kpis/profit.yaml": (
        "profit_model:\n  label: Profit\n  result: revenue\n  parameters:\n"
        "    leads: {label: Leads, value: 100, floor: 0}\n"
        "    win_rate: {label: Win rate, unit: percent, value: 20%, cap: 100%, floor: 0}\n"
        "    cheque: {label: Cheque, unit: money, value: 50}\n"
        "    cost_per_lead: {label: Cost per lead, unit: money}\n"
        "    revenue: {label: Revenue, unit: money, formula: leads * win_rate * cheque}\n"
    ),
    "configs/funnels/orders.yaml": (
        "funnel: orders\nfields: [order]\nstages:\n"
        "  talk:\n    probability: 60%\n    why: sales_model\n"
        "    leave: {require: [piece], checklist: {sketch: {label: Sketch}}}\n"
        "  drawing: {probability: 80%, why: sales_model}\n"
        "  won: {enter: {require: [fee]}}\n"
        "transitions:\n  silent: {from: talk, to: lost, after: 20 days}\n"
    ),
}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A workspace lived in for six weeks."""
    root = tmp_path_factory.mktemp("workshop")
    write_files(root, FILES)
    clock = VirtualClock(day_start(date(2025, 1, 9), "UTC"))
    client = open_workspace(root, clock=clock, random=Random(1).randbytes, durable=False)
    live(client.engine, clock, seed=1, days=45, deals=30)
    yield client
    client.close()


@pytest.fixture(scope="module")
def outcomes(workshop):
    """Won and lost as the quick look over the store has them."""
    return workshop.query("funnel", {"funnel": "orders"})


def test_managers_have_the_deals_that_closed(workshop, outcomes):
    told = workshop.query("report.managers", {"funnel": "orders", "least": 1})
    assert told["n"] == outcomes["won"] + outcomes["lost"] > 10
    assert {each["name"]: each["counts"]["successes"] for each in told["managers"]} == {
        each["owner"]: each["won"] for each in outcomes["owners"] if each["won"] + each["lost"]
    }
    assert all(each["verdict_told"]["ru"] and each["deals"] for each in told["managers"])
    assert sum(each["counts"]["trials"] for each in told["cohorts"]) == outcomes["deals"]
    assert told["fresh_at"] <= workshop.engine.clock.now()


def test_the_report_on_managers_says_over_what_and_over_when_its_columns_are_counted(workshop):
    told = workshop.query("report", {"report": "managers", "funnel": "orders"})
    basis = [each["en"] for each in told["basis"]]
    assert any(each.startswith("Contacts a sale, on all closed: Our interactions") for each in basis)
    assert any(each.startswith("Average cheque at drawing: Amounts") for each in basis)
    assert basis[-1] == "No days were asked for: results are of all time, cohorts of the last 12 months."
    days = {"from": "2001-01-01", "to": "2001-02-01"}
    dated = workshop.query("report", {"report": "managers", "funnel": "orders", **days})
    assert not any("No days" in each["en"] for each in dated["basis"])


def test_the_badge_says_which_share_of_deals_has_an_owner(workshop):
    reports = [workshop.query("report", {"report": name, "funnel": "orders"}) for name in ("funnel", "managers")]
    assert [each["badge"]["coverage"] for each in reports] == [1.0, 1.0]
    owners = SimpleNamespace(name="anna", counts=Counts(1, 3)), SimpleNamespace(name=None, counts=Counts(0, 1))
    assert (owned(owners), owned(())) == (0.75, None)


@pytest.mark.parametrize("report", ["funnel", "bottleneck", "managers", "hygiene", "forecast", "winloss"])
def test_a_report_on_a_funnel_asks_which(workshop, report):
    with pytest.raises(UsageFault, match="not said which funnel") as fault:
        workshop.query("report", {"report": report})
    assert "orders" in str(fault.value.remedy)


def test_bottlenecks_are_told_of_a_year_unless_days_are_given(workshop):
    told = workshop.query("report.bottleneck", {"funnel": "orders"})
    last = date.fromisoformat(told["to"])
    assert last == date_of(workshop.engine.clock.now(), "Asia/Omsk")
    assert told["from"] == later_month(last.replace(day=1), -11).isoformat()


def test_the_report_on_bottlenecks_shows_by_what_it_ranks(workshop):
    told = workshop.query("report.bottleneck", {"funnel": "orders"})
    assert told["rank_by"] == "time"
    assert told["no_gain"]["en"] == (
        "no parameter of the profit model with a target is measured by the conversion from talk, drawing, or by the "
        "time there"
    )
    foremost = next(each for each in told["stages"] if each["rank"] == 1)
    document = workshop.query("report", {"report": "bottleneck", "funnel": "orders"})
    said = [each["en"] for each in document["said"]]
    assert said[0] == (
        f"The bottleneck is {foremost['stage']}: deals stay there {foremost['mean']:.1f} days on average."
    )
    assert said[1].startswith("Not ranked by expected gain: no parameter")
    assert document["basis"][0]["en"].startswith("Ranked by the mean stay")
    (table,) = document["tables"]
    assert {"rank", "mean"} < {each["name"] for each in table["columns"]}
    assert "gain" not in {each["name"] for each in table["columns"]}
    assert [each["cells"]["mean"] for each in table["rows"]] == [each["mean"] for each in told["stages"]]


@pytest.mark.parametrize(
    ("rank_by", "gain", "said"),
    [
        ("gain", 150_000, "The bottleneck is talk: 1,500\xa0EUR could be gained there."),
        ("gain", 0, "No stage stands out: each has reached its targets."),
        ("wait", 0, "The bottleneck is talk: deals wait there 2.5 days on average."),
        ("leak", 0, "The bottleneck is talk: of those that left it 40.0% were lost."),
    ],
)
def test_each_ranking_of_bottlenecks_is_told_with_its_number(workshop, rank_by, gain, said):
    answer = workshop.query("report.bottleneck", {"funnel": "orders"})
    for each in answer["stages"]:
        each |= {"gain": gain, "wait": 2.5, "lost": 0.4, "rank": 1 if each["stage"] == "talk" else 2}
    answer |= {"rank_by": rank_by, "no_gain": None, "gain_unit": "money"}
    document = bottleneck_document(answer, About(workspace=workshop.engine.workspace, now=0))
    assert str(document.said[0]) == said
    assert [each.name for each in document.tables[0].columns if each.name == "gain"] == ["gain"]


GAINS = """\
kpis:
  from_talk:
    label: From talk
    definition: Won of those
    owner: manager
    status: approved
    grain: [month]
    good: up
    target: {always: 100%}
    conversion: {from: orders.talk, to: won, basis: event}
  from_drawing:
    label: From drawing
    definition: Won of those
    owner: manager
    status: approved
    grain: [month]
    good: up
    target: {always: 100%}
    conversion: {from: orders.drawing, to: won, basis: event}
profit_model:
  label: Profit
  result: revenue
  parameters:
    leads: {label: Leads, value: 100}
    talk: {label: From talk, unit: percent, kpi: from_talk, cap: 100%}
    drawing: {label: From drawing, unit: percent, kpi: from_drawing, cap: 100%}
    cheque: {label: Cheque, unit: money, value: 50}
    revenue: {label: Revenue, unit: money, formula: leads * talk * drawing * cheque}
"""


def test_stages_are_ranked_by_the_gain_that_the_profit_model_expects_of_them(tmp_path):
    write_files(tmp_path, {**FILES, "configs/kpis/profit.yaml": GAINS})
    clock = VirtualClock(day_start(date(2025, 1, 9), "UTC"))
    client = open_workspace(tmp_path, clock=clock, random=Random(1).randbytes, durable=False)
    live(client.engine, clock, seed=1, days=45, deals=30)
    told = client.query("report.bottleneck", {"funnel": "orders"})
    assert (told["rank_by"], told["no_gain"], told["gain_unit"]) == ("gain", None, "money")
    share = {
        name: client.query("kpi", {"kpi": f"from_{name}", "grain": "all", "from": told["from"], "to": told["to"]})[
            "rows"
        ][0]["value"]
        for name in ("talk", "drawing")
    }
    base = 100 * share["talk"] * share["drawing"] * 5000
    for row in told["stages"]:
        if row["rank"] is not None:
            assert row["gain"] == pytest.approx(base / share[row["stage"]] - base)
    gains = [row["gain"] for row in sorted(told["stages"], key=lambda row: row["rank"] or 9) if row["rank"]]
    assert gains == sorted(gains, reverse=True)
    assert told["words"][0]["en"] == "Ranked by the expected gain."
    client.close()


def test_a_kpi_of_several_numbers_says_where_they_are(workshop):
    number = {"value": 1, "n": 5, "low": None, "high": None, "hidden": None, "light": None, "details": {}}
    answer = {"kpi": "fun", "label": {"en": "Funnel"}, "definition": {"en": "Funnel"}, "unit": None, "words": []}
    answer |= {"coverage": None, "fresh_at": 0, "rows": [number, number]}
    (row,) = kpis_document([answer], About(workspace=workshop.engine.workspace, now=0)).tables[0].rows
    assert row.cells[1] is None
    assert "voronka kpi show fun" in str(row.why)


def test_sentences_beside_a_kpi_follow_each_other_as_sentences(workshop):
    words = [{"en": "Basis: cohort.", "ru": "По когортам."}, {"en": "The rest is young.", "ru": "Остальные молоды."}]
    answer = {"kpi": "fun", "label": {"en": "Fun"}, "definition": {"en": "Fun"}, "unit": None, "words": words}
    answer |= {"coverage": None, "fresh_at": 0, "rows": []}
    (row,) = kpis_document([answer], About(workspace=workshop.engine.workspace, now=0)).tables[0].rows
    assert row.cells[-1].render("en") == "Basis: cohort. The rest is young."
    assert row.cells[-1].render("ru") == "По когортам. Остальные молоды."


def test_signs_are_looked_for_among_the_fields(workshop, outcomes):
    told = workshop.query("report.winloss", {"funnel": "orders", "least": 1})
    assert told["counts"] == {"successes": outcomes["won"], "trials": outcomes["won"] + outcomes["lost"]}
    fee = next(each for each in told["signs"] if each["of"]["name"] == "fee")
    assert fee["of"]["having"]["successes"] == outcomes["won"]
    assert fee["of"]["late"]
    sketch = next(each for each in told["signs"] if each["of"]["name"] == "talk.leave.checklist.sketch")
    assert set(sketch["label"].values()) == {"Sketch"}
    assert sketch["of"]["having"]["successes"] == outcomes["won"]


def test_managers_are_compared_among_deals_of_a_kind_that_is_named(workshop):
    alone, by_piece = (
        workshop.query("report", {"report": "managers", "funnel": "orders", **mix}) for mix in ({}, {"mix": "piece"})
    )
    assert "No kinds of deals are told apart" in json.dumps(alone)
    assert "The mix of deals is told by" in json.dumps(by_piece)
    with pytest.raises(UsageFault, match="There is no field fee"):
        workshop.query("report.managers", {"funnel": "orders", "mix": "fee"})


@pytest.mark.parametrize("report", ["managers", "forecast", "winloss", "contacts"])
def test_the_deals_stand_behind_the_numbers(workshop, report):
    document = workshop.query("report", {"report": report, "funnel": "orders"})
    counting = {"managers": {"managers", "cohorts"}, "forecast": {"stages"}, "winloss": {"signs"}}
    for table in document["tables"]:
        if table["name"] in counting.get(report, {"attempts", "touchpoints", "patience"}):
            behind = [row for row in table["rows"] if row["deals"]]
            assert behind, table["name"]
            n = {"cohorts": "n", "stages": "closed", "patience": "closed"}.get(table["name"])
            if n is not None:
                place = [column["name"] for column in table["columns"]].index(n)
                assert [len(row["deals"]) + row["more"] for row in table["rows"]] == [
                    list(row["cells"].values())[place] for row in table["rows"]
                ]


def test_all_that_is_told_of_contacts_stands_in_the_report(workshop):
    told = workshop.query("report.contacts", {"funnel": "orders", "least": 1, "in_a_row": 1})
    document = contacts_document(told, About(workspace=workshop.engine.workspace, now=0))
    tables = {table.name: table for table in document.tables}
    assert told["failing"]
    assert [row.deals for row in tables["failing"].rows] == [(each["deal"],) for each in told["failing"]]
    assert [row.cells[2:4] for row in tables["touchpoints"].rows] == [
        (each["of"]["counts"]["trials"], each["of"]["counts"]["successes"]) for each in told["touchpoints"]
    ]
    stages = [each["of"]["stage"] for each in told["touchpoints"]]
    assert list(dict.fromkeys(stages)) == [name for name in ("talk", "drawing") if name in stages]
    assert len(document.said) == (told["differ"] is not None) + (told["worn"] is not None and told["worn"]["p"] < 0.05)
    assert [picture.name for picture in document.pictures] == ["touchpoints", "patience"]


@pytest.mark.parametrize(("days", "said"), [({}, True), ({"from": "2025-01-10"}, False)])
def test_contacts_of_all_time_are_said_to_be_so(workshop, days, said):
    told = workshop.query("report", {"report": "contacts", **days})
    assert ("No days were asked for: all is of all time." in [each["en"] for each in told["basis"]]) is said


@pytest.mark.parametrize(
    ("report", "said"),
    [("contacts", "| звонок | – |"), ("managers", "| звонок |"), ("winloss", "| эл. почта: было |")],
)
def test_codes_of_contacts_are_told_in_the_words_of_people(workshop, report, said):
    told = workshop.query("report", {"report": report, "funnel": "orders", "least": 1})
    page = markdown_of(document_of(told), "ru")
    assert said in page
    assert not re.search(r"\| (call|email)\b", page)


def test_the_forecast_is_of_the_open_deals(workshop, outcomes):
    told = workshop.query("report.forecast", {"funnel": "orders", "months": 3, "least": 1})
    assert told["n"] == outcomes["open"]
    assert len(told["months"]) == 3
    assert [each["stage"] for each in told["calibration"]] == ["talk", "drawing"]
    talk = next(each for each in told["stages"] if each["stage"] == "talk")
    assert talk["closed"] == outcomes["won"] + outcomes["lost"]


@pytest.mark.parametrize(
    ("fields", "actor", "said"),
    [
        ("fee: {type: integer}", None, "no amount that could be foretold"),
        ("fee: {type: money, formula: 100}", None, "an amount that is kept, and fee is computed"),
        ("fee: {type: money, visible_to: [owner]}", "anna", "not shown to you"),
    ],
    ids=["none", "computed", "hidden"],
)
def test_where_no_amount_can_be_added_up_the_forecast_says_why(tmp_path, fields, actor, said):
    files = {**FILES, "configs/fields/order.yaml": "set: order\nfields:\n  piece: {type: text}\n  " + fields + "\n"}
    files["configs/funnels/orders.yaml"] = FILES["configs/funnels/orders.yaml"].replace("[fee]", "[piece]")
    write_files(tmp_path, files)
    with closing(open_workspace(tmp_path)) as client, pytest.raises(UsageFault, match=said):
        client.query("report.forecast", {"funnel": "orders", **({"actor": actor} if actor else {})})


def test_the_profit_model_is_told_in_minor_units(workshop):
    told = workshop.query("report.profit", {"goal": 1500, "names": ["leads"]})
    assert (told["known"], told["n"], told["missing"]) == (3, 4, ["cost_per_lead"])
    values = {each["name"]: (each["value"], each["source"]) for each in told["parameters"]}
    assert values["revenue"] == (pytest.approx(100_000), "formula")
    assert values["cost_per_lead"] == (None, "missing")
    assert told["goal"]["values"] == {"leads": pytest.approx(150)}
    assert told["goal"]["result"] == pytest.approx(150_000)
    assert told["constraints"][0]["gain"] == pytest.approx(20_000)
    assert told["outcomes"] == []
    assert told["decomposition"]["change"] == 0


def test_the_report_on_profit_compares_a_month_with_the_month_before_and_says_so(workshop):
    days = {"from": "2001-03-01", "to": "2001-03-31"}
    told = workshop.query("report.profit", days)
    assert told["decomposition"]["compared"] == ["2001-02-01", "2001-02-28"]
    basis = workshop.query("report", {"report": "profit", **days})["basis"][-1]
    assert basis["en"] == "The period before: 2001-02-01 to 2001-02-28."
    assert "01.02.2001" in basis["ru"]


def test_the_report_on_profit_names_no_key_constraint_where_gains_are_the_same(workshop):
    told = workshop.query("report.profit", {})
    assert set(told["key"]) == {"leads", "win_rate", "cheque"}
    said = [each["en"] for each in workshop.query("report", {"report": "profit"})["said"]]
    (key,) = (each for each in said if "key constraint" in each)
    assert key.startswith("No parameter stands out as the key constraint: ")
    assert all(name in key for name in ("Leads", "Win rate", "Cheque"))
    about = About(workspace=workshop.engine.workspace, now=0)
    for names, sentence in ((["leads"], "The key constraint is Leads."), ([], "No parameter would raise the result")):
        assert any(str(each).startswith(sentence) for each in profit_document(told | {"key": names}, about).said)


def test_a_parameter_whose_kpi_has_no_data_is_not_called_one_that_nobody_collects(workshop):
    answer = workshop.query("report.profit", {})
    answer["parameters"][0] |= {"value": None, "source": "no_data"}
    document = profit_document(answer, About(workspace=workshop.engine.workspace, now=0))
    assert str(document.tables[0].rows[0].cells[2]) == "the KPI has no data"


def test_a_goal_that_no_growth_reaches_needs_no_value_of_the_parameters(workshop):
    told = workshop.query("report.profit", {"goal": 2_000_000, "values": {"leads": 0}})
    assert (told["goal"]["share"], told["goal"]["result"]) == (None, 0)
    assert set(told["goal"]["values"]) == {"leads", "win_rate"}  # nothing grows from nought; the cap
    free = workshop.query("report.profit", {"goal": 2_000_000, "values": {"leads": 0}, "names": ["cheque"]})
    assert free["goal"]["values"] == {}
    document = profit_document(free, About(workspace=workshop.engine.workspace, now=0))
    assert "goal" not in [table.name for table in document.tables]
    assert "however much these parameters grow: the result stays at 0\xa0EUR" in str(document.said[-1])


def test_values_may_be_tried_out(workshop):
    told = workshop.query("report.profit", {"values": {"leads": 200}})
    assert next(each for each in told["parameters"] if each["name"] == "leads")["source"] == "asked"
    with pytest.raises(UsageFault):
        workshop.query("report.profit", {"values": {"revenue": 1}})


def tables(document):
    """The rows of a document by table, in order of its columns."""
    return {each["name"]: [list(row["cells"].values()) for row in each["rows"]] for each in document["tables"]}


def test_the_document_on_profit_tells_the_goal_and_what_grows_together(workshop):
    told = workshop.query("report", {"report": "profit", "goal": 1500, "share": 30, "names": "leads, cheque"})
    assert [[share, factor] for share, factor, _ in tables(told)["joint"]] == [
        [share, pytest.approx((1 + share) ** 2)] for share in (0.05, 0.1, 0.3)
    ]
    assert [names["en"] for *_, names in tables(told)["joint"]] == ["Leads, Cheque"] * 3
    grown = [(name[""], before["en"], needed["en"]) for name, before, needed in tables(told)["goal"]]
    assert grown == [("Leads", "100.0", "122.5"), ("Cheque", "50\xa0EUR", "61.24\xa0EUR")]
    assert "The goal of 1,500\xa0EUR is reached with a growth of 22.5%." in [each["en"] for each in told["said"]]
    far = workshop.query("report", {"report": "profit", "goal": 10_000, "names": "win_rate"})
    assert "cannot be reached: limits leave 5,000\xa0EUR" in far["said"][-1]["en"]
    assert [row[2]["en"] for row in tables(far)["goal"]] == ["100.0%"]
    left = next(each for each in far["tables"] if each["name"] == "goal")
    assert (left["title"]["en"], left["columns"][2]["label"]["en"]) == ("What limits leave", "At the limit")
    assert left["note"] is None  # it tells of a growth that reaches the goal
    for goal in (-5, 1000):
        met = workshop.query("report", {"report": "profit", "goal": goal})["said"][-1]["en"]
        assert met.endswith("is reached already: the result is 1,000\xa0EUR.")
    assert "goal" not in tables(workshop.query("report", {"report": "profit"}))
    unknown = {"asked": 150_000, "share": None, "result": None, "values": {}}
    answer = workshop.query("report.profit", {}) | {"goal": unknown}
    about = About(workspace=workshop.engine.workspace, now=0)
    assert str(profit_document(answer, about).said[-1]).endswith("cannot be sought: the result is not known yet.")


@pytest.mark.parametrize(
    "given",
    [
        {"report": "profit", "funnel": "orders"},
        {"report": "profit", "kpis": "win_rate"},
        {"report": "profit", "names": "revenue"},
        {"report": "profit", "names": True},
        {"report": "profit", "goal": "much"},
        {"report": "hygiene", "funnel": "orders", "from": "2020-01-01", "to": "2020-01-31"},
        {"report": "forecast", "funnel": "orders", "to": "2020-01-31"},
        {"report": "coverage", "from": "2020-01-01"},
        {"report": "coverage", "funnel": "orders"},
        {"report": "kpis"},
    ],
)
def test_a_report_refuses_what_it_would_not_look_at(workshop, given):
    with pytest.raises(UsageFault) as fault:
        workshop.query("report", given)
    assert str(fault.value.remedy)


def test_what_is_told_as_of_now_is_headed_with_no_period(workshop):
    for report in ("hygiene", "forecast"):
        told = workshop.query("report", {"report": report, "funnel": "orders"})
        assert told["period"] == [None, None]
        assert told["badge"]["fresh_at"]


def test_a_review_gives_each_report_what_it_reads(workshop):
    with_period = {name for name in METHODS if name not in OF_NOW}
    read = {name: workshop._queries[f"report.{name}"].parameters for name in METHODS if name != "kpis"}
    assert {name for name, names in read.items() if {"from", "to"} <= names} == with_period - {"kpis"}
    assert {name for name, names in read.items() if "funnel" not in names} == _OF_NO_FUNNEL - {"kpis"}


def test_the_forecast_says_which_deals_no_month_counts(workshop):
    told = workshop.query("report.forecast", {"funnel": "orders", "months": 1})
    nothing = {"later": None, "untold": 48, "untold_amount": 5_000_000, "unvalued": 1}
    told |= {"outside": dict.fromkeys(("weighted", "survival"), nothing), "coverage": 0.0, "unvalued_deals": [7]}
    told["months"] = [{"start": told["months"][0]["start"], "weighted": None, "survival": None}]
    document = forecast_document(told, About(workspace=workshop.engine.workspace, now=0))
    said = [str(each).replace("\xa0", " ") for each in document.said]
    assert "By stages: 48 open deals worth 50,000 EUR are told of in no month, for nothing like them is known." in said
    assert "1 open deal has no amount, and is told of in no month: 7." in said
    assert document.tables[0].rows[0].cells[1:] == (None,) * 4
    assert document.pictures[0].series[0].values == (None,)


@pytest.mark.parametrize("report", ["managers", "winloss", "forecast", "profit", "contacts"])
def test_an_answer_is_json_with_its_definitions(workshop, report):
    given = {"funnel": "orders", "from": "2001-01-01", "to": "2001-02-01"}
    read = workshop._queries[f"report.{report}"].parameters
    told = workshop.query(f"report.{report}", {name: value for name, value in given.items() if name in read})
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert all(each["ru"] != each["en"] for each in told["definitions"].values())


@pytest.mark.parametrize("report", ["managers", "winloss", "forecast"])
def test_only_deals_that_may_be_seen_are_told_of(workshop, outcomes, report):
    told = workshop.query(f"report.{report}", {"funnel": "orders", "actor": "anna"})
    assert told["n"] < {"forecast": outcomes["open"]}.get(report, outcomes["won"] + outcomes["lost"])


@pytest.mark.parametrize(
    "given", [{"funnel": "order"}, {"funnel": "orders", "from": "2026-02-01", "to": "2026-01-01"}, {"funnel": None}]
)
def test_a_question_that_cannot_be_read_is_refused_with_a_remedy(workshop, given):
    with pytest.raises(UsageFault) as fault:
        workshop.query("report.managers", given)
    assert str(fault.value.remedy)
