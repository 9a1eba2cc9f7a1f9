"""The bounds of a field hold on every way into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.definition.values import ValueFault
from voronka.testing import TestWorkspace

FIELDS = """\
set: base
fields:
  amount: {type: money, min: 0}
  asked: {type: money}
  discount: {type: percent, min: 0%, max: 100%}
  turnover: {of: accounts, type: money, min: 0}
collections:
  parts: {key: name, fields: {name: {type: text}, share: {type: percent, max: 100%}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    why: analytics
    timed: {take: {after: 1 day, do: [{set: {amount: =asked}}]}}
  offer: {why: analytics}
transitions:
  forward: {from: new, to: offer, set: {amount: =asked}}
"""
IMPORT = """\
import: MODE
rows: {format: csv}
mode: MODE
into: {funnel: sales}
key: id
deal: {amount: {column: value}, discount: {column: discount}}
"""


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = {
        **with_changes(fields=FIELDS, funnel=FUNNEL),
        **{f"configs/imports/{mode}.yaml": IMPORT.replace("MODE", mode) for mode in ("live", "history")},
        "configs/templates/hello.en.md": "Hello\n",
    }
    with open_sales(tmp_path / "sales", files) as workspace:
        yield workspace


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("deal.create", {"funnel": "sales", "fields": {"amount": "-5"}}),
    ("deal.create", {"funnel": "sales", "fields": {"amount": -500}}),
    ("deal.set", {"deal": 1, "fields": {"discount": "500%"}}),
    ("deal.set", {"deal": 1, "fields": {"discount": -0.1}}),
    ("row.put", {"deal": 1, "collection": "parts", "fields": {"name": "a", "share": "101%"}}),
    ("account.create", {"fields": {"name": "A", "turnover": "-1"}}),
]


@pytest.mark.parametrize(("command", "arguments"), COMMANDS)
def test_a_command_sets_nothing_that_is_out_of_bounds(
    sales: TestWorkspace, command: str, arguments: dict[str, Any]
) -> None:
    sales.execute("deal.create", funnel="sales", fields={"discount": "100%", "amount": "0"})
    with pytest.raises(ValueFault, match=r"less than 0|greater than 100%"):
        sales.execute(command, **arguments)
    assert len(sales.query("deal.list")) == 1


def test_a_transition_that_would_set_too_little_is_refused(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"asked": "-500"})
    answer = sales.execute("deal.move", deal=1, to="offer")
    assert answer["refusal"]["code"] == "value"
    assert sales.query("deal.show", deal=1)["stage"]["name"] == "new"


def test_a_timed_event_that_would_set_too_little_fails_with_its_reason(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"asked": "-500"})
    sales.advance("1 day")
    events = [event for entry in sales.query("why", deal=1) for event in entry["events"]]
    (reason,) = [event["reason"] for event in events if event.get("result") == "failed"]
    assert "less than 0" in str(reason)
    (timer,) = [each for each in sales.query("timers", all=True) if each["state"] == "failed"]
    assert "less than 0" in timer["told"]["en"]
    assert "меньше 0" in timer["told"]["ru"]
    values = {field["name"]: field["value"] for field in sales.query("deal.show", deal=1)["fields"]}
    assert "amount" not in values
    assert sales.verify().damages == ()


@pytest.mark.parametrize("mode", ["live", "history"])
def test_a_row_with_a_value_out_of_bounds_is_refused(sales: TestWorkspace, tmp_path: Path, mode: str) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("id,value,discount\n1,100,5%\n2,-1,5%\n3,100,500%\n", encoding="utf-8")
    report = sales.work("import", mapping=mode, file=str(table))
    assert (report["taken"], report["refused"]) == (1, 2)
    assert [row["column"] for row in report["refusals"]] == ["value", "discount"]


TEXTS = """\
set: base
fields:
  amount: {type: money}
  comment: {type: text}
  body: {type: long_text}
  note: {type: text}
"""


def texts(note: str) -> str:
    enter = f"{{do: [{{set: {{note: '={note}'}}}}]}}"
    return f"funnel: sales\nfields: [base]\nstages:\n  new: {{}}\n  offer: {{enter: {enter}}}\n"


@pytest.mark.parametrize("blank", ['coalesce(comment, "")', 'coalesce(comment, "  ")'])
def test_a_blank_text_that_an_expression_gives_is_a_missing_value(tmp_path: Path, blank: str) -> None:
    funnel = texts(blank) + "  signed: {enter: {require: [note]}}\n"
    with open_sales(tmp_path, with_changes(fields=TEXTS, funnel=funnel)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"note": "old"})
        assert sales.execute("deal.move", deal=1, to="offer")["stage"] == "offer"
        refusal = sales.execute("deal.move", deal=1, to="signed")["refusal"]
        assert [failure["gate"] for failure in refusal["failures"]] == ["signed.enter.require.note"]
        assert sales.verify().damages == ()


@pytest.mark.parametrize(("body", "told"), [("one\ntwo", "line break"), ("x" * 3000, "3000 characters")])
def test_an_expression_gives_a_field_only_what_a_person_could(tmp_path: Path, body: str, told: str) -> None:
    with open_sales(tmp_path, with_changes(fields=TEXTS, funnel=texts("body"))) as sales:
        sales.execute("deal.create", funnel="sales", fields={"body": body})
        refusal = sales.execute("deal.move", deal=1, to="offer")["refusal"]
        assert refusal["code"] == "value"
        assert told in str(refusal["failures"])
