"""Timers: each ends once, when it is due, whatever the others of its batch do."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from tests.waiting import until
from voronka.errors import PluginFault
from voronka.process.events import TimerEnded
from voronka.process.state import Stream, StreamKind
from voronka.runtime.batches import BatchSize
from voronka.runtime.beat import INTERVAL
from voronka.runtime.precedence import Precedence
from voronka.runtime.service import Service
from voronka.runtime.timers import LARGEST, SMALLEST
from voronka.testing import TestWorkspace, write_files

DAY = 24 * 3_600_000_000


def ends(sales: TestWorkspace, number: int = 1) -> list[tuple[str, str, str]]:
    """Return how the deal's timers ended, in the order of the history: event, result, reason."""
    with sales.client.engine.read() as reader:
        stream = Stream(StreamKind.DEAL, reader.deals_by_number([number])[number])
        return [
            (event.key.event, event.result, event.reason)
            for entry in reader.history(stream)
            for event in entry.events
            if isinstance(event, TimerEnded)
        ]


def test_timers_fire_when_due_in_due_order(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("contact.create", fields={"name": "Ivan"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "amount": "99.90"})
        assert sales.advance("23 hours") == 0
        sales.advance("2 days")
        assert ends(sales) == [("call", "fired", ""), ("materials", "fired", "")]
        (text,) = sales.messages().values()
        assert text == "To: Ivan\nSubject: Offer 1\n\nDear Ivan, 2 days have passed. The offer is 99.90 RUB.\n"
        (task,) = sales.query("tasks")
        assert task["title"] == {"": "Call"}
        assert sales.verify().damages == ()


def test_a_batch_of_arrears_ends_each_timer_once(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        for _ in range(30):
            sales.execute("deal.create", funnel="sales")
        sales.clock.advance(30 * DAY)
        sales.client.engine.settle()
        for number in range(1, 31):
            assert Counter(ends(sales, number)) == {("call", "fired", ""): 1, ("materials", "fired", ""): 1}
        assert sales.query("status")["timers"] == {"waiting": 0, "overdue": 0, "next": None}
        assert sales.verify().damages == ()


def test_a_decision_that_fails_ends_its_timer_and_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      sound: {after: 1 day, do: [{task: {title: A}}]}
      broken: {after: 1 day, when: amount > 1, do: [{task: {title: B}}]}
      later: {after: 2 days, do: [{task: {title: C}}]}
  offer: {}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales")
        variant = sales.client.engine.workspace.funnels["sales"].variants[None]

        def fails(env: object) -> None:
            raise LookupError("this cannot be")

        vars(variant.timed["broken"].when).update(test=fails, evaluate=fails)  # a defect of the engine, planted
        sales.advance("3 days")
        for number in (1, 2):
            assert sorted(ends(sales, number)) == [
                ("broken", "failed", "LookupError: this cannot be"),
                ("later", "fired", ""),
                ("sound", "fired", ""),
            ]
        assert "this cannot be" in caplog.text
        assert sales.verify().damages == ()


@pytest.mark.own_file
def test_a_deal_that_cannot_be_read_holds_up_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_sales(tmp_path) as sales:
        for _ in range(3):
            sales.execute("deal.create", funnel="sales")
        sales.client.close()
        with closing(sqlite3.connect(tmp_path / ".voronka" / "voronka.db")) as database, database:
            database.execute("UPDATE deals SET live = '{}' WHERE number = 2")
        sales.reopen()
        sales.clock.advance(3 * DAY)
        assert sales.client.engine.settle() > 0
        assert len(ends(sales, 1)) == len(ends(sales, 3)) == 2
        assert ends(sales, 2) == []
        assert "the deal cannot be worked on" in caplog.text
        engine = sales.client.engine
        size = engine._due._size.parts
        assert engine.fire_due() == 0  # only what cannot be worked on is due
        assert engine._due._size.parts == size
        people = FILES["configs/people/people.yaml"].replace("name: Anna,", "name: Anna B,")
        write_files(tmp_path, {"configs/people/people.yaml": people})
        assert sales.work("reload")["changed"]


@pytest.mark.parametrize(
    ("policy", "end"),
    [("run", "fired"), ("skip", "skipped"), ("{skip_if_later_than: 4 hours}", "skipped")],
)
def test_what_an_outage_missed_follows_its_policy(tmp_path: Path, policy: str, end: str) -> None:
    funnel = f"""\
funnel: sales
fields: [base]
stages:
  new: {{timed: {{call: {{after: 1 day, on_missed: {policy}, do: [{{task: {{title: A}}}}]}}}}}}
  offer: {{}}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        engine = sales.client.engine
        sales.execute("deal.create", funnel="sales")
        engine.beat()
        sales.clock.advance(3 * DAY)
        engine.beat()
        assert engine.outage == (sales.clock.now() - 3 * DAY, sales.clock.now())
        engine.settle()
        assert [result for _, result, _ in ends(sales)] == [end]


def test_a_timer_that_is_late_without_an_outage_is_not_missed(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {call: {after: 1 day, on_missed: skip, do: [{task: {title: A}}]}}}
  offer: {}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        engine = sales.client.engine
        sales.execute("deal.create", funnel="sales")
        sales.clock.advance(DAY - INTERVAL)
        engine.beat()
        sales.clock.advance(2 * INTERVAL)
        engine.beat()
        engine.settle()
        assert [result for _, result, _ in ends(sales)] == ["fired"]


def test_a_second_outage_keeps_what_the_first_one_missed(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        engine = sales.client.engine
        sales.execute("deal.create", funnel="sales")
        engine.beat()
        first = sales.clock.now()
        sales.clock.advance(3 * DAY)
        engine.beat()
        sales.clock.advance(DAY)
        engine.beat()
        assert engine.outage == (first, sales.clock.now())


def test_a_clock_that_runs_back_fires_nothing_again(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("3 days")
        before = ends(sales)
        sales.client.close()
        with open_sales(tmp_path, start="2026-03-02 10:00") as earlier:
            earlier.client.engine.settle()
            assert ends(earlier) == before


def test_the_batch_grows_while_quiet_and_shrinks_for_people() -> None:
    size = BatchSize(SMALLEST, LARGEST)
    for _ in range(10):
        size.learn(size.parts, size.parts / 50_000, busy=False)
    assert size.parts == LARGEST
    size.learn(size.parts, size.parts / 10_000, busy=True)
    assert size.parts == 120
    size.learn(size.parts, 10.0, busy=False)
    assert size.parts == SMALLEST


def test_a_timer_that_cannot_even_fail_holds_up_no_other_deal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {call: {every: 1 day, at_most: 2, do: [{task: {title: A}}]}}}
  other: {timed: {poll: {after: 1 day, do: [{task: {title: B}}]}}}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales")
        sales.execute("deal.move", deal=2, to="other")
        sales.clock.advance(DAY)
        with monkeypatch.context() as planted:

            def fails(*_: object) -> None:
                raise LookupError("this cannot be")

            planted.setattr("voronka.process.firing.arm_next", fails)  # a defect of the engine, planted
            sales.client.engine.settle()
            assert ends(sales, 1) == []
            assert ends(sales, 2)[-1] == ("poll", "fired", "")
            assert "cannot be ended" in caplog.text
            assert sales.client.engine.fire_due() == 0
        sales.reopen()
        sales.client.engine.settle()
        assert ends(sales, 1) == [("call", "fired", "")]
        assert sales.verify().damages == ()


class Hurried(Precedence):
    """Somebody gives a command as soon as a batch has begun."""

    def give_way(self) -> bool:
        return False

    def asked(self) -> bool:
        return True


def test_a_large_batch_ends_early_for_a_command(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        for _ in range(SMALLEST + 5):
            sales.execute("deal.create", funnel="sales")
        sales.clock.advance(DAY)
        engine = sales.client.engine
        engine._writer.precedence = Hurried()
        assert [engine.fire_due(LARGEST) for _ in range(3)] == [SMALLEST, 5, 0]
        assert sales.verify().damages == ()


def test_deals_that_wait_for_a_plugin_keep_no_other_from_its_timers(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      a: {after: 1 day, when: amount > 1, do: [{task: {title: A}}]}
      b: {after: 2 days, when: amount > 1, do: [{task: {title: B}}]}
      c: {after: 3 days, when: amount > 1, do: [{task: {title: C}}]}
  other: {timed: {poll: {after: 4 days, do: [{task: {title: D}}]}}}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        for _ in range(SMALLEST + 6):
            sales.execute("deal.create", funnel="sales")
        sales.execute("deal.create", funnel="sales")
        sales.execute("deal.move", deal=SMALLEST + 7, to="other")
        timed = sales.client.engine.workspace.funnels["sales"].variants[None].timed

        def waits(env: object) -> None:
            raise PluginFault("fast", "It hangs.")

        for name in "abc":
            vars(timed[name].when).update(test=waits, evaluate=waits)  # a plugin that does not work, planted
        sales.clock.advance(5 * DAY)
        for _ in range(4):
            sales.client.engine.fire_due()
        assert ("poll", "fired", "") in ends(sales, SMALLEST + 7)
        assert ends(sales, 1) == []


def test_before_the_first_run_the_engine_was_down(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {call: {after: 1 day, on_missed: skip, do: [{task: {title: A}}]}}}
  offer: {}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        engine = sales.client.engine
        start = sales.clock.now()
        sales.execute("deal.create", funnel="sales")
        sales.clock.advance(3 * DAY)
        engine.beat()
        assert engine.outage == (start, sales.clock.now())
        engine.settle()
        assert ends(sales) == [("call", "skipped", "missed")]


@pytest.mark.parametrize(("later", "told"), [(DAY // 144, False), (3 * DAY, True)])
def test_the_log_of_a_start_tells_of_timers_that_came_due_while_nothing_ran(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, later: int, told: bool
) -> None:
    caplog.set_level("INFO")
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.clock.advance(later)
        service = Service(sales.client, tmp_path / ".voronka")
        service.start()
        service.drain()
        assert ("2 timers came due while nothing ran" in caplog.text) is told
        assert "outage" not in caplog.text


BACKFILLED = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      call: {after: 2 days, backfill: true, on_missed: skip, do: [{task: {title: Call}}]}
      before: {after: 1 day, backfill: true, do: [{task: {title: Before}}]}
  offer: {}
"""


def test_what_a_release_brings_was_not_missed_in_an_outage_before_it(tmp_path: Path) -> None:
    with open_sales(
        tmp_path, with_changes(funnel="funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}}\n")
    ) as sales:
        engine = sales.client.engine
        sales.execute("deal.create", funnel="sales")
        sales.clock.advance(DAY)
        engine.beat()
        sales.clock.advance(2 * DAY)
        engine.beat()
        assert engine.outage == (sales.clock.now() - 2 * DAY, sales.clock.now())
        sales.clock.advance(DAY // 24)
        write_files(tmp_path, with_changes(funnel=BACKFILLED))
        sales.client.reload()
        engine.settle()
        assert [task["title"] for task in sales.query("tasks")] == [
            {"": "Before"},
            {"": "Call"},
        ]  # as they were planned


BACKFILLED_ROWS = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {call: {each: lessons, after: 1 day, from: at, backfill: true, do: [{task: {title: Call}}]}}}
  offer: {}
"""
BACKFILLED_ZONE = """\
funnel: sales
fields: [base]
stages:
  new:
    timed: {call: {RHYTHM, at: "10:00", zone: contact, backfill: true, do: [{task: {title: Call}}]}}
  offer: {}
"""
LESSONS = """\
set: base
fields: {amount: {type: money}}
collections: {lessons: {of: deals, key: topic, fields: {topic: {type: text}, at: {type: datetime}}}}
"""


@pytest.mark.parametrize(
    "funnel",
    [
        pytest.param(BACKFILLED_ROWS, id="of a row"),
        pytest.param(BACKFILLED_ZONE.replace("RHYTHM", "after: 1 day"), id="in the zone of the contact"),
        pytest.param(BACKFILLED_ZONE.replace("RHYTHM", "every: 7 days"), id="again and again"),
    ],
)
def test_what_a_release_lets_come_due_is_left_alone_by_what_is_changed_before_it_fires(
    tmp_path: Path, funnel: str
) -> None:
    before = "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}}\n"
    with open_sales(tmp_path, with_changes(funnel=before, fields=LESSONS)) as sales:
        sales.execute("contact.create", fields={"name": "Olga"})
        sales.execute("deal.create", funnel="sales")
        row = {"topic": "a", "at": "2026-03-02 10:00"}
        sales.execute("row.put", deal=1, collection="lessons", fields=row)
        sales.clock.advance(20 * DAY)
        write_files(tmp_path, with_changes(funnel=funnel, fields=LESSONS))
        sales.client.reload()
        other = {"topic": "b", "at": "2026-06-20 10:00"}
        sales.execute("row.put", deal=1, collection="lessons", fields=other)
        sales.execute("deal.set", deal=1, fields={"contact": "Olga"})
        sales.settle()
        assert len(sales.query("tasks")) == 1


FAR_AND_NEAR = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      call: {after: 1 day, do: [{task: {title: Call}}]}
      renew: {before: 10 days, from: ends, do: [{task: {title: Renew}}]}
"""


def test_a_service_waits_for_a_timer_of_the_year_9999_and_does_what_comes_before_it(tmp_path: Path) -> None:
    fields = "set: base\nfields: {amount: {type: money}, ends: {type: date}}\n"
    with open_sales(tmp_path, with_changes(funnel=FAR_AND_NEAR, fields=fields)) as sales:

        def called(times: int) -> bool:
            return len(sales.query("tasks")) == times

        sales.execute("deal.create", funnel="sales", fields={"ends": "9999-12-09"})
        sales.clock.advance(2 * DAY)
        service = Service(sales.client, tmp_path / ".voronka")
        service.start()
        try:
            for number in (1, 2, 3):  # between them nothing but the far timer waits
                until(partial(called, number))
                sales.execute("deal.create", funnel="sales")
                sales.clock.advance(2 * DAY)
                sales.client.engine.wake()
        finally:
            service.drain()


RENEWAL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  won: {timed: {renew: {before: 10 days, from: account.ends, do: [{task: {title: Renew}}]}}}
"""


def test_a_timer_of_a_closed_deal_follows_the_account(tmp_path: Path) -> None:
    fields = "set: base\nfields: {amount: {type: money}, ends: {of: accounts, type: date}}\n"
    with open_sales(tmp_path, with_changes(funnel=RENEWAL, fields=fields)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "ends": "2026-06-01"})
        sales.execute("account.create", fields={"name": "Other"})
        for account in ("Acme", "Other"):
            sales.execute("deal.create", funnel="sales", fields={"account": account})
        for number in (1, 2):
            sales.execute("deal.move", deal=number, to="won")
        sales.execute("account.set", account="Acme", fields={"ends": "2026-09-01"})
        sales.execute("account.set", account="Other", fields={"ends": "2026-10-01"})
        sales.client.engine.settle()
        assert [timer["deal"] for timer in sales.query("timers")] == [1, 2]
        sales.advance_to("2026-08-22 08:00")
        assert sales.query("tasks") == []
        sales.advance_to("2026-08-22 10:00")
        assert [task["deal"] for task in sales.query("tasks")] == [1]
        sales.execute("account.set", account="Other", fields={"ends": None})
        sales.client.engine.settle()
        assert ends(sales, 2) == [("renew", "cancelled", "anchor")]
        assert sales.verify().damages == ()
