"""Queued commands: what one record's change brings about at another, carried out once, and seen when it is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.sales_workspace import ENDLESS, FILES, open_sales, with_changes
from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.storage import BrokenRecord, Entry, UnitOfWork
from voronka.testing import TestWorkspace

LENDING = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {do: [{open_deal: {funnel: after, copy: [amount, passport, contact]}}]}}
"""
AFTER = "funnel: after\nfields: [base]\nstages: {a: {}}\n"


def personal(sales: TestWorkspace, deal: int) -> dict[str, object]:
    fields = sales.query("deal.show", deal=deal)["fields"]
    return {field["name"]: field["value"] for field in fields if field["name"] in ("amount", "passport")}


def test_a_deal_that_another_opens_gets_its_personal_values_by_their_references(tmp_path: Path) -> None:
    with open_sales(tmp_path, {**with_changes(funnel=LENDING), "configs/funnels/after.yaml": AFTER}) as sales:
        sales.execute("contact.create", fields={"name": "Ivan"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "amount": "5", "passport": "4510"})
        sales.execute("deal.move", deal=1, to="offer")
        assert personal(sales, 2) == personal(sales, 1) == {"amount": 500, "passport": "4510"}
        with sales.client.engine.read() as reader:
            first, second = reader.list_deals()
        assert first.fields["passport"] == second.fields["passport"]
        assert sales.verify().damages == ()


MARKING = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {mark: {after: 1 hour, from: due, do: [{set: {contact.mark: '= said'}}]}}}
  offer: {}
"""
MARKS = "  due: {type: datetime}\n  said: {type: text}\n  mark: {of: contacts, type: text}\n  amount:"


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_queued_at_one_moment_is_done_in_the_order_in_which_it_was_caused(
    tmp_path: Path, at_once: bool
) -> None:
    fields = FILES["configs/fields/base.yaml"].replace("  amount:", MARKS)
    with open_sales(tmp_path, with_changes(funnel=MARKING, fields=fields)) as sales:
        sales.execute("contact.create", fields={"name": "Ivan"})
        for said, due in (("last", "2026-03-03 12:00"), ("first", "2026-03-03 10:00")):
            sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "due": due, "said": said})
            sales.clock.advance(1_000)
        if at_once:
            sales.clock.advance(3 * 24 * 3_600_000_000)
            sales.settle()
        else:
            sales.advance("3 days")
        shown = {field["name"]: field["value"] for field in sales.query("contact.show", contact="Ivan")["fields"]}
        assert shown["mark"] == "last"
        assert sales.verify().damages == ()


def test_a_refused_queued_command_is_seen_in_the_log_the_status_and_the_history(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sales(tmp_path, with_changes(funnel=ENDLESS)) as sales:
        sales.execute("deal.create", funnel="sales")
        last = sales.query("deal.list", limit=100)[-1]["number"]
        assert sales.query("status")["queue_unmet"] == {"refused": 1, "failed": 0}
        queued = [
            event
            for deal in (1, last)
            for entry in sales.query("why", deal=deal)
            for event in entry["events"]
            if event["kind"] == "command.queued"
        ]
        assert [event["outcome"] for event in queued] == ["done", "refused"]
        assert "it was refused" in queued[1]["told"]["en"]
        assert "was refused" in caplog.text
        assert sales.verify().damages == ()


def damage(sales: TestWorkspace, statement: str) -> None:
    """Change the database behind the engine's back."""
    sales.client.close()
    with closing(sqlite3.connect(sales.root / ".voronka" / "voronka.db")) as database, database:
        database.execute(statement)
    sales.reopen()


def three_deals_of_an_account(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "Acme"})
    for _ in range(3):
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": "5", "owner": "anna"})
        number = sales.query("deal.list", limit=100)[-1]["number"]
        sales.execute("deal.move", deal=number, to="offer")


@pytest.mark.own_file
def test_a_deal_that_cannot_be_read_holds_up_no_queued_command_of_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sales(tmp_path) as sales:
        three_deals_of_an_account(sales)
        damage(sales, "UPDATE deals SET live = '{}' WHERE number = 2")
        answer = sales.execute("account.set", account="Acme", fields={"turnover": "2000000"})
        assert answer["refusal"] is None
        status = sales.query("status")
        assert (status["queue"], status["queue_unmet"]) == (0, {"refused": 0, "failed": 1})
        with sales.client.engine.read() as reader:
            assert reader.open_deals() == {("sales", None, "offer"): 1}
        (unmet,) = status["unmet"]
        assert (unmet["status"], unmet["command"]) == ("failed", "facts.changed")
        assert unmet["key"] in caplog.text


@pytest.mark.own_file
def test_a_queued_command_that_cannot_be_read_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sales(tmp_path) as sales:
        three_deals_of_an_account(sales)
        with monkeypatch.context() as planted:
            planted.setattr(sales.client, "run_queue", lambda: None)
            sales.execute("account.set", account="Acme", fields={"turnover": "2000000"})
        broken = "SELECT min(key) FROM inbox WHERE source = 'chain'"
        damage(sales, f"UPDATE inbox SET command = '{{' WHERE key = ({broken})")
        sales.client.engine.settle()
        assert sales.query("status")["queue_unmet"] == {"refused": 0, "failed": 1}
        with sales.client.engine.read() as reader:
            assert reader.open_deals() == {("sales", None, "offer"): 1}
        assert sales.query("status")["unmet"][0]["key"] in caplog.text


def test_what_follows_from_a_committed_command_cannot_spoil_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sales(tmp_path) as sales:
        three_deals_of_an_account(sales)
        with monkeypatch.context() as planted:

            def full(*_: object) -> None:
                raise EnvironmentFault(Text("No room is left on the disk."), Text("Free some."))

            planted.setattr(UnitOfWork, "settle_queued", full)
            answer = sales.execute("account.set", account="Acme", fields={"turnover": "2000000"})
        assert answer["refusal"] is None
        assert "No room is left" in caplog.text
        assert sales.query("status")["queue"] == 3
        sales.client.engine.settle()
        assert sales.query("status")["queue"] == 0


def test_the_owner_is_told_of_a_refused_queued_command(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=f"{ENDLESS}owner: head\n")) as sales:
        sales.execute("deal.create", funnel="sales")
        last = sales.query("deal.list", limit=100)[-1]["number"]
        sales.client.engine.settle()
        (text,) = sales.messages().values()
        assert text.startswith("To: Petr <petr>\n")
        assert f"Deal {last} was to open another deal, but this stands in the way: chain." in text
        assert sales.verify().damages == ()


def test_the_owner_is_told_of_a_queued_command_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = UnitOfWork.append

    def fails(work: UnitOfWork, entries: list[Entry]) -> None:
        if any(entry.cause["command"] == "facts.changed" for entry in entries):
            raise BrokenRecord(Text("planted"))
        append(work, entries)

    with open_sales(tmp_path) as sales:
        three_deals_of_an_account(sales)
        monkeypatch.setattr(UnitOfWork, "append", fails)
        sales.execute("account.set", account="Acme", fields={"turnover": "2000000"})
        sales.client.engine.settle()
        assert sales.query("status")["queue_unmet"] == {"refused": 0, "failed": 3}
        assert len([text for text in sales.messages().values() if "follow a change of its account" in text]) == 3


def test_a_notice_that_cannot_be_requested_leaves_only_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise LookupError("planted")

    monkeypatch.setattr("voronka.process.deliveries.notify", fails)
    with open_sales(tmp_path, with_changes(funnel=ENDLESS)) as sales:
        sales.execute("deal.create", funnel="sales")
        assert sales.query("status")["queue_unmet"] == {"refused": 1, "failed": 0}
        assert "cannot be told" in caplog.text
