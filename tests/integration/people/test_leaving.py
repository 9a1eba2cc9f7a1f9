"""Somebody leaves: deals, tasks and accounts go to others by name or by rule, once, and it is told what they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import sales_workspace
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.errors import UsageFault, VoronkaError
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace, write_files

PEOPLE = """\
roles: {manager: {label: Manager, sees: own}, head: {label: Head}}
teams: {b2b: {label: B2B}}
people:
  anna: {name: Anna, role: manager, team: b2b, reports_to: petr}
  oleg: {name: Oleg, role: manager, team: b2b, reports_to: petr}
  dina: {name: Dina, role: manager, team: b2b, reports_to: petr}
  petr: {name: Petr, role: head}
routing:
  - {where: big, funnel: sales, assign: {team: b2b, by: least_loaded}}
"""
FIELDS = """\
set: base
fields:
  amount: {type: money}
  big: {type: bool}
  need: {type: text, ttl: 30 days}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages: {new: {enter: {do: [{task: {title: Call, due: 1 day}}]}}, offer: {}}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = with_changes(people=PEOPLE, fields=FIELDS, funnel=FUNNEL)
    del files["configs/templates/hello.en.md"]
    write_files(tmp_path / "sales", files)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as opened:
        for number in (1, 2):
            opened.execute("account.create", fields={"name": f"Client {number}", "owner": "anna"})
            fields = {"account": f"Client {number}", "owner": "anna", "big": "yes", "need": "fans", "amount": "10"}
            opened.execute("deal.create", funnel="sales", fields=fields)
        yield opened


def owners(office: TestWorkspace) -> list[str]:
    return [deal["owner"]["name"] for deal in office.query("deal.list")]


def counts(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["deals"], report["tasks"], report["accounts"]


def test_all_goes_to_who_is_named_and_only_once(office: TestWorkspace) -> None:
    office.advance("40 days")
    tried = office.work("people.leave", user="anna", to="dina", dry_run=True)
    assert (counts(tried), owners(office)) == ((2, 2, 2), ["anna", "anna"])
    report = office.work("people.leave", user="anna", to="Dina")
    assert (counts(report), owners(office)) == ((2, 2, 2), ["dina", "dina"])
    assert {task["assignee"]["name"] for task in office.query("tasks")} == {"dina"}
    assert report["account_names"] == ["Client 1", "Client 2"]
    first = report["pack"][0]
    assert (first["number"], first["owner"]["name"], first["account"]["name"]) == (1, "dina", "Client 1")
    assert [each["field"] for each in first["stale"]] == ["need"]
    assert [task["title"] for task in first["tasks"]] == [{"": "Call"}]
    assert next(user["absent"] for user in office.query("people.list") if user["name"] == "anna")
    workspace = Stream(StreamKind.WORKSPACE, bytes(16))
    with office.client.engine.read() as reader:
        kinds = [event.kind for entry in reader.history(workspace) for event in entry.events]
    assert kinds[-2:] == ["absences.changed", "user.left"]
    again = office.work("people.leave", user="anna", to="dina")
    assert (counts(again), again["pack"]) == ((0, 0, 0), [])
    with office.client.engine.read() as reader:
        assert len([*reader.history(workspace)]) == len(kinds)  # nothing was left to say
    assert office.verify().damages == ()


def test_without_a_name_the_routing_says_who_and_never_the_one_who_leaves(office: TestWorkspace) -> None:
    report = office.work("people.leave", user="anna")
    assert sorted(owners(office)) == ["dina", "oleg"]  # the less loaded in turn
    assert counts(report) == (2, 2, 2)
    tasks = {task["deal"]: task["assignee"]["name"] for task in office.query("tasks")}
    assert [tasks[number] for number in (1, 2)] == owners(office)


def test_a_deal_that_no_rule_gives_away_refuses_all(office: TestWorkspace) -> None:
    office.execute("deal.set", deal=2, fields={"big": "no"})
    with pytest.raises(VoronkaError, match="gives deal 2 to anybody else"):
        office.work("people.leave", user="anna")
    assert owners(office) == ["anna", "anna"]


def test_accounts_that_nobody_would_get_refuse_all(office: TestWorkspace) -> None:
    office.execute("account.set", account="Client 2", fields={"owner": "petr"})
    for dry_run in (True, False):
        with pytest.raises(VoronkaError, match=r"accounts \(1\)") as refused:
            office.work("people.leave", user="petr", dry_run=dry_run)
        assert "--to" in str(refused.value.remedy)
    assert not next(user["absent"] for user in office.query("people.list") if user["name"] == "petr")
    assert counts(office.work("people.leave", user="petr", to="dina")) == (0, 0, 1)


def test_nobody_hands_over_to_oneself(office: TestWorkspace) -> None:
    with pytest.raises(UsageFault):
        office.work("people.leave", user="anna", to="anna")


AFTER = FUNNEL.replace(
    "offer: {}}",
    "won: {outcome: won, enter: {do: [{task: {title: Hand over, due: 1 working day}}]}}}\n"
    "transitions: {again: {from: won, to: new}}",
)
REVIEW = "funnel: review\nfields: [base]\nstages: {debrief: {enter: {do: [{task: {title: Ask, due: 1 day}}]}}}\n"
RULES = """\
rules:
  look_back:
    trigger: {field: need}
    closed: true
    do:
      - open_deal: {funnel: review, copy: [owner, account]}
      - task: {title: Look back, due: 1 day}
      - task: {title: Supervise, assignee: owner.reports_to, due: 1 day}
      - notify: {to: owner, template: delivered}
"""
TEMPLATE = "---\nsubject: Delivered\n---\nDelivered.\n"
OTHER = "  - {funnel: sales, assign: {team: b2b, by: least_loaded}}\n"


def won(root: Path, people: str) -> Iterator[TestWorkspace]:
    files = with_changes(people=people, fields=FIELDS, funnel=AFTER)
    del files["configs/templates/hello.en.md"]
    files |= {
        "configs/funnels/review.yaml": REVIEW,
        "configs/rules/rules.yaml": RULES,
        "configs/templates/delivered.en.md": TEMPLATE,
    }
    write_files(root / "sales", files)
    with TestWorkspace(root / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as opened:
        fields = {"owner": "anna", "big": "yes", "amount": "10"}
        opened.execute("deal.create", funnel="sales", fields=fields)
        opened.execute("deal.move", deal=1, to="won")
        yield opened


@pytest.fixture(params=["", "  - {funnel: review, assign: {team: b2b, by: least_loaded}}\n"], ids=["plain", "routed"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestWorkspace]:
    yield from won(tmp_path, PEOPLE.replace("reports_to: petr}", "reports_to: petr, deputy: oleg}", 1) + request.param)


def test_open_tasks_of_a_closed_deal_go_to_whom_the_routing_names(closed: TestWorkspace) -> None:
    report = closed.work("people.leave", user="anna")
    assert counts(report) == (0, 2, 0)
    assert {task["assignee"]["name"] for task in closed.query("tasks")} <= {"oleg", "dina"}
    assert [deal["owner"]["name"] for deal in closed.query("deal.list", open=False)] == ["anna"]


def test_open_tasks_of_a_closed_deal_that_no_rule_takes_go_to_whom_the_user_reported(tmp_path: Path) -> None:
    for office in won(tmp_path, PEOPLE):
        office.execute("deal.set", deal=1, fields={"big": "no"})
        office.work("people.leave", user="anna")
        assert {task["assignee"]["name"] for task in office.query("tasks")} == {"petr"}


def test_what_a_closed_deal_brings_about_is_for_who_is_still_here(closed: TestWorkspace) -> None:
    closed.work("people.leave", user="anna", to="dina")
    closed.execute("deal.set", deal=1, fields={"need": "fans"})
    closed.advance("1 minute")
    check_nothing_is_for_anna(closed)
    assert {task["title"][""]: task["assignee"]["name"] for task in closed.query("tasks")}["Look back"] == "oleg"
    told = [link for entry in closed.query("why", deal=1) for link in entry["links"]]
    assert "Anna has left: Oleg gets what would be theirs" in str(told)
    assert closed.verify().damages == ()


def test_so_it_is_for_somebody_whom_a_release_took_out(closed: TestWorkspace) -> None:
    closed.work("people.leave", user="anna", to="dina")
    path = closed.root / "configs/people/people.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("  anna:")), encoding="utf-8")
    funnel = closed.root / "configs/funnels/sales.yaml"
    funnel.write_text(funnel.read_text(encoding="utf-8") + "owner: head\n", encoding="utf-8")
    review = closed.root / "configs/funnels/review.yaml"
    review.write_text(review.read_text(encoding="utf-8") + "owner: head\n", encoding="utf-8")
    closed.work("reload")
    closed.execute("deal.set", deal=1, fields={"need": "fans"})
    closed.advance("1 minute")
    check_nothing_is_for_anna(closed)
    assert [deal["number"] for deal in closed.query("deal.list", owner="anna", open=False)] == [1]


def test_a_deal_opened_again_is_for_who_is_still_here(closed: TestWorkspace) -> None:
    closed.work("people.leave", user="anna", to="dina")
    closed.execute("deal.move", deal=1, to="new")
    assert owners(closed)[0] in ("dina", "oleg")  # as the routing says
    closed.execute("deal.move", deal=1, to="won")
    closed.execute("deal.set", deal=1, fields={"big": "no"})
    closed.work("people.leave", user=closed.query("deal.list", open=False)[0]["owner"]["name"], to="petr")
    closed.execute("deal.move", deal=1, to="new")
    assert owners(closed)[0] == "petr"  # nobody else: no entry holds, and there is no deputy
    assert closed.verify().damages == ()


def check_nothing_is_for_anna(office: TestWorkspace) -> None:
    (review,) = [deal for deal in office.query("deal.list") if deal["funnel"]["name"] == "review"]
    assert review["owner"]["name"] != "anna"
    tasks = office.query("tasks")
    assert {task["title"][""] for task in tasks} >= {"Look back", "Supervise", "Ask"}
    assert "anna" not in {task["assignee"]["name"] for task in tasks}
    assert "user:anna" not in {each["recipient"] for each in office.query("outbox")}


def test_nothing_is_given_by_hand_to_somebody_who_has_left(office: TestWorkspace) -> None:
    office.work("people.leave", user="dina", to="oleg")
    office.work("people.leave", user="petr", to="oleg")
    given = office.execute("deal.set", deal=1, fields={"owner": "dina"})
    opened = office.execute("deal.create", funnel="sales", fields={"owner": "dina"})
    for answer in (given, opened):
        assert "Dina has left" in str(answer["refusal"])
    with pytest.raises(UsageFault, match="Dina has left") as refused:
        office.work("people.leave", user="anna", to="dina")
    assert "voronka people present dina" in str(refused.value.remedy)
    assert owners(office) == ["anna", "anna"]


def test_who_takes_over_is_named_where_somebody_who_has_left_is_to_get_a_deal(office: TestWorkspace) -> None:
    office.work("people.leave", user="dina", to="oleg")
    answer = office.execute("deal.set", deal=1, fields={"owner": "dina"})
    assert "such as Petr" in str(answer["refusal"])


def test_what_somebody_who_has_left_owns_stays_theirs_when_it_is_said_again(office: TestWorkspace) -> None:
    office.execute("deal.move", deal=1, to="lost")
    office.work("people.leave", user="anna", to="dina")
    assert office.execute("deal.set", deal=1, fields={"owner": "anna", "need": "filters"})["refusal"] is None
    assert {deal["owner"]["name"] for deal in office.query("deal.list", open=None)} == {"anna", "dina"}


def test_no_account_is_given_by_hand_to_somebody_who_has_left(office: TestWorkspace) -> None:
    office.work("people.leave", user="dina", to="oleg")
    given = office.execute("account.set", account="Client 1", fields={"owner": "dina"})
    opened = office.execute("account.create", fields={"name": "Client 3", "owner": "dina"})
    for answer in (given, opened):
        assert "Dina has left" in str(answer["refusal"])
    office.execute("deal.move", deal=1, to="lost")
    said_again = office.execute("account.set", account="Client 1", fields={"owner": "anna"})
    assert said_again["refusal"] is None


def test_accounts_go_past_a_superior_who_has_left(tmp_path: Path) -> None:
    people = PEOPLE.replace("role: head}", "role: head, deputy: dina}")
    files = with_changes(people=people, fields=FIELDS, funnel=FUNNEL)
    del files["configs/templates/hello.en.md"]
    write_files(tmp_path / "sales", files)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as office:
        office.work("people.leave", user="petr", to="oleg")
        office.execute("account.create", fields={"name": "Client 1", "owner": "anna"})
        assert office.work("people.leave", user="anna")["accounts"] == 1
        shown = office.query("account.show", account="Client 1")["fields"]
        assert {field["value"] for field in shown if field["name"] == "owner"} == {"dina"}
