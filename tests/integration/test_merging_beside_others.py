"""Records that go, in a merge or with an import that is undone, while others name them: nobody is left with them."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.contract.postgresql import emptied
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.errors import UsageFault, VoronkaError
from voronka.runtime.merging import MergeRefusedError
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
fields:
  amount: {type: money}
  also: {type: account}
  rank: {of: accounts, type: text}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {do: [{open_deal: {funnel: after, copy: [account]}}, {set: {account.rank: high}}]}}
"""
AFTER = "funnel: after\nstages: {begun: {why: sales_model}}\n"
IMPORT = """\
import: past
rows: {format: csv}
mode: history
into: {funnel: after}
key: id
deal: {account: {column: company}, created_at: {column: at}}
"""


def files() -> dict[str, str]:
    changed = with_changes(fields=FIELDS, funnel=FUNNEL)
    del changed["configs/templates/hello.en.md"]
    return {**changed, "configs/funnels/after.yaml": AFTER, "configs/imports/past.yaml": IMPORT}


@pytest.fixture
def pair(tmp_path: Path, postgresql: str) -> Iterator[list[TestWorkspace]]:
    """Two processes' views of one workspace."""
    address = emptied(postgresql)
    with ExitStack() as stack:
        opened = []
        for n in range(2):
            write_files(tmp_path / str(n), files())
            one = TestWorkspace(tmp_path / str(n), start=START, zone=ZONE, database=address, seed=n)
            opened.append(stack.enter_context(one))
        yield opened


def at_once(*works: Any) -> None:
    """Do several things in threads, each begun a moment apart; what is refused is refused."""

    def run(work: Any) -> None:
        threading.Event().wait(random.random() * 0.02)
        with suppress(VoronkaError):
            work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def accounts(workspace: TestWorkspace) -> set[str]:
    return {each["id"] for each in workspace.query("account.list", limit=1000)}


def named(workspace: TestWorkspace) -> set[str]:
    """The accounts that deals name."""
    return {each["account"]["id"] for each in workspace.query("deal.list", limit=1000) if each["account"]}


def test_whoever_names_a_record_that_another_process_merges_names_the_one_that_stays(pair):
    mine, theirs = pair
    for number in range(8):
        keep, drop = (mine.execute("account.create", fields={"name": f"{name}{number}"})["id"] for name in "AB")
        at_once(
            lambda keep=keep, drop=drop: mine.work("account.merge", keep=keep, drop=drop),
            lambda drop=drop: theirs.execute("deal.create", funnel="sales", fields={"account": drop}),
        )
        assert named(mine) <= accounts(mine)


def test_what_another_process_tells_of_a_record_being_merged_is_not_lost(pair):
    mine, theirs = pair
    for number in range(8):
        keep, drop = (mine.execute("account.create", fields={"name": f"{name}{number}"})["id"] for name in "AB")
        told: list[Any] = []
        at_once(
            lambda keep=keep, drop=drop: mine.work("account.merge", keep=keep, drop=drop),
            lambda drop=drop, told=told: told.append(theirs.execute("account.set", account=drop, fields={"rank": "x"})),
        )
        fields = {each["name"]: each["value"] for each in mine.query("account.show", account=keep)["fields"]}
        assert drop not in accounts(mine)
        assert (fields.get("rank") == "x") is any(each["refusal"] is None for each in told)


def test_an_import_that_is_undone_keeps_the_accounts_that_others_have_begun_to_use(pair):
    mine, theirs = pair
    for number in range(4):
        file = mine.root / "past.csv"
        file.write_text("id,company,at\n" + "".join(f"{number}-{n},Co {number}-{n},2026-01-01\n" for n in range(20)))
        done = mine.work("import", mapping="past", file=str(file))
        (wanted,) = (each["id"] for each in mine.query("account.list", limit=1000) if each["name"] == f"Co {number}-7")
        at_once(
            lambda done=done: mine.work("import.undo", **{"import": done["import"]}),
            lambda wanted=wanted: theirs.execute("deal.create", funnel="after", fields={"account": wanted}),
        )
        assert named(mine) <= accounts(mine)


def test_whoever_is_erased_beside_others_leaves_no_value_without_its_key(pair):
    mine, theirs = pair
    for number in range(12):
        fields = {"name": f"Ivan {number}", "email": f"ivan{number}@example.com"}
        contact = mine.execute("contact.create", fields=fields)["id"]
        again = {"email": f"new{number}@example.com"}
        at_once(
            lambda contact=contact: mine.work("person.erase", contact=contact),
            lambda contact=contact, again=again: theirs.execute("contact.set", contact=contact, fields=again),
        )
    assert mine.verify().sound


def test_nobody_who_leaves_is_left_with_a_deal_that_another_process_opens(pair):
    mine, theirs = pair
    for _ in range(6):
        at_once(
            lambda: mine.work("people.leave", user="anna", to="petr"),
            lambda: theirs.execute("deal.create", funnel="after", fields={"owner": "anna"}),
        )
        owners = {each["owner"]["name"] for each in mine.query("deal.list", limit=100)}
        assert owners <= {"petr"}
        mine.work("people.present", user="anna")


def test_an_account_that_queued_commands_name_stays_as_its_import_is_undone(tmp_path):
    write_files(tmp_path / "sales", files())
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE) as workspace:
        file = tmp_path / "past.csv"
        file.write_text("id,company,at\n1,Co,2026-01-01\n")
        done = workspace.work("import", mapping="past", file=str(file))
        workspace.execute("account.create", fields={"name": "Other"})
        workspace.execute("deal.create", funnel="sales", fields={"account": "Co"})
        number = max(each["number"] for each in workspace.query("deal.list", limit=9))
        workspace.client.attended = True  # a service that has not come to it yet
        workspace.execute("deal.move", deal=number, to="offer")
        workspace.execute("deal.set", deal=number, fields={"account": "Other"})
        assert workspace.work("import.undo", **{"import": done["import"]})["accounts"] == 0
        workspace.settle()
        assert named(workspace) <= accounts(workspace)


def test_what_a_contact_names_that_queued_commands_name_stays_with_it(tmp_path):
    people = "import: people\nrows: {format: csv}\nmode: live\ninto: {records: contacts}\nmatch: [name]\n"
    people += "row: {name: {column: person}, account: {column: company}}\n"
    funnel = FUNNEL.replace("{open_deal: {funnel: after, copy: [account]}}, {set: {account.rank: high}}", "OPEN")
    changed = {
        "configs/imports/people.yaml": people,
        "configs/funnels/sales.yaml": funnel.replace("OPEN", "{open_deal: {funnel: after, copy: [contact]}}"),
    }
    write_files(tmp_path / "sales", files() | changed)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE) as workspace:
        file = tmp_path / "people.csv"
        file.write_text("person,company\nIvan,Co\n")
        done = workspace.work("import", mapping="people", file=str(file))
        kept = accounts(workspace)
        workspace.execute("contact.create", fields={"name": "Other"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.client.attended = True  # a service that has not come to it yet
        workspace.execute("deal.move", deal=1, to="offer")
        workspace.execute("deal.set", deal=1, fields={"contact": "Other"})
        report = workspace.work("import.undo", **{"import": done["import"]})
        assert (report["accounts"], report["contacts"]) == (0, 0)
        workspace.settle()
        assert accounts(workspace) == kept


def test_what_a_killed_process_has_queued_is_carried_out_before_an_import_is_undone(tmp_path):
    write_files(tmp_path / "sales", files())
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.client.attended = True
        workspace.execute("deal.move", deal=1, to="offer")
        workspace.client.attended = False  # and it was killed: nobody is at work
        with pytest.raises(UsageFault):  # there is no such import, but what was queued came before
            workspace.work("import.undo", **{"import": "none"})
        assert len(workspace.query("deal.list", limit=9)) == 2


def test_what_a_killed_process_has_queued_is_carried_out_before_a_merge(tmp_path):
    write_files(tmp_path / "sales", files())
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE) as workspace:
        keep, drop = (workspace.execute("account.create", fields={"name": name})["id"] for name in "AB")
        workspace.execute("deal.create", funnel="sales", fields={"account": drop})
        workspace.client.attended = True
        workspace.execute("deal.move", deal=1, to="offer")
        workspace.client.attended = False  # and it was killed: nobody is at work
        workspace.work("account.merge", keep=keep, drop=drop)
        assert named(workspace) == {keep}


def test_a_record_that_queued_commands_name_goes_when_they_are_carried_out(tmp_path):
    write_files(tmp_path / "sales", files())
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE) as workspace:
        keep, drop = (workspace.execute("account.create", fields={"name": name})["id"] for name in "AB")
        workspace.execute("deal.create", funnel="sales", fields={"account": drop})
        workspace.client.attended = True  # a service that has not come to it yet
        workspace.execute("deal.move", deal=1, to="offer")
        with pytest.raises(MergeRefusedError, match="named by 2 commands"):
            workspace.work("account.merge", keep=keep, drop=drop)
        workspace.settle()
        workspace.work("account.merge", keep=keep, drop=drop)
        workspace.settle()
        assert named(workspace) == {keep}
        fields = {each["name"]: each["value"] for each in workspace.query("account.show", account=keep)["fields"]}
        assert fields["rank"] == "high"
