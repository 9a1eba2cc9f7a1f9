"""Hints for a deal: what helps comes first, answers fill fields, and each use is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.config import read_workspace
from voronka.config.stale_articles import stale_articles
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace, write_files

PLAYBOOK = """\
objections: {dear: {en: Too dear, ru: Слишком дорого}, late: Too late, slow: Too late}
scripts:
  talk:
    label: A talk
    stages: [new]
    source: interview
    say: Listen.
    questions:
      sum: {ask: How much?, field: amount}
      why: {ask: Why not?, field: loss_reason, answers: {price: They say it is dear}}
  answer: {say: Compare., objections: [dear], questions: {a: {ask: A?, field: amount}, b: {ask: B?, field: amount}}}
articles:
  guide: {text: How to choose., owner: head, review_on: 2026-03-01}
"""
CHANGES = {
    "configs/playbooks/playbook.yaml": PLAYBOOK,
    "configs/fields/base.yaml": FILES["configs/fields/base.yaml"]
    .replace("set: base\n", "set: base\nsources: {interview: {class: client}}\n")
    .replace("label: Amount", "label: Amount, set_by: [manager]"),
}


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("sales")
    with open_sales(root, {**FILES, **CHANGES}) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.execute("deal.create", funnel="sales", fields={"owner": "petr"})
        yield workspace


def test_what_answers_set_and_that_they_did_are_kept_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_sales(tmp_path, {**FILES, **CHANGES}) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        answer = {"deal": 1, "hint": "talk", "answers": {"sum": "1000"}, "actor": "anna", "idempotency_key": "k"}

        def broken(*_: object) -> None:
            raise OSError

        with monkeypatch.context() as patched:
            patched.setattr("voronka.storage.hint_uses.put", broken)
            with pytest.raises(OSError):
                workspace.client.work("hint.answer", answer)
        assert "amount" not in [each["name"] for each in workspace.query("deal.show", deal=1)["fields"]]
        assert [each["answered"] for each in workspace.query("report.hints")["used"]] == [0, 0, 0]
        assert workspace.client.work("hint.answer", answer)["replay"] is False
        used = workspace.query("report.hints")["used"]
        assert {each["hint"] for each in used if each["answered"]} == {"talk"}


def test_hints_are_asked_opened_answered_and_counted(sales: TestWorkspace) -> None:
    client = sales.client
    found = client.work("hint.ask", {"deal": 1, "actor": "anna"})
    assert [(each["hint"], [field["name"] for field in each["fills"]]) for each in found["hints"]] == [
        ("talk", ["amount", "loss_reason"]),
        ("guide", []),
    ]
    assert [each["stale"] for each in found["hints"]] == [False, True]
    sales.advance("1 minute")
    opened = client.work("hint.open", {"deal": 1, "hint": "talk", "actor": "anna"})
    assert [each["answered"] for each in opened["questions"]] == [False, False]
    assert opened["questions"][1]["answers"][0]["label"][""] == "They say it is dear"

    wrong = client.work("hint.answer", {"deal": 1, "hint": "talk", "answers": {"sum": "1000"}, "actor": "petr"})
    assert wrong["refusal"] is not None  # setting fields is a command like any other
    answer = {"deal": 1, "hint": "talk", "answers": {"sum": "1000"}, "actor": "anna", "idempotency_key": "k"}
    assert client.work("hint.answer", answer)["refusal"] is None
    assert client.work("hint.answer", answer)["replay"] is True
    [amount] = [each for each in sales.query("deal.show", deal=1)["fields"] if each["name"] == "amount"]
    [said] = amount["provenance"]["said"]
    assert (amount["value"], said["source"], said["evidence"]) == (100000, "interview", "script talk")

    assert client.work("hint.ask", {"deal": 2, "search": "Nothing such", "actor": "petr"})["hints"] == []
    [against] = client.work("hint.ask", {"deal": 2, "objection": "dear", "actor": "petr"})["hints"]
    assert against["hint"] == "answer"
    report = sales.query("report.hints")
    assert (report["n"], report["searches"], report["missed"], report["offered"], report["found"]) == (3, 1, 1, 2, 1)
    assert report["seconds"] == 60.0
    assert report["in_vain"] == [{"words": "nothing such", "times": 1}]
    assert {each["hint"]: (each["opened"], each["answered"]) for each in report["used"]}["talk"] == (1, 1)
    assert [(each["hint"], each["days"]) for each in report["stale"]] == [("guide", 1)]
    assert {each["user"]["name"]: each["asked"] for each in report["people"]} == {"petr": 2, "anna": 1}

    document = sales.query("report", report="hints", funnel="sales")
    assert [table["name"] for table in document["tables"]][:3] == ["figures", "conversion", "used"]


@pytest.mark.parametrize("name", ["dear", "Too dear", "too  DEAR", "слишком дорого"])
def test_an_objection_is_named_as_people_see_it_or_by_its_name(sales: TestWorkspace, name: str) -> None:
    [against] = sales.client.work("hint.ask", {"deal": 2, "objection": name})["hints"]
    assert against["hint"] == "answer"


def test_a_script_is_named_as_people_see_it_too(sales: TestWorkspace) -> None:
    assert sales.client.work("hint.open", {"deal": 2, "hint": "a talk"})["hint"] == "talk"
    answer = {"deal": 2, "hint": "A talk", "answers": {"sum": "2000"}}
    assert sales.client.work("hint.answer", answer)["refusal"] is None


@pytest.mark.parametrize(
    ("work", "params", "told"),
    [
        ("hint.ask", {"deal": 1, "objection": "deer"}, "Did you mean dear"),
        ("hint.ask", {"deal": 1, "objection": "too late"}, "late, slow"),
        ("hint.open", {"deal": 1, "hint": "tolk"}, "Did you mean talk"),
        ("hint.answer", {"deal": 1, "hint": "guide", "answers": {"sum": "1"}}, "no script guide"),
        ("hint.answer", {"deal": 1, "hint": "talk", "answers": {"som": "1"}}, "Did you mean sum"),
        ("hint.answer", {"deal": 1, "hint": "talk", "answers": {}}, "sum, why"),
        ("hint.answer", {"deal": 1, "hint": "talk", "answers": {"sum": "much"}}, "much"),
        ("hint.answer", {"deal": 1, "hint": "answer", "answers": {"a": "1", "b": "2"}}, "a and b"),
        ("hint.ask", {"deal": 99}, "99"),
        ("hint.ask", {"deal": 1, "search": "x" * 300}, "200"),
    ],
)
def test_what_is_not_there_is_told(sales: TestWorkspace, work: str, params: dict[str, object], told: str) -> None:
    with pytest.raises(UsageFault) as refused:
        sales.client.work(work, params)
    assert told in f"{refused.value.reason} {refused.value.remedy}"


def test_an_article_past_its_day_is_found_at_the_day(tmp_path: Path) -> None:
    write_files(tmp_path, {**FILES, **CHANGES})
    reading = read_workspace(tmp_path)
    assert reading.workspace is not None
    assert list(stale_articles(reading.workspace, reading.files, date(2026, 3, 1))) == []
    [finding] = stale_articles(reading.workspace, reading.files, date(2026, 3, 2))
    assert (finding.code, finding.place.line, finding.severity.value) == ("V5540", 13, "warning")
