"""While somebody is absent their deputy has their rights on their deals, their tasks and their notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault, VoronkaError
from voronka.storage import verify
from voronka.testing import TestWorkspace


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TestWorkspace]:
    workspace = open_staffed(tmp_path)
    workspace.execute("deal.create", actor="sam", funnel="sales", fields={"margin": "777"})
    yield workspace
    workspace.client.close()


def seen(office: TestWorkspace, actor: str) -> list[int]:
    return [row["number"] for row in office.query("deal.list", actor=actor)]


def test_whoever_opens_a_deal_or_an_account_owns_it(office: TestWorkspace) -> None:
    assert office.query("deal.show", deal=1)["owner"]["name"] == "sam"
    office.execute("account.create", actor="sam", fields={"name": "Acme"})
    assert [row["name"] for row in office.query("account.list", actor="sam")] == ["Acme"]
    assert office.query("account.list", actor="sol") == []


def test_the_deputy_has_the_rights_of_the_absent_from_the_next_request_on(office: TestWorkspace) -> None:
    assert seen(office, "sid") == []
    office.work("people.absent", user="sam")
    assert seen(office, "sid") == [1]
    assert office.execute("deal.set", actor="sid", deal=1, fields={"margin": "778"})["refusal"] is None
    (task,) = office.query("tasks", actor="sid", assignee="sid")
    assert (task["assignee"]["name"], task["away"], task["stand_in"]["name"]) == ("sam", True, "sid")
    (shown,) = office.query("deal.show", deal=1)["tasks"]
    assert shown == task
    office.work("people.present", user="sam")
    (task,) = office.query("tasks")
    assert (task["away"], task["stand_in"]) == (False, None)
    assert seen(office, "sid") == []
    assert office.query("tasks", actor="sid", assignee="sid") == []


def test_an_absence_lasts_from_its_first_day_through_its_last(office: TestWorkspace) -> None:
    office.work("people.absent", user="sam", **{"from": "2026-03-03", "to": "2026-03-04"})
    days = []
    for _ in range(4):
        days.append(bool(seen(office, "sid")))
        office.advance("1 day")
    assert days == [False, True, True, False]


def test_absences_that_meet_are_one(office: TestWorkspace) -> None:
    spans = [("05", "06"), ("01", "02"), ("03", "03"), ("06", "08"), ("07", "07"), ("20", None), ("25", "26")]
    for first, last in spans:
        to = {} if last is None else {"to": f"2026-04-{last}"}
        told = office.work("people.absent", user="sam", **{"from": f"2026-04-{first}", **to})
    assert told["absences"] == [
        {"from": "2026-04-01", "to": "2026-04-03"},
        {"from": "2026-04-05", "to": "2026-04-08"},
        {"from": "2026-04-20", "to": None},
    ]


def test_the_deputy_of_an_absent_deputy_stands_in_and_nobody_for_nobody(office: TestWorkspace) -> None:
    office.execute("deal.create", funnel="sales", fields={"owner": "lou"})
    office.work("people.absent", user="lea")
    office.work("people.absent", user="tom")
    people = {row["name"]: row["stand_in"] for row in office.query("people.list")}
    assert (people["lea"], people["tom"]) == ("lou", "lou")
    assert 1 in seen(office, "lou")
    office.work("people.absent", user="sid")
    office.work("people.absent", user="sam")
    assert {row["name"]: row["stand_in"] for row in office.query("people.list")}["sam"] is None


def test_the_deputy_decides_what_the_role_of_the_absent_decides(office: TestWorkspace) -> None:
    office.execute("deal.create", actor="lea", funnel="sales")
    assert office.execute("deal.move", actor="dan", deal=2, to="lost")["refusal"]["code"] == "not_allowed"
    assert office.execute("deal.set", actor="dan", deal=2, fields={"limit": "3"})["refusal"]["code"] == "not_allowed"
    assert seen(office, "tom") == []
    office.work("people.absent", user="lea")
    assert office.execute("deal.set", actor="tom", deal=2, fields={"limit": "3"})["refusal"] is None
    assert office.execute("deal.move", actor="tom", deal=2, to="lost")["refusal"] is None


def test_a_notice_goes_to_whoever_stands_in(office: TestWorkspace) -> None:
    office.work("people.absent", user="sam")
    office.advance("3 days")
    assert [row["recipient"] for row in office.query("outbox")] == ["user:sid"]


def test_a_notice_does_not_tell_its_reader_what_is_hidden_from_them(office: TestWorkspace) -> None:
    fields = {"name": "Acme", "turnover": "555"}
    account = office.execute("account.create", fields=fields)["id"]
    office.execute("deal.set", deal=1, fields={"account": account})
    office.advance("3 days")
    (message,) = (path for path in (office.root / ".voronka" / "messages").rglob("*") if path.is_file())
    text = message.read_text(encoding="utf-8")
    assert "777" in text
    assert "555" not in text


def test_owner_absent_is_a_name_in_expressions(tmp_path: Path) -> None:
    funnel = FILES["configs/funnels/sales.yaml"].replace('when: "coalesce(margin, 0) >= 0"', "when: not owner.absent")
    office = open_staffed(tmp_path, {**FILES, "configs/funnels/sales.yaml": funnel})
    office.execute("deal.create", actor="sam", funnel="sales")
    office.execute("checklist.tick", deal=1, item="seen")
    office.work("people.absent", user="sam")
    assert office.execute("deal.move", deal=1, to="offer")["refusal"]["code"] == "gate"
    office.work("people.present", user="sam")
    assert office.execute("deal.move", deal=1, to="offer")["refusal"] is None
    office.client.close()


def test_absences_are_told_by_those_concerned_and_survive_replay(office: TestWorkspace) -> None:
    for actor, allowed in (("sam", True), ("lea", True), ("dan", True), ("sid", False), ("ada", False), ("lou", False)):
        if allowed:
            office.work("people.absent", user="sam", actor=actor, to="2026-03-02")
        else:
            with pytest.raises(VoronkaError) as refused:
                office.work("people.absent", user="sam", actor=actor)
            assert refused.value.exit_code == 4
    assert [row["actor"] for row in office.query("audit")] == ["sid", "ada", "lou"]
    assert not verify(office.client.engine.database).damages
    office.reopen()
    assert office.query("people.show", user="sam")["absences"] == [{"from": "2026-03-02", "to": "2026-03-02"}]


@pytest.mark.parametrize(
    ("work", "params", "told"),
    [
        ("people.absent", {"user": "sann"}, "sam"),
        ("people.absent", {"user": "sam", "from": "2026-03-05", "to": "2026-03-04"}, "before"),
        ("people.absent", {"user": "sam", "from": "soon"}, "soon"),
        ("people.present", {"user": "sam"}, "configs/people"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(
    office: TestWorkspace, work: str, params: dict[str, str], told: str
) -> None:
    with pytest.raises(VoronkaError, match=told):
        office.work(work, **params)


def test_what_follows_by_itself_acts_under_its_own_name_with_all_rights(tmp_path: Path) -> None:
    funnel = FILES["configs/funnels/sales.yaml"].replace(
        'offer: {why: analytics, enter: {when: "coalesce(margin, 0) >= 0"}}',
        "offer: {why: analytics, enter: {do: [{open_deal: {funnel: sales, set: {limit: 5}}}]}}",
    )
    office = open_staffed(tmp_path, {**FILES, "configs/funnels/sales.yaml": funnel})
    office.execute("deal.create", actor="sam", funnel="sales")
    office.execute("checklist.tick", actor="sam", deal=1, item="seen")
    office.execute("deal.move", actor="sam", deal=1, to="offer")
    (entry,) = office.query("why", deal=2)
    assert entry["actor"].startswith("open_deal:sales@")
    assert office.query("deal.show", deal=2)["owner"] is None
    office.client.close()


def test_works_on_everybodys_records_are_for_those_who_may_change_them(office: TestWorkspace) -> None:
    for work in ("import", "import.undo", "verify"):
        with pytest.raises(VoronkaError) as refused:
            office.work(work, actor="lea", mapping="none", file="/none", **{"import": "none"})
        assert refused.value.exit_code == 4
    assert [row["what"] for row in office.query("audit")] == ["import", "import.undo", "verify"]
    with pytest.raises(UsageFault):
        office.work("outbox.retry", actor="sol", deal=1, effect="1.1")
    assert office.query("audit")[-1]["code"] == "unseen"
