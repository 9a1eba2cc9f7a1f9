"""Reviews in the running engine: made once for each moment, kept as they were, told, marked, overdue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import FILES, leave_unknown, open_sales, with_changes
from voronka.calendars import DailySchedule
from voronka.definition.kpis import Review
from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Label
from voronka.metrics.reviews.making import Reviews, period_of
from voronka.process.events import EffectRequested, EffectRetried, MessageFailed, MessageSent, ReviewMade, ReviewMarked
from voronka.runtime.local import LocalClient
from voronka.storage import WORKSPACE
from voronka.testing import TestWorkspace, write_files

MONDAYS = DailySchedule(days=frozenset({0}), at=8 * 60)
WEEKLY = Review(
    name="weekly",
    label=Label({"en": "The week's funnel", "ru": "Воронка за неделю"}),
    method="funnel",
    funnel="sales",
    schedule=MONDAYS,
    owner="head",
    to=("anna",),
    channel="email",
    decision=Label.plain("Where to help"),
    due_days=3,
)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path) as workspace:
        declare(workspace, WEEKLY)
        yield workspace


def declare(sales: TestWorkspace, *reviews: Review) -> None:
    """Let the definition in force have these reviews."""
    writer = sales.client.engine._writer
    writer.workspace = replace(writer.workspace, reviews={review.name: review for review in reviews})


def happened(sales: TestWorkspace, kind: type) -> list:
    with sales.client.engine.read() as reader:
        return [event for entry in reader.history(WORKSPACE) for event in entry.events if isinstance(event, kind)]


def test_a_review_is_made_at_its_moment_kept_told_and_marked(sales: TestWorkspace) -> None:
    reviews = Reviews(sales.client)
    sales.execute("deal.create", funnel="sales")
    assert reviews.run() == 0
    assert sales.query("reviews")[0]["last"] is None
    sales.advance_to("2026-03-09 08:00")
    assert reviews.run() == 1
    assert reviews.run() == 0
    sales.settle()

    shown = sales.query("review.show", review="weekly")
    assert shown["period"] == ["2026-03-02", "2026-03-08"]
    assert shown["document"]["badge"]["n"] == 1
    sales.execute("deal.create", funnel="sales")
    assert sales.query("review.show", review="weekly")["document"] == shown["document"]

    assert [(each.recipient, each.notice["decision"]) for each in happened(sales, EffectRequested)] == [
        ("user:petr", "Where to help"),
        ("user:anna", "Where to help"),
    ]
    told = list(sales.messages().values())
    assert len(told) == len(happened(sales, MessageSent)) == 2
    assert "The week's funnel" in told[0]
    assert "2026-03-02 to 2026-03-08" in told[0]

    assert sales.work("review.mark", review="weekly", actor="petr")["read_by"]["name"] == "petr"
    marked = sales.work("review.mark", review="weekly", decision="More calls", actor="petr")
    assert (marked["decided"], marked["decided_by"]["name"]) == ("More calls", "petr")
    assert [each.mark for each in happened(sales, ReviewMarked)] == ["read", "decided"]
    assert sales.verify().damages == ()


def test_a_review_for_somebody_who_has_left_goes_to_whom_they_reported(sales: TestWorkspace) -> None:
    reviews = Reviews(sales.client)
    assert reviews.run() == 0
    sales.work("people.leave", user="anna", to="petr")
    sales.advance_to("2026-03-09 08:00")
    assert reviews.run() == 1
    assert [each.recipient for each in happened(sales, EffectRequested)] == ["user:petr"]


def test_a_person_settles_messages_about_no_deal_and_the_workspace_is_told(sales: TestWorkspace) -> None:
    reviews = Reviews(sales.client)
    reviews.next_moment()
    sales.work("effects.hold")
    sales.advance_to("2026-03-09 08:00")
    reviews.run()
    sales.advance("1 hour")
    assert sales.work("effects.release", drop_before="2026-03-09 08:30")["dropped"] == 2
    assert [each.effect for each in happened(sales, MessageFailed)] == ["2.1", "2.2"]
    with pytest.raises(UsageFault, match=r"none has the key 2\.9"):
        sales.work("outbox.retry", deal="-", effect="2.9")

    assert sales.work("outbox.retry", deal="-", effect="2.1")["effects"] == 1
    assert sales.work("outbox.retry", all=True)["effects"] == 1
    assert [each.effect for each in happened(sales, EffectRetried)] == ["2.1", "2.2"]
    for _ in range(2):  # one waits behind the other
        leave_unknown(sales)
    assert {each["status"] for each in sales.query("outbox", deal="-")} == {"unknown"}
    sales.work("outbox.resolve", deal="-", effect="2.1", sent=True)
    sales.work("outbox.resolve", deal="-", effect="2.2", sent=False)
    assert [each.effect for each in happened(sales, MessageSent)] == ["2.1"]
    assert [each.effect for each in happened(sales, EffectRetried)] == ["2.1", "2.2", "2.2"]
    assert sorted(each["status"] for each in sales.query("outbox")) == ["pending", "sent"]
    assert sales.verify().damages == ()


def test_what_was_missed_is_made_up_for_by_one_about_all_the_days(sales: TestWorkspace) -> None:
    Reviews(sales.client).next_moment()
    sales.advance_to("2026-03-27 12:00")
    assert [each["overdue"] for each in sales.query("reviews")] == [True]
    assert Reviews(sales.client).run() == 1
    assert [each["last"]["period"] for each in sales.query("reviews")] == [["2026-03-02", "2026-03-22"]]
    assert [each["overdue"] for each in sales.query("reviews")] == [False]
    sales.advance_to("2026-03-30 08:00")
    assert Reviews(sales.client).run() == 1
    assert sales.query("review.show", review="weekly")["period"] == ["2026-03-23", "2026-03-29"]
    assert sales.query("review.show", review="weekly", back=1)["period"] == ["2026-03-02", "2026-03-22"]


def test_the_next_one_does_not_hide_that_nobody_reads_them(sales: TestWorkspace) -> None:
    declare(sales, replace(WEEKLY, due_days=10))
    reviews = Reviews(sales.client)
    reviews.next_moment()
    late = []
    for monday in ("2026-03-09", "2026-03-16", "2026-03-23"):
        sales.advance_to(f"{monday} 08:00")
        reviews.run()
        late += [each["overdue"] for each in sales.query("reviews")]
    assert late == [False, False, True]
    sales.work("review.mark", review="weekly")
    assert [each["overdue"] for each in sales.query("reviews")] == [False]


def test_of_two_that_make_it_at_once_one_does(sales: TestWorkspace) -> None:
    first, second = Reviews(sales.client), Reviews(sales.client)
    first.next_moment(), second.next_moment()
    sales.advance_to("2026-03-09 08:00")
    with sales.client.engine.read() as reader:
        row = reader.schedules()["review:weekly"]
    workspace, now = sales.client.engine.workspace, sales.clock.now()
    assert first._make(workspace, WEEKLY, row, now)
    assert not second._make(workspace, WEEKLY, row, now)
    assert len(happened(sales, ReviewMade)) == 1


@pytest.mark.parametrize(("days", "late"), [("2 days", False), ("4 days", True)])
def test_one_that_nobody_has_read_is_overdue(sales: TestWorkspace, days: str, late: bool) -> None:
    reviews = Reviews(sales.client)
    reviews.next_moment()
    sales.advance_to("2026-03-09 08:00")
    reviews.run()
    sales.advance(days)
    assert [each["overdue"] for each in sales.query("reviews")] == [late]
    sales.work("review.mark", review="weekly")
    assert [each["overdue"] for each in sales.query("reviews")] == [False]


def test_a_review_that_cannot_be_made_says_why_and_holds_up_no_other(sales: TestWorkspace) -> None:
    declare(sales, replace(WEEKLY, name="broken", funnel="gone"), replace(WEEKLY, name="now", method="hygiene"), WEEKLY)
    reviews = Reviews(sales.client)
    reviews.next_moment()
    sales.advance_to("2026-03-09 08:00")
    assert reviews.run() == 3
    # Its fields are those of the moment at which it was made, of no period.
    now = sales.query("review.show", review="now")["document"]
    assert (now["period"], len(now["tables"])) == ([None, None], 3)
    said = sales.query("review.show", review="broken")["document"]["said"]
    assert said[0]["en"] == "There is no funnel gone."


def test_a_fault_of_the_program_in_one_review_holds_up_no_other(
    sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(sales, replace(WEEKLY, name="broken", method="managers"), WEEKLY)
    query = LocalClient.query

    def fails(self: LocalClient, name: str, params: Mapping[str, Any]) -> Any:
        if params.get("report") == "managers":
            raise ValueError("no such luck")
        return query(self, name, params)

    monkeypatch.setattr(LocalClient, "query", fails)
    reviews = Reviews(sales.client)
    reviews.next_moment()
    sales.advance_to("2026-03-09 08:00")
    assert reviews.run() == 2
    assert "no such luck" in str(sales.query("review.show", review="broken")["document"]["said"])


def test_a_schedule_that_is_gone_is_forgotten_and_a_changed_one_begins_anew(sales: TestWorkspace) -> None:
    first = Reviews(sales.client).next_moment()
    declare(sales, replace(WEEKLY, schedule=DailySchedule(days=frozenset({1}), at=0)))
    assert Reviews(sales.client).next_moment() != first
    declare(sales)
    assert Reviews(sales.client).next_moment() is None
    with sales.client.engine.read() as reader:
        assert reader.schedules() == {}


def test_only_those_whom_it_is_for_see_and_mark_it(sales: TestWorkspace) -> None:
    declare(sales, replace(WEEKLY, to=()))
    with pytest.raises(VoronkaError) as unmade:
        sales.work("review.mark", review="weekly")
    assert unmade.value.exit_code == 4
    with pytest.raises(UsageFault):
        sales.query("review.show", review="monthly")
    with pytest.raises(UsageFault):
        sales.work("review.mark", review="weekly", decision=" ")


@pytest.mark.parametrize("marked", [{}, {"decision": "Go on"}], ids=["read", "decided"])
def test_who_may_not_see_what_a_review_rests_on_does_not_mark_it(tmp_path: Path, marked: dict[str, str]) -> None:
    fields = FILES["configs/fields/base.yaml"].replace("{type: choice,", "{type: choice, visible_to: [head],")
    with open_sales(tmp_path, with_changes(fields=fields)) as sales:
        declare(sales, replace(WEEKLY, method="winloss"))
        reviews = Reviews(sales.client)
        assert reviews.run() == 0
        sales.advance_to("2026-03-09 08:00")
        assert reviews.run() == 1
        with pytest.raises(UsageFault, match="rests on fields that are not shown to you"):
            sales.query("review.show", review="weekly", actor="anna")
        with pytest.raises(UsageFault, match="rests on fields that are not shown to you"):
            sales.work("review.mark", review="weekly", actor="anna", **marked)
        sales.work("review.mark", review="weekly", actor="petr", **marked)
        assert sales.query("reviews")[0]["last"]["read_by"]["name"] == "petr"


WINLOSS = """\
reviews:
  weekly: {method: winloss, funnel: sales, owner: OWNER, to: [TO], schedule: {days: [mon], at: "08:00"}}
"""


@pytest.mark.own_file
@pytest.mark.parametrize(
    ("owner", "to", "hidden", "found"),
    [
        ("anna", "petr", "visible_to: [head], ", ["configs/kpis/reviews.yaml:2:51"]),
        ("head", "manager", "visible_to: [head], ", ["configs/kpis/reviews.yaml:2:61"]),
        (
            "manager",
            "anna",
            "visible_to: [head], ",
            ["configs/kpis/reviews.yaml:2:51", "configs/kpis/reviews.yaml:2:64"],
        ),
        ("head", "petr", "visible_to: [head], ", []),
        ("anna", "manager", "", []),
    ],
)
def test_check_warns_of_a_review_for_people_who_may_not_see_it(
    tmp_path: Path, owner: str, to: str, hidden: str, found: list[str]
) -> None:
    fields = FILES["configs/fields/base.yaml"].replace("{type: choice,", f"{{type: choice, {hidden}")
    reviews = {"configs/kpis/reviews.yaml": WINLOSS.replace("OWNER", owner).replace("TO", to)}
    write_files(tmp_path, {**with_changes(fields=fields), **reviews})
    ran = voronka("check", tmp_path, "--format", "json")
    told = json.loads(ran.out)
    assert ran.code == 0
    places = [f"{each['file']}:{each['line']}:{each['column']}" for each in told["findings"] if each["code"] == "V5525"]
    assert places == found


@pytest.mark.parametrize(
    ("days", "due", "period"),
    [
        (frozenset({0}), "2026-03-09", ("2026-03-02", "2026-03-08")),
        (frozenset(range(7)), "2026-03-09", ("2026-03-08", "2026-03-08")),
        (None, "2026-03-10", ("2026-03-06", "2026-03-09")),  # the 9th is a day off in place of the 8th
        (frozenset({0, 3}), "2026-03-12", ("2026-03-09", "2026-03-11")),
    ],
)
def test_a_review_is_about_the_days_since_the_one_before(
    sales: TestWorkspace, days: frozenset[int] | None, due: str, period: tuple[str, str]
) -> None:
    sales.advance_to(f"{due} 08:00")
    schedule = DailySchedule(days=days, at=8 * 60)
    assert period_of(sales.client.engine.workspace, schedule, sales.clock.now()) == period
