"""Erasing a person: nothing personal is left in the database, and every history replays as before."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.errors import UsageFault
from voronka.runtime.viewer import Forbidden
from voronka.storage import Received
from voronka.testing import TestWorkspace

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    enter: {do: [{send: {channel: email, to: contact, template: hello}}]}
  offer: {}
"""
PEOPLE = """\
roles: {manager: {label: Manager, sees: own, changes: own}, head: {label: Head, sees: all, changes: all}}
people: {anna: {name: Anna, role: manager}, petr: {name: Petr, role: head}}
"""
NAME, ADDRESS, PASSPORT = "Zinaida Kanareykina", "zinaida@canary.example", "4509 777123"


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path, with_changes(funnel=FUNNEL, people=PEOPLE)) as workspace:
        for name, address, passport in ((NAME, ADDRESS, PASSPORT), ("Ivan", "ivan@example.com", "4510 000000")):
            workspace.execute("contact.create", fields={"name": name, "email": address})
            workspace.execute(
                "deal.create",
                funnel="sales",
                fields={"contact": name, "owner": "anna", "passport": passport},
                source="site",
                idempotency_key=passport[:4],
            )
        workspace.settle()
        yield workspace


def found_in(root: Path, text: str) -> list[str]:
    """The tables in which a text stands, and the files of the database."""
    with closing(sqlite3.connect(root / ".voronka" / "voronka.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        return [table for table, found in rows.items() if any(text in str(cell) for row in found for cell in row)]


def test_nothing_personal_is_left_and_histories_replay(sales: TestWorkspace) -> None:
    with sales.client.engine.database.write() as work:
        work.connection.exec_driver_sql("UPDATE outbox SET reason = ?", (f"refused {ADDRESS}",))
    assert {table for each in (NAME, ADDRESS, PASSPORT) for table in found_in(sales.root, each)} >= {"vault", "outbox"}
    erased = sales.work("person.erase", contact=NAME, actor="petr")
    assert erased["deals"] == 1
    assert erased["values"] >= 4
    assert [found_in(sales.root, each) for each in (NAME, ADDRESS, PASSPORT)] == [[], [], []]
    assert sales.verify().damages == ()
    assert "ivan@example.com" in "".join(sales.messages().values())
    assert [found["name"] for found in sales.query("contact.list") if found["name"] == "Ivan"]


def test_what_was_erased_is_certified_and_is_no_refusal(sales: TestWorkspace) -> None:
    erased = sales.work("person.erase", contact=NAME, actor="petr")
    (row,) = sales.query("audit")
    assert (row["actor"], row["what"], row["code"]) == ("petr", "person.erase", "erased")
    assert erased["contact"] in str(row["record"])
    assert sales.query("status")["audit"] == 0


def test_an_erased_contact_is_found_by_id_alone_and_works_on(sales: TestWorkspace) -> None:
    erased = sales.work("person.erase", contact=NAME)
    with pytest.raises(UsageFault):
        sales.query("contact.show", contact=NAME)
    sales.execute("contact.set", contact=erased["contact"], fields={"name": "Somebody"})
    assert sales.query("contact.show", contact="Somebody")["id"] == erased["contact"]
    assert sales.work("person.erase", contact="Somebody")["values"] == 1
    assert sales.verify().damages == ()


def test_only_who_may_change_everything_erases(sales: TestWorkspace) -> None:
    with pytest.raises(Forbidden):
        sales.work("person.erase", contact=NAME, actor="anna")
    assert sales.query("contact.show", contact=NAME)


def log_note(sales: TestWorkspace, text: str) -> None:
    sales.execute("interaction.log", deal=1, fields={"kind": "note", "note": text})


def test_values_that_are_words_leave_the_answers_of_others(sales: TestWorkspace) -> None:
    other = {"funnel": "sales", "fields": {"owner": "anna"}, "idempotency_key": "k1"}
    first = sales.execute("deal.create", **other)
    for text in ("deal", "sales", first["id"][4:8], "refusal", "203"):
        log_note(sales, text)
    sales.work("person.erase", contact=NAME)
    assert sales.execute("deal.create", **other) == first | {"replay": True}
    assert sales.verify().damages == ()


def test_a_contact_with_many_notes_can_be_erased(sales: TestWorkspace) -> None:
    with sales.client.engine.database.write() as work:
        deal = sales.query("deal.show", deal=1)["id"]
        for number in range(1_200):
            work.vault_put(bytes.fromhex(deal), f"note:{number}", f"called, number {number}", random=os.urandom)
    assert sales.work("person.erase", contact=NAME)["values"] > 1_200


SAID = "“Ян Ли” <{address}> is away: Янa, re{address}"


@pytest.mark.parametrize(
    ("theirs", "told"),
    [(True, "“Ян …” <…> is away: Янa, re{address}"), (False, "“Ян Ли” <…> is away: Янa, re{address}")],
)
def test_values_go_from_sentences_as_whole_words(sales: TestWorkspace, theirs: bool, told: str) -> None:
    """Values of two characters go from what is about the person alone: elsewhere they may be anybody's words."""
    engine, ids = sales.client.engine, [bytes.fromhex(sales.query("deal.show", deal=n)["id"]) for n in (1, 2)]
    said = SAID.format(address=ADDRESS)
    answer = {"stream": "deal", "id": ids[0 if theirs else 1].hex(), "seq": 1, "events": [said], "replay": False}
    failure = {"gate": said, "reason": {"en": said}, "unblock": {"ru": said}}
    answer["refusal"] = {"code": "usage", "failures": [failure]}
    with engine.database.write() as work:
        work.inbox_record("site", [Received(key="kept", digest="", answer=answer)], at=0)
        work.vault_put(ids[0], "note:1", "Ли", random=os.urandom)
    sales.work("person.erase", contact=NAME)
    with engine.read() as reader:
        after = reader.inbox_seen("site", ["kept"])["kept"].answer
    gone = told.format(address=ADDRESS)
    scrubbed = {"gate": said, "reason": {"en": gone}, "unblock": {"ru": gone}}
    assert after == answer | {"refusal": {"code": "usage", "failures": [scrubbed]}}


def test_erased_values_are_in_no_file_while_the_service_runs(sales: TestWorkspace) -> None:
    folder = sales.root / ".voronka"
    assert any(PASSPORT.encode() in file.read_bytes() for file in folder.glob("voronka.db*"))
    sales.work("person.erase", contact=NAME)
    assert not [file.name for file in folder.glob("voronka.db*") if PASSPORT.encode() in file.read_bytes()]


@pytest.mark.parametrize("answer", ['{"stream": "…"}', "[]", '{"stream": "deal", "id": "zz"}', "{"])
def test_verify_tells_of_an_answer_that_cannot_be_given_again(sales: TestWorkspace, answer: str) -> None:
    with sales.client.engine.database.write() as work:
        work.connection.exec_driver_sql("UPDATE inbox SET answer = ? WHERE source = 'site' AND key = '4509'", (answer,))
    told = [str(damage.what) for damage in sales.verify().damages]
    assert told
    assert all("4509" in each for each in told)


@pytest.mark.parametrize("change", [{"seq": 99}, {"id": "ab" * 16}, {"events": ["deal.created", "…"]}])
def test_verify_compares_an_answer_of_which_words_were_erased_with_its_entry(
    sales: TestWorkspace, change: dict[str, object]
) -> None:
    with sales.client.engine.database.write() as work:
        query = "SELECT answer FROM inbox WHERE source = 'site' AND key = '4509'"
        answer = json.loads(work.connection.exec_driver_sql(query).scalar_one()) | {"note": "…"} | change
        written = (json.dumps(answer, ensure_ascii=False),)
        work.connection.exec_driver_sql("UPDATE inbox SET answer = ? WHERE source = 'site' AND key = '4509'", written)
    assert ["4509" in str(damage.what) for damage in sales.verify().damages] == [True]
