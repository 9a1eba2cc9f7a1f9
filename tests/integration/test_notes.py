"""A note waits until somebody has turned it into values, of which the interaction is the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace

FIELDS = """
set: base
sources: {interview: {class: client}}
fields:
  amount: {type: money}
  need: {type: text, sources: [interview]}
collections:
  notes: {inbox: true, fields: {written_at: {type: datetime}, processed_at: {type: datetime}}}
"""
FUNNEL = """
funnel: sales
fields: [base]
stages:
  new: {journey: problem, leave: {when: "count(notes, processed_at is missing) == 0"}}
  offer: {journey: solutions}
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("sales")
    files = {**FILES, "configs/fields/base.yaml": FIELDS, "configs/funnels/sales.yaml": FUNNEL}
    with open_sales(root, files) as workspace:
        workspace.execute("deal.create", funnel="sales")
        yield workspace


def test_a_note_waits_stops_the_stage_and_is_processed_into_values(sales: TestWorkspace) -> None:
    sales.execute("interaction.log", deal=1, fields={"kind": "call"})  # without a note nothing waits
    assert sales.query("notes") == []
    sales.execute("interaction.log", deal=1, fields={"kind": "call", "note": "Needs silence"})
    sales.advance("3 hours")
    [note] = sales.query("notes", deal=1)
    assert (note["deal"], note["text"], note["age"]) == (1, "Needs silence", 3)
    refusal = sales.execute("deal.move", deal=1, to="offer")["refusal"]
    assert [each["gate"] for each in refusal["failures"]] == ["new.leave.when"]

    values = {"fields": {"need": "silence"}, "from": "interview"}
    answer = sales.execute("note.process", deal=1, note=note["note"], **values)
    assert answer["events"] == ["value.observed", "field.changed", "row.put"]
    assert sales.query("notes") == []
    [need] = [each for each in sales.query("deal.show", deal=1)["fields"] if each["name"] == "need"]
    [said] = need["provenance"]["said"]
    assert (said["source"], said["evidence"]) == ("interview", f"interaction {note['note']}")
    assert sales.execute("deal.move", deal=1, to="offer")["refusal"] is None
    again = sales.execute("note.process", deal=1, note=note["note"])["refusal"]
    assert again["code"] == "unknown_note"
    assert "none of this deal waits now" in again["failures"][0]["unblock"]["en"]


def test_a_funnel_without_an_inbox_is_said_to_have_none(tmp_path: Path) -> None:
    with open_sales(tmp_path) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.execute("interaction.log", deal=1, fields={"kind": "call", "note": "Needs silence"})
        refusal = workspace.execute("note.process", deal=1, note="2.1")["refusal"]
    assert refusal["code"] == "unknown_note"
    assert "sales do not wait: it has no inbox" in refusal["failures"][0]["unblock"]["en"]


def test_nobody_writes_the_rows_of_an_inbox_by_hand(sales: TestWorkspace) -> None:
    row = {"deal": 1, "collection": "notes"}
    given = {"fields": {"processed_at": "2026-03-02 10:00"}}
    assert sales.execute("row.put", **row, **given)["refusal"]["code"] == "inbox"
    assert sales.execute("row.remove", **row, key="1.1")["refusal"]["code"] == "inbox"


def test_what_was_found_in_a_note_is_recorded_as_set(sales: TestWorkspace) -> None:
    number = sales.execute("deal.create", funnel="sales")["number"]
    sales.execute("interaction.log", deal=number, fields={"kind": "call", "note": "Needs a fan"})
    [note] = sales.query("notes", deal=number)
    sales.execute("note.process", deal=number, note=note["note"], fields={"need": "a fan"})
    steps = sales.query("record", deal=number)["steps"]
    assert {"set": {"need": "a fan"}} in steps
