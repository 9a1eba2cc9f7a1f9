"""Which fields deals should have by now, and what hygiene counts of them."""

from __future__ import annotations

import pytest

from voronka.definition.due_fields import due_fields
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": (
        "roles: {seller: {label: Seller, sees: own}, head: {label: Head, sees: all}}\n"
        "people: {anna: {name: Anna, role: seller}, oleg: {name: Oleg, role: seller}, zoya: {name: Zoya, role: head}}\n"
    ),
    "configs/fields/own.yaml": """\
set: own
sources: {books: {label: Books, class: transactional, owner: head}}
groups:
  always: {label: Always}
  price: {label: Price, from: offer}
fields:
  kind: {type: choice, options: [short, long], group: always}
  need: {type: text}
  plan: {type: text}
  remark: {type: text, group: always}
  discount: {type: percent, group: price}
  half: {type: percent, formula: discount / 2, group: price}
  late: {type: bool, group: price}
  paid: {type: money, sources: [books], group: price}
  signed: {type: date, group: price}
  loss_reason: {type: choice, options: [dear, slow]}
""",
    "configs/funnels/f.yaml": """\
funnel: f
fields: [own]
variants: {by: kind, cases: {short: {stages: {design: null}, moves: {design: talk}}}}
stages:
  talk: {why: analytics, leave: {require: [need]}}
  design: {why: analytics, leave: {require: [plan]}}
  offer: {why: analytics, timed: {slow: {after: 3 days, do: [{set: {late: true}}]}}}
  won: {enter: {require: [signed]}}
  lost: {enter: {require: [loss_reason]}}
""",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("due")
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as made:
        for fields in (
            {"owner": "anna"},
            {"owner": "anna", "kind": "short", "need": "n/a"},
            {"owner": "oleg", "need": "fans", "plan": "quiet", "late": "yes"},
            {"owner": "oleg", "loss_reason": "dear"},
        ):
            assert made.execute("deal.create", funnel="f", fields=fields)["refusal"] is None
        for deal, stage in ((2, "offer"), (3, "design"), (3, "offer"), (4, "lost")):
            assert made.execute("deal.move", deal=deal, to=stage)["refusal"] is None
        yield made


def stages_of(run, name, case=None):
    workspace = run.client.engine.workspace
    return due_fields(workspace, workspace.funnels["f"]).get(name, {}).get(case, frozenset())


def test_a_field_is_due_where_the_way_or_the_stage_asks_for_it(run):
    assert stages_of(run, "need") == {"talk", "design", "offer", "won"}
    assert stages_of(run, "signed") == {"won"}  # though the card shows it from the offer on
    assert stages_of(run, "loss_reason") == {"lost"}


def test_a_variant_without_the_stage_does_not_ask_for_its_field(run):
    assert "design" in stages_of(run, "plan")
    assert stages_of(run, "plan", "short") == frozenset()


def test_a_field_that_no_gate_asks_for_is_due_from_where_the_card_shows_its_group(run):
    assert stages_of(run, "discount") == {"offer", "won"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("half", id="computed"),
        pytest.param("late", id="set by an action"),
        pytest.param("paid", id="from the books alone"),
        pytest.param("remark", id="always on the card and asked for by nothing"),
        pytest.param("kind", id="of a group without a stage"),
    ],
)
def test_what_people_are_not_asked_for_is_not_due(run, name):
    assert stages_of(run, name) == frozenset()


def test_hygiene_counts_deals_that_should_have_the_field(run):
    told = run.client.query("report.hygiene", {"funnel": "f"})
    counted = {each["field"]: (each["part"], each["whole"]) for each in told["fields"]}
    assert counted == {"need": (1, 3), "plan": (1, 1), "discount": (0, 2), "loss_reason": (1, 1)}


def test_hygiene_looks_at_each_deal_that_should_have_any_field_and_counts_it_once(run):
    told = run.client.query("report.hygiene", {"funnel": "f"})
    assert (told["n"], [(each["name"], each["n"]) for each in told["owners"]]) == (4, [("anna", 2), ("oleg", 2)])
    assert [(each["name"], each["n"]) for each in told["teams"]] == [(None, 4)]
    document = run.client.query("report", {"report": "hygiene", "funnel": "f"})
    assert document["badge"]["n"] == 4


def test_a_kpi_of_several_fields_of_a_deal_rests_on_one_deal(tmp_path):
    quality = (
        "kpis: {quality: {label: Quality, definition: Of cards, owner: head, status: approved, "
        "grain: [week], hygiene: {fields: [need, plan]}}}\n"
    )
    write_files(tmp_path, FILES | {"configs/kpis/quality.yaml": quality})
    with TestWorkspace(tmp_path, start="2026-03-02 10:00", zone="Europe/Moscow") as made:
        for _ in range(2):
            made.execute("deal.create", funnel="f", fields={"owner": "anna", "need": "fans"})
        for deal in (1, 2):
            assert made.execute("deal.move", deal=deal, to="design")["refusal"] is None
        days = {"from": "2026-03-01", "to": "2026-03-31"}
        document = made.client.query("report", {"report": "kpis", "kpis": "quality", **days})
        rows = made.client.query("kpi", {"kpi": "quality", "grain": "all", **days})["rows"]
    assert [row["n"] for row in rows] == [2, 2]
    assert (document["badge"]["n"], document["tables"][0]["rows"][0]["cells"]["n"]) == (2, 2)


def test_each_deal_is_told_with_what_it_lacks_the_worst_first(run):
    told = run.client.query("report.hygiene", {"funnel": "f"})["deals"]
    faults = [(each["deal"], {fault["field"]: fault["fault"] for fault in each["faults"]}) for each in told]
    assert faults == [
        (2, {"need": "placeholder", "discount": "missing"}),
        (1, {"need": "missing"}),
        (3, {"discount": "missing"}),
    ]
    assert [(each["good"], each["due"]) for each in told] == [(0, 2), (0, 1), (2, 3)]
    table = next(
        each
        for each in run.client.query("report", {"report": "hygiene", "funnel": "f"})["tables"]
        if each["name"] == "deals"
    )
    assert [row["cells"]["deal"] for row in table["rows"]] == ["2", "1", "3"]


def test_only_deals_that_may_be_seen_are_told_with_what_they_lack(run):
    told = run.client.query("report.hygiene", {"funnel": "f", "actor": "oleg"})
    assert [each["deal"] for each in told["deals"]] == [3]
