"""A bank's log of loan applications, every event of it, into the example workspace, against numbers counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.acceptance.real_data import data_folder, names_of_deals, open_example, read_table, write_table
from tests.depth import DEEP
from voronka.runtime.local import LocalClient
from voronka.storage import verify
from voronka.storage.tables import deals, interactions

pytestmark = pytest.mark.usefixtures("bank")

Rows = list[dict[str, str]]
STAGES = {
    "A_PREACCEPTED": "preaccepted",
    "A_ACCEPTED": "accepted",
    "O_SENT": "offered",
    "O_SENT_BACK": "returned",
    "A_APPROVED": "won",
    "A_DECLINED": "lost",
    "A_CANCELLED": "lost",
}
CALLS = {"W_Afhandelen leads": "lead", "W_Nabellen offertes": "offer", "W_Nabellen incomplete dossiers": "documents"}


@pytest.fixture(scope="module")
def folder() -> Path:
    return data_folder("bpic2012_loans")


@pytest.fixture(scope="module")
def events(folder: Path) -> Rows:
    return read_table(folder / "events.csv.gz")


@pytest.fixture(scope="module")
def reports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def bank(folder: Path, reports: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    client = open_example("loan_offers", tmp_path_factory.mktemp("bank"))
    reports["applications"] = client.work("import", {"mapping": "applications", "file": str(folder / "cases.csv")})
    reports["events"] = client.work("import", {"mapping": "events", "file": str(folder / "events.csv.gz")})
    yield client
    client.close()


def _means_something(row: dict[str, str]) -> bool:
    return row["activity"] in STAGES or (row["activity"] in CALLS and row["lifecycle"] == "COMPLETE")


def test_every_event_is_accounted_for(reports: dict[str, Any], events: Rows) -> None:
    report = reports["events"]
    meant = sum(map(_means_something, events))
    assert reports["applications"]["deals"] == reports["applications"]["taken"] == 13_087
    assert (report["rows"], report["taken"], report["ignored"], report["refused"]) == (262_200, meant, 186_267, 0)
    assert report["taken"] + report["ignored"] + report["refused"] + report["known"] == len(events)


def test_outcomes_are_those_of_the_log(bank: LocalClient, events: Rows) -> None:
    logged = {
        row["case_id"]: ("won" if row["activity"] == "A_APPROVED" else "lost", row["activity"])
        for row in events
        if row["activity"] in ("A_APPROVED", "A_DECLINED", "A_CANCELLED")
    }
    case_of = names_of_deals(bank, {row["case_id"] for row in events})
    with bank.engine.read() as reader:
        found = {case_of[deal.id]: deal for deal in reader.list_deals()}
    assert len(found) == 13_087
    for case, deal in found.items():
        outcome, activity = logged.get(case, (None, ""))
        assert deal.outcome == outcome
        if activity:
            reason = {"A_DECLINED": "declined", "A_CANCELLED": "cancelled"}.get(activity)
            assert deal.fields.get("loss_reason") == reason


def test_each_stage_was_entered_by_the_cases_that_the_log_names(bank: LocalClient, events: Rows) -> None:
    cases: dict[str, set[str]] = {stage: set() for stage in STAGES.values()}
    for row in events:
        if row["activity"] in STAGES:
            cases[STAGES[row["activity"]]].add(row["case_id"])
    report = bank.query("funnel", {"funnel": "loans"})
    entered = {stage["stage"]: stage["entered"] for stage in report["stages"]}
    assert entered == {"submitted": 13_087, **{stage: len(found) for stage, found in cases.items()}}
    assert (report["won"], report["lost"], report["open"]) == (2_246, 10_442, 399)


def test_calls_become_interactions_with_their_reason_and_user(bank: LocalClient, events: Rows) -> None:
    calls = [row for row in events if row["activity"] in CALLS and row["lifecycle"] == "COMPLETE"]
    wanted = Counter((CALLS[row["activity"]], row["resource"] or None) for row in calls)
    query = select(interactions.c.reason, interactions.c.user, func.count())
    with bank.engine.read() as reader:
        found = {
            (reason, user): count
            for reason, user, count in reader.execute(query.group_by(interactions.c.reason, interactions.c.user))
        }
    assert found == wanted
    assert sum(found.values()) == 40_281


def test_who_sent_the_last_offer_owns_the_deal(bank: LocalClient, events: Rows) -> None:
    last: dict[str, str] = {}
    for row in sorted(events, key=lambda row: row["timestamp"]):
        if row["activity"] == "O_SENT" and row["resource"]:
            last[row["case_id"]] = row["resource"]
    with bank.engine.read() as reader:
        owned = reader.execute(select(deals.c.id, deals.c.owner).where(deals.c.owner.is_not(None))).all()
    case_of = names_of_deals(bank, {row["case_id"] for row in events})
    assert {case_of[deal]: owner for deal, owner in owned} == last


def test_a_second_run_takes_nothing(bank: LocalClient, folder: Path, reports: dict[str, Any]) -> None:
    again = bank.work("import", {"mapping": "events", "file": str(folder / "events.csv.gz")})
    taken = reports["events"]["taken"]
    assert (again["import"], again["taken"], again["known"], again["changed"]) == (None, 0, taken, 0)


@pytest.mark.skipif(not DEEP, reason="takes half a minute: set VORONKA_DEEP=1")
def test_every_history_replays(bank: LocalClient) -> None:
    assert verify(bank.engine.database).damages == ()


def test_histories_of_some_cases_replay(folder: Path, events: Rows, tmp_path: Path) -> None:
    cases = read_table(folder / "cases.csv")[::13]
    names = {case["case_id"] for case in cases}
    write_table(tmp_path / "cases.csv", cases)
    write_table(tmp_path / "events.csv.gz", [event for event in events if event["case_id"] in names])
    client = open_example("loan_offers", tmp_path)
    try:
        for mapping, file in (("applications", "cases.csv"), ("events", "events.csv.gz")):
            client.work("import", {"mapping": mapping, "file": str(tmp_path / file)})
        report = verify(client.engine.database)
        assert report.damages == ()
        assert report.entries > len(cases)
    finally:
        client.close()
