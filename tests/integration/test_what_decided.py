"""What decided that a condition refused a move or let a timer pass is told in brief, under the rights of the viewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from tests.integration.people.staffed_workspace import FILES
from voronka.config import read_workspace
from voronka.testing import ScenarioRunner, TestWorkspace, write_files

FUNNEL = """\
funnel: sales
label: Sales
owner: director
fields: [base]
stages:
  new:
    why: analytics
    timed:
      remind: {after: 2 days, when: amount > 1000 and margin > 5, do: [{notify: {to: owner, template: note}}]}
  offer: {why: analytics, enter: {when: amount >= 1000 and (margin > 5 or limit > 7)}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES | {"configs/funnels/sales.yaml": FUNNEL})
    return tmp_path


def brief(office: TestWorkspace, actor: str | None = None) -> str:
    entries = office.query("why", deal=1, **({} if actor is None else {"actor": actor}))
    judged = [each for entry in entries for link in entry["links"] for each in link["judgements"]]
    return str(next(each["brief"]["en"] for each in judged if each["name"] == "offer.enter.when"))


def test_a_refused_move_names_the_part_that_stopped_it_and_its_values(root: Path) -> None:
    opened = voronka("deal", "new", "sales", "amount=500", "margin=9", "owner=sam", "-C", root)
    assert opened.code == 0, opened.err
    refused = voronka("deal", "move", "1", "offer", "-C", root)
    assert refused.code == 4
    assert "amount >= 1000: no" in refused.err
    assert "amount: 500.00" in refused.err
    assert "margin > 5:" not in refused.err  # it did not decide
    russian = voronka("--lang", "ru", "deal", "move", "1", "offer", "-C", root)
    assert "amount >= 1000: нет" in russian.err


def test_what_is_not_shown_to_the_viewer_is_hidden_where_it_decided(root: Path) -> None:
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as office:
        office.execute(
            "deal.create", funnel="sales", fields={"owner": "sam", "amount": "2000", "margin": "3", "limit": "1"}
        )
        assert office.execute("deal.move", deal=1, to="offer")["refusal"]["code"] == "gate"
        assert "margin: 3.00" in brief(office, "sam")
        seen = brief(office, "cal")
        assert "margin > 5: hidden" in seen
        assert "3.00" not in seen


def test_what_a_condition_gave_that_reads_a_hidden_field_is_told_only_where_an_event_tells_it(root: Path) -> None:
    rules = """\
rules:
  thin: {trigger: {field: limit}, where: margin < 10, mode: shadow, do: [{set: {amount: 1}}]}
  wide: {trigger: {field: limit}, where: amount > 10, mode: shadow, do: [{set: {amount: 1}}]}
"""
    write_files(root, {"configs/rules/rules.yaml": rules})
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as office:
        office.execute(
            "deal.create", funnel="sales", fields={"owner": "sam", "amount": "2000", "margin": "3", "limit": "1"}
        )
        office.execute("deal.move", deal=1, to="offer")
        office.execute("deal.set", deal=1, fields={"limit": "8"})
        office.execute("deal.move", deal=1, to="offer")
        told = {
            actor: {
                (entry["seq"], each["name"]): (each["result"], each["hidden"], each["words"]["en"].splitlines()[0])
                for entry in office.query("why", deal=1, actor=actor)
                for link in entry["links"]
                for each in link["judgements"]
            }
            for actor in ("sam", "cal")
        }
    whole = "amount >= 1000 and (margin > 5 or limit > 7)"
    wide = (True, False, "amount > 10: yes")
    assert told["sam"] == {
        (1, "thin.where"): (True, False, "margin < 10: yes"),
        (1, "wide.where"): wide,
        (2, "offer.enter.when"): (False, False, f"{whole}: no"),
        (3, "thin.where"): (True, False, "margin < 10: yes"),
        (3, "wide.where"): wide,
        (4, "offer.enter.when"): (True, False, f"{whole}: yes"),
    }
    assert told["cal"] == {
        (1, "thin.where"): (None, True, "margin < 10: hidden"),
        (1, "wide.where"): wide,
        (2, "offer.enter.when"): (False, False, f"{whole}: no"),
        (3, "thin.where"): (None, True, "margin < 10: hidden"),
        (3, "wide.where"): wide,
        (4, "offer.enter.when"): (None, True, f"{whole}: hidden"),
    }
    seen = voronka("--as", "cal", "why", "1", "-C", root)
    assert "? thin.where, hidden: margin < 10: hidden" in seen.out


def test_a_condition_of_rows_and_one_of_the_deal_that_read_alike_are_each_told_by_their_own_values(root: Path) -> None:
    alike = """\
set: base
fields: {amount: {type: number}}
collections:
  lessons: {key: topic, fields: {topic: {type: text}, starts_at: {type: datetime}, amount: {type: money}}}
"""
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    why: analytics
    timed: {remind: {each: lessons, after: 1 day, from: starts_at, when: amount > 100, do: [{task: {title: Call}}]}}
  offer: {why: analytics, enter: {when: amount > 100}}
"""
    (root / "configs/templates/note.en.md").unlink()
    write_files(root, {"configs/fields/base.yaml": alike, "configs/funnels/sales.yaml": funnel})
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as office:
        office.execute("deal.create", funnel="sales", fields={"owner": "sam", "amount": "50"})
        row = {"topic": "one", "starts_at": "2026-03-03 10:00", "amount": "60"}
        office.execute("row.put", deal=1, collection="lessons", fields=row)
        office.advance("3 days")
        office.execute("deal.move", deal=1, to="offer")
        judged = [
            (each["name"], each["words"]["en"].splitlines()[1].strip())
            for entry in office.query("why", deal=1)
            for link in entry["links"]
            for each in link["judgements"]
        ]
        timer = office.query("timers", deal=1, all=True)[0]
    assert judged == [("remind.when", "amount: 60.00"), ("offer.enter.when", "amount: 50")]
    assert timer["because"]["en"].splitlines()[1].strip() == "amount: 60.00"


def test_a_timer_that_its_condition_did_not_let_fire_tells_what_decided(root: Path) -> None:
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as office:
        office.execute("deal.create", funnel="sales", fields={"owner": "sam", "amount": "2000", "margin": "3"})
        office.advance_to("2026-03-05 09:00")
        told = {
            actor: office.query("timers", deal=1, all=True, actor=actor)[0]["because"]["en"] for actor in ("sam", "cal")
        }
        assert "margin > 5: no" in told["sam"]
        assert "amount" not in told["sam"].splitlines()[1]
        assert "margin > 5: hidden" in told["cal"]
        assert office.query("timers", all=True)[0]["because"] is None  # only a deal's own page tells that
    listed = voronka("timers", "1", "--all", "-C", root)
    assert "margin > 5: no" in listed.out


def test_a_scenario_that_fails_at_a_refusal_tells_what_decided(root: Path) -> None:
    scenario = """\
scenario: a small deal is offered
given: {funnel: sales, stage: new, at: 2026-03-02 09:00, fields: {amount: 500}}
steps:
  - move: offer
  - expect: {refused: []}
"""
    write_files(root, {"configs/scenarios/small.yaml": scenario})
    reading = read_workspace(root, scenarios=True)
    with ScenarioRunner(reading) as runner:
        fault = runner.run(reading.scenarios[0]).fault
    assert fault is not None
    for language, no in (("en", "no"), ("ru", "нет")):
        assert f"  amount >= 1000: {no}" in "\n".join(line.render(language) for line in fault.because)


def test_an_account_that_a_condition_read_is_told_by_its_name_and_a_task_of_nobody_as_such(root: Path) -> None:
    rules = "rules: {linked: {trigger: {field: limit}, where: account is not missing, do: [{task: {title: Call}}]}}\n"
    unowned = FUNNEL.replace("owner: director\n", "")
    write_files(root, {"configs/rules/rules.yaml": rules, "configs/funnels/sales.yaml": unowned})
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as office:
        office.execute("account.create", fields={"name": "Acme"})
        office.execute("deal.create", funnel="sales", fields={"account": "Acme", "limit": "1"})
        (entry,) = office.query("why", deal=1)
    (judged,) = [each for link in entry["links"] for each in link["judgements"]]
    assert judged["words"]["en"].splitlines() == ["account is not missing: yes", "  account: Acme"]
    assert judged["values"]["account"] == judged["tree"]["parts"][0]["result"] != "Acme"
    assert any(each["told"]["en"].startswith("task Call for nobody, due ") for each in entry["events"])
